//! `shuffle`: the elements of an array in random order.

use arrow::array::ArrayRef;
use datafusion_common::ScalarValue;

use super::element_type;
use super::lists::{Lists, offset, take_lists};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::family::math::random::with_seed;
use crate::function::{Function, Group, Kernel};
use crate::mersenne::MersenneTwister;
use crate::typed::Typed;
use crate::types::{array, is_integral};
use crate::udf::{Arguments, State};

pub(super) const FUNCTIONS: &[Function] = &[Function::scalar(
    "shuffle",
    Group::Array,
    (1, 2),
    "shuffle(array[, seed]) - Returns the elements of the array in random order.",
    shuffle,
    Kernel::Stateful(run),
)];

fn shuffle(mut call: Call<'_>) -> Result<Typed> {
    let element = element_type(&mut call, 0)?;
    let name = format!("shuffle({})", call.arguments[0].name);
    if let Some(seed) = call.arguments.get(1)
        && !(seed.is_foldable() && (is_integral(&seed.data_type) || seed.is_null()))
    {
        return Err(Error::analysis(
            "INVALID_PARAMETER_VALUE.LONG",
            format!(
                "The value of parameter(s) `seed` in `shuffle` is invalid: expects a long literal, but got \"{}\".",
                seed.name
            ),
        ));
    }
    let (call, _) = with_seed(call, 1)?;
    let nullable = call.arguments[0].nullable;
    Ok(call.invoke_nullable(array(element), nullable)?.named(name))
}

fn run(arguments: &Arguments<'_>, state: &mut State) -> Result<ArrayRef> {
    if state.is_none() {
        let Some(ScalarValue::Int64(Some(seed))) = arguments.scalar(1) else {
            return Err(Error::internal("the seed of shuffle is no constant"));
        };
        *state = Some(Box::new(MersenneTwister::new(*seed)));
    }
    let random: Option<&mut MersenneTwister> =
        state.as_mut().and_then(|state| state.downcast_mut());
    let Some(random) = random else {
        return Err(Error::internal("a state of another function"));
    };
    let lists = Lists::argument(arguments, 0)?;
    let mut indices: Vec<u32> = Vec::with_capacity(lists.values.len());
    let mut offsets = Vec::with_capacity(lists.rows() + 1);
    offsets.push(0);
    for row in 0..lists.rows() {
        let first = indices.len();
        indices.extend(lists.range(row).map(|at| at as u32));
        for at in 0..indices.len() - first {
            let other = random.below(at as u32 + 1) as usize;
            indices.swap(first + at, first + other);
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
