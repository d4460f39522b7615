//! Spark's random numbers.

use crate::murmur3;

/// Spark's `XORShiftRandom`, with the doubles of Java's `Random`.
#[derive(Debug)]
pub struct Generator {
    seed: i64,
    /// The second of a pair of normally distributed numbers.
    next_gaussian: Option<f64>,
}

impl Generator {
    /// A generator; the same seed gives the same numbers.
    pub fn new(seed: i64) -> Generator {
        let bytes = seed.to_be_bytes();
        let low = hash(&bytes, 0x3c07_4a61);
        let high = hash(&bytes, low);
        Generator {
            seed: (i64::from(high as i32) << 32) | i64::from(low),
            next_gaussian: None,
        }
    }

    /// The next number of so many bits, 1 to 32.
    pub fn next_bits(&mut self, bits: u32) -> i32 {
        let mut next = self.seed ^ (self.seed << 21);
        next ^= ((next as u64) >> 35) as i64;
        next ^= next << 4;
        self.seed = next;
        (next & ((1_i64 << bits) - 1)) as i32
    }

    /// The next number from 0 to less than 1.
    pub fn next_double(&mut self) -> f64 {
        let high = i64::from(self.next_bits(26)) << 27;
        let low = i64::from(self.next_bits(27));
        (high + low) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// The next number that is normally distributed, with mean 0 and standard deviation 1.
    pub fn next_gaussian(&mut self) -> f64 {
        if let Some(next) = self.next_gaussian.take() {
            return next;
        }
        loop {
            let a = 2.0 * self.next_double() - 1.0;
            let b = 2.0 * self.next_double() - 1.0;
            let square = a * a + b * b;
            if square < 1.0 && square != 0.0 {
                let factor = (-2.0 * libm::log(square) / square).sqrt();
                self.next_gaussian = Some(b * factor);
                return a * factor;
            }
        }
    }
}

/// Murmur3 of whole words, as Scala's library has it.
fn hash(bytes: &[u8; 8], seed: u32) -> u32 {
    let (words, _) = bytes.as_chunks::<4>();
    let words = words.iter().map(|word| u32::from_le_bytes(*word));
    murmur3::finish(words.fold(seed, murmur3::mix), bytes.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_spark() {
        let mut generator = Generator::new(0);
        let numbers = [
            generator.next_double(),
            generator.next_double(),
            generator.next_double(),
        ];
        assert_eq!(
            numbers,
            [0.7604953758285915, 0.5234194256885571, 0.0953472826424725]
        );
        let mut generator = Generator::new(0);
        let numbers = [(); 3].map(|()| generator.next_gaussian());
        assert_eq!(
            numbers,
            [1.6034991609278433, 0.14416006165776865, -0.6253564498627744]
        );
        assert_eq!(Generator::new(-1).next_double(), 0.3030262136082562);
    }
}
