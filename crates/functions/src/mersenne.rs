//! The random generator MT19937 (Matsumoto and Nishimura), seeded as Apache Commons Math does: Spark shuffles with it.

/// The state of the generator.
pub(crate) struct MersenneTwister {
    state: [u32; SIZE],
    next: usize,
}

const SIZE: usize = 624;
const MIDDLE: usize = 397;

impl MersenneTwister {
    /// The generator of this seed.
    pub(crate) fn new(seed: i64) -> MersenneTwister {
        let key = [(seed as u64 >> 32) as u32, seed as u32];
        let mut state = [0_u32; SIZE];
        state[0] = 19_650_218;
        for i in 1..SIZE {
            let before = state[i - 1];
            state[i] = (before ^ (before >> 30))
                .wrapping_mul(1_812_433_253)
                .wrapping_add(i as u32);
        }
        let mut i = 1;
        for step in 0..SIZE {
            let before = state[i - 1];
            let mixed = state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_664_525);
            state[i] = mixed
                .wrapping_add(key[step % 2])
                .wrapping_add((step % 2) as u32);
            i += 1;
            if i == SIZE {
                state[0] = state[SIZE - 1];
                i = 1;
            }
        }
        for _ in 1..SIZE {
            let before = state[i - 1];
            let mixed = state[i] ^ (before ^ (before >> 30)).wrapping_mul(1_566_083_941);
            state[i] = mixed.wrapping_sub(i as u32);
            i += 1;
            if i == SIZE {
                state[0] = state[SIZE - 1];
                i = 1;
            }
        }
        state[0] = 0x8000_0000;
        MersenneTwister { state, next: SIZE }
    }

    /// 32 random bits.
    pub(crate) fn next_u32(&mut self) -> u32 {
        if self.next == SIZE {
            for i in 0..SIZE {
                let y = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % SIZE] & 0x7fff_ffff);
                let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + MIDDLE) % SIZE] ^ (y >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// A number from 0 to `limit - 1`, each as likely as the others.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        if limit.is_power_of_two() {
            return ((u64::from(limit) * u64::from(self.next_u32() >> 1)) >> 31) as u32;
        }
        loop {
            let bits = self.next_u32() >> 1;
            let value = bits % limit;
            // The last, incomplete range is left out.
            if u64::from(bits - value) + u64::from(limit - 1) < 1 << 31 {
                return value;
            }
        }
    }
}
