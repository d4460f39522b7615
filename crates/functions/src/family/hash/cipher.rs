//! AES with the modes ECB and CBC (padded as PKCS #7) and GCM.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256, Block};

/// Length of a block, and of the tag of GCM.
pub(super) const BLOCK: usize = 16;

/// A cipher with its key.
pub(super) enum Aes {
    With128(Box<Aes128>),
    With192(Box<Aes192>),
    With256(Box<Aes256>),
}

impl Aes {
    /// The cipher of a key of 16, 24 or 32 bytes.
    pub(super) fn new(key: &[u8]) -> Option<Aes> {
        Some(match key.len() {
            16 => Aes::With128(Box::new(Aes128::new_from_slice(key).ok()?)),
            24 => Aes::With192(Box::new(Aes192::new_from_slice(key).ok()?)),
            32 => Aes::With256(Box::new(Aes256::new_from_slice(key).ok()?)),
            _ => return None,
        })
    }

    fn encrypt(&self, bytes: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = Block::from(bytes);
        match self {
            Aes::With128(aes) => aes.encrypt_block(&mut block),
            Aes::With192(aes) => aes.encrypt_block(&mut block),
            Aes::With256(aes) => aes.encrypt_block(&mut block),
        }
        block.into()
    }

    fn decrypt(&self, bytes: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = Block::from(bytes);
        match self {
            Aes::With128(aes) => aes.decrypt_block(&mut block),
            Aes::With192(aes) => aes.decrypt_block(&mut block),
            Aes::With256(aes) => aes.decrypt_block(&mut block),
        }
        block.into()
    }

    /// Padded and encrypted; with `iv` each block is mixed with the one before it (CBC).
    pub(super) fn encrypt_padded(&self, text: &[u8], iv: Option<[u8; BLOCK]>) -> Vec<u8> {
        let mut padded = text.to_vec();
        let missing = BLOCK - text.len() % BLOCK;
        padded.resize(text.len() + missing, missing as u8);
        let mut before = iv.unwrap_or_default();
        let (blocks, _) = padded.as_chunks_mut::<BLOCK>();
        for block in blocks {
            *block = self.encrypt(xor(*block, before));
            if iv.is_some() {
                before = *block;
            }
        }
        padded
    }

    /// The opposite of [`Aes::encrypt_padded`]; none if the padding is wrong.
    pub(super) fn decrypt_padded(&self, bytes: &[u8], iv: Option<[u8; BLOCK]>) -> Option<Vec<u8>> {
        let mut text = Vec::with_capacity(bytes.len());
        let mut before = iv.unwrap_or_default();
        let (blocks, _) = bytes.as_chunks::<BLOCK>();
        for block in blocks {
            text.extend_from_slice(&xor(self.decrypt(*block), before));
            if iv.is_some() {
                before = *block;
            }
        }
        let padding = usize::from(*text.last()?);
        let length = text.len().checked_sub(padding)?;
        let is_padded = (1..=BLOCK).contains(&padding)
            && text[length..]
                .iter()
                .all(|byte| usize::from(*byte) == padding);
        text.truncate(length);
        is_padded.then_some(text)
    }

    /// Encrypted in counter mode, and the tag (GCM).
    pub(super) fn encrypt_gcm(&self, text: &[u8], iv: [u8; 12], aad: &[u8]) -> Vec<u8> {
        let mut bytes = text.to_vec();
        self.count(&mut bytes, iv);
        let tag = self.tag(&bytes, iv, aad);
        bytes.extend_from_slice(&tag);
        bytes
    }

    /// The opposite of [`Aes::encrypt_gcm`]; none if the tag does not match.
    pub(super) fn decrypt_gcm(&self, bytes: &[u8], iv: [u8; 12], aad: &[u8]) -> Option<Vec<u8>> {
        let (bytes, tag) = bytes.split_last_chunk::<BLOCK>()?;
        let expected = self.tag(bytes, iv, aad);
        let difference = expected
            .iter()
            .zip(tag)
            .fold(0, |all, (a, b)| all | (a ^ b));
        if difference != 0 {
            return None;
        }
        let mut text = bytes.to_vec();
        self.count(&mut text, iv);
        Some(text)
    }

    /// Mixes the encrypted counters with the bytes.
    fn count(&self, bytes: &mut [u8], iv: [u8; 12]) {
        // Counter 1 belongs to the tag.
        let mut counter = 1_u32;
        for chunk in bytes.chunks_mut(BLOCK) {
            counter = counter.wrapping_add(1);
            let key = self.encrypt(counter_block(iv, counter));
            for (byte, key) in chunk.iter_mut().zip(key) {
                *byte ^= key;
            }
        }
    }

    fn tag(&self, bytes: &[u8], iv: [u8; 12], aad: &[u8]) -> [u8; BLOCK] {
        let key = u128::from_be_bytes(self.encrypt([0; BLOCK]));
        let mut hash = 0_u128;
        for part in [aad, bytes] {
            for chunk in part.chunks(BLOCK) {
                let mut block = [0; BLOCK];
                block[..chunk.len()].copy_from_slice(chunk);
                hash = multiply(hash ^ u128::from_be_bytes(block), key);
            }
        }
        let lengths = ((aad.len() as u128 * 8) << 64) | (bytes.len() as u128 * 8);
        hash = multiply(hash ^ lengths, key);
        xor(hash.to_be_bytes(), self.encrypt(counter_block(iv, 1)))
    }
}

fn counter_block(iv: [u8; 12], counter: u32) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    block[..12].copy_from_slice(&iv);
    block[12..].copy_from_slice(&counter.to_be_bytes());
    block
}

fn xor(mut a: [u8; BLOCK], b: [u8; BLOCK]) -> [u8; BLOCK] {
    for (a, b) in a.iter_mut().zip(b) {
        *a ^= b;
    }
    a
}

/// The product in the field of 2^128 elements that GCM uses.
fn multiply(a: u128, b: u128) -> u128 {
    let (mut product, mut factor) = (0, b);
    for bit in (0..128).rev() {
        if a >> bit & 1 == 1 {
            product ^= factor;
        }
        let carry = factor & 1;
        factor >>= 1;
        if carry == 1 {
            factor ^= 0xe1 << 120;
        }
    }
    product
}
