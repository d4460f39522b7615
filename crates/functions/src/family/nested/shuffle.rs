//! `shuffle`: the elements of an array in random order.

use std::hash::{BuildHasher, Hasher, RandomState};

use arrow::array::ArrayRef;
use datafusion_common::ScalarValue;
use sql::DataType;

use super::element_type;
use super::lists::{Lists, offset, take_lists};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::array;
use crate::udf::Arguments;

pub(super) const FUNCTIONS: &[Function] = &[Function::scalar(
    "shuffle",
    Group::Array,
    (1, 2),
    "shuffle(array[, seed]) - Returns the elements of the array in random order.",
    shuffle,
    Kernel::Volatile(run),
)];

fn shuffle(mut call: Call<'_>) -> Result<Typed> {
    let element = element_type(&mut call, 0)?;
    let name = format!("shuffle({})", call.arguments[0].name);
    let seed = if call.arguments.len() == 2 {
        match call.constant(1)? {
            ScalarValue::Int64(Some(seed)) => seed,
            ScalarValue::Int32(Some(seed)) => i64::from(seed),
            ScalarValue::Int16(Some(seed)) => i64::from(seed),
            ScalarValue::Int8(Some(seed)) => i64::from(seed),
            value if value.is_null() => 0,
            _ => return Err(call.unexpected_type(1, "(\"INT\" or \"BIGINT\")")),
        }
    } else {
        RandomState::new().build_hasher().finish() as i64
    };
    call.arguments.truncate(1);
    call.arguments.push(Typed::constant(
        ScalarValue::Int64(Some(seed)),
        DataType::Long,
        seed.to_string(),
    ));
    let nullable = call.arguments[0].nullable;
    Ok(call.invoke_nullable(array(element), nullable)?.named(name))
}

fn run(arguments: &Arguments<'_>) -> Result<ArrayRef> {
    let Some(ScalarValue::Int64(Some(seed))) = arguments.scalar(1) else {
        return Err(Error::internal("the seed of shuffle is no constant"));
    };
    let mut random = MersenneTwister::new(*seed);
    let lists = Lists::argument(arguments, 0)?;
    let mut indices: Vec<u32> = Vec::with_capacity(lists.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
    offsets.push(0);
    for row in 0..lists.rows() {
        let first = indices.len();
        indices.extend(lists.range(row).map(|at| at as u32));
        for last in (1..indices.len() - first).rev() {
            let chosen = random.below(last as u32 + 1) as usize;
            indices.swap(first + last, first + chosen);
        }
        offsets.push(offset(indices.len())?);
    }
    take_lists(
        &lists.values,
        indices,
        offsets,
        lists.nulls(),
        arguments.return_type,
    )
}

/// The generator MT19937 (Matsumoto and Nishimura), seeded as Apache Commons Math does.
struct MersenneTwister {
    state: [u32; SIZE],
    next: usize,
}

const SIZE: usize = 624;
const MIDDLE: usize = 397;

impl MersenneTwister {
    fn new(seed: i64) -> MersenneTwister {
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

    fn next_u32(&mut self) -> u32 {
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
    fn below(&mut self, limit: u32) -> u32 {
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
