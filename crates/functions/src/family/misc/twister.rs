//! The Mersenne Twister (MT19937), seeded as Apache Commons Math does it.

/// The generator.
#[derive(Debug)]
pub(super) struct Twister {
    words: [u32; WORDS],
    next: usize,
}

const WORDS: usize = 624;

impl Twister {
    pub(super) fn new(seed: i64) -> Twister {
        let key = [(seed >> 32) as u32, seed as u32];
        let mut words = [0; WORDS];
        words[0] = 19_650_218;
        for at in 1..WORDS {
            words[at] = mixed(words[at - 1])
                .wrapping_mul(1_812_433_253)
                .wrapping_add(at as u32);
        }
        let mut at = 1;
        let wrap = |words: &mut [u32; WORDS], at: usize| {
            if at < WORDS {
                return at;
            }
            words[0] = words[WORDS - 1];
            1
        };
        for round in 0..WORDS {
            let with = key[round % 2].wrapping_add((round % 2) as u32);
            words[at] =
                (words[at] ^ mixed(words[at - 1]).wrapping_mul(1_664_525)).wrapping_add(with);
            at = wrap(&mut words, at + 1);
        }
        for _ in 1..WORDS {
            words[at] = (words[at] ^ mixed(words[at - 1]).wrapping_mul(1_566_083_941))
                .wrapping_sub(at as u32);
            at = wrap(&mut words, at + 1);
        }
        words[0] = 0x8000_0000;
        Twister { words, next: WORDS }
    }

    fn next_word(&mut self) -> u32 {
        if self.next == WORDS {
            for at in 0..WORDS {
                let both =
                    (self.words[at] & 0x8000_0000) | (self.words[(at + 1) % WORDS] & 0x7fff_ffff);
                let odd = if both & 1 == 1 { 0x9908_b0df } else { 0 };
                self.words[at] = self.words[(at + 397) % WORDS] ^ (both >> 1) ^ odd;
            }
            self.next = 0;
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    pub(super) fn next_long(&mut self) -> u64 {
        let high = u64::from(self.next_word());
        high << 32 | u64::from(self.next_word())
    }
}

fn mixed(word: u32) -> u32 {
    word ^ (word >> 30)
}
