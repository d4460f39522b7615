//! xxHash64.

use super::row::RowHash;

pub(super) struct XxHash64;

const PRIME_1: u64 = 0x9E37_79B1_85EB_CA87;
const PRIME_2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const PRIME_3: u64 = 0x1656_67B1_9E37_79F9;
const PRIME_4: u64 = 0x85EB_CA77_C2B2_AE63;
const PRIME_5: u64 = 0x27D4_EB2F_1656_67C5;

impl RowHash for XxHash64 {
    type Hash = u64;

    fn int(value: i32, seed: u64) -> u64 {
        let hash = seed.wrapping_add(PRIME_5).wrapping_add(4);
        finish(with_word(hash, value as u32))
    }

    fn long(value: i64, seed: u64) -> u64 {
        let hash = seed.wrapping_add(PRIME_5).wrapping_add(8);
        finish(with_long(hash, value as u64))
    }

    fn bytes(value: &[u8], seed: u64) -> u64 {
        let (stripes, rest) = value.as_chunks::<32>();
        let mut hash = if stripes.is_empty() {
            seed.wrapping_add(PRIME_5)
        } else {
            of_stripes(stripes, seed)
        };
        hash = hash.wrapping_add(value.len() as u64);
        let (longs, rest) = rest.as_chunks::<8>();
        for long in longs {
            hash = with_long(hash, u64::from_le_bytes(*long));
        }
        let (words, rest) = rest.as_chunks::<4>();
        for word in words {
            hash = with_word(hash, u32::from_le_bytes(*word));
        }
        for byte in rest {
            hash = (hash ^ u64::from(*byte).wrapping_mul(PRIME_5))
                .rotate_left(11)
                .wrapping_mul(PRIME_1);
        }
        finish(hash)
    }
}

fn of_stripes(stripes: &[[u8; 32]], seed: u64) -> u64 {
    let mut lanes = [
        seed.wrapping_add(PRIME_1).wrapping_add(PRIME_2),
        seed.wrapping_add(PRIME_2),
        seed,
        seed.wrapping_sub(PRIME_1),
    ];
    for stripe in stripes {
        let (longs, _) = stripe.as_chunks::<8>();
        for (lane, long) in lanes.iter_mut().zip(longs) {
            *lane = round(*lane, u64::from_le_bytes(*long));
        }
    }
    let mut hash = lanes[0]
        .rotate_left(1)
        .wrapping_add(lanes[1].rotate_left(7))
        .wrapping_add(lanes[2].rotate_left(12))
        .wrapping_add(lanes[3].rotate_left(18));
    for lane in lanes {
        hash = (hash ^ round(0, lane))
            .wrapping_mul(PRIME_1)
            .wrapping_add(PRIME_4);
    }
    hash
}

fn round(lane: u64, long: u64) -> u64 {
    lane.wrapping_add(long.wrapping_mul(PRIME_2))
        .rotate_left(31)
        .wrapping_mul(PRIME_1)
}

fn with_long(hash: u64, long: u64) -> u64 {
    (hash ^ round(0, long))
        .rotate_left(27)
        .wrapping_mul(PRIME_1)
        .wrapping_add(PRIME_4)
}

fn with_word(hash: u64, word: u32) -> u64 {
    (hash ^ u64::from(word).wrapping_mul(PRIME_1))
        .rotate_left(23)
        .wrapping_mul(PRIME_2)
        .wrapping_add(PRIME_3)
}

fn finish(hash: u64) -> u64 {
    let mut hash = (hash ^ (hash >> 33)).wrapping_mul(PRIME_2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(PRIME_3);
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_spark() {
        assert_eq!(XxHash64::int(1, 42) as i64, -6_698_625_589_789_238_999);
        assert_eq!(XxHash64::long(1, 42) as i64, -7_001_672_635_703_045_582);
        assert_eq!(XxHash64::bytes(b"a", 42) as i64, -8_582_455_328_737_087_284);
        let text = b"The quick brown fox jumps over the lazy dog, twice and more";
        assert_eq!(XxHash64::bytes(text, 42) as i64, 3_663_059_422_265_559_772);
    }
}
