//! `rand`, `randn`, `uniform` and `randstr`, with Spark's generator.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, StringBuilder};
use datafusion_common::ScalarValue;
use sql::DataType;
use values::Generator;

use crate::call::Call;
use crate::coerce::tightest_common_type;
use crate::error::{Error, Result};
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, INT, LONG, is_floating, is_numeric};
use crate::udf::{Arguments, State};

const INT_OR_LONG: Accepts = Accepts::OneOf(&[INT, LONG]);

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "rand",
        Group::Math,
        (0, 1),
        "rand([seed]) - Returns a random DOUBLE from 0 to less than 1.",
        seeded,
        Kernel::Stateful(|arguments, state| run(arguments, state, Generator::next_double)),
    ),
    Function::scalar(
        "random",
        Group::Math,
        (0, 1),
        "random([seed]) - Returns a random DOUBLE from 0 to less than 1.",
        |call| call.call("rand", call.arguments.clone()),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "randn",
        Group::Math,
        (0, 1),
        "randn([seed]) - Returns a random DOUBLE from the standard normal distribution.",
        seeded,
        Kernel::Stateful(|arguments, state| run(arguments, state, Generator::next_gaussian)),
    ),
    Function::scalar(
        "uniform",
        Group::Math,
        (2, 3),
        "uniform(min, max[, seed]) - Returns a random number from `min` to less than `max`.",
        uniform,
        Kernel::Rewritten,
    )
    .parameters(&["min", "max", "seed"]),
    Function::scalar(
        "randstr",
        Group::String,
        (1, 2),
        "randstr(length[, seed]) - Returns random letters and digits.",
        randstr,
        Kernel::Stateful(run_randstr),
    )
    .parameters(&["length", "seed"]),
];

/// A seed that nobody chose.
fn new_seed() -> i64 {
    let mut bytes = [0; 8];
    // Without random bytes the seed is 0: the numbers are then known, no more.
    let _ = getrandom::fill(&mut bytes);
    i64::from_le_bytes(bytes)
}

/// Checks the seed, the argument at `index`; adds one if there is none. NULL is 0.
pub(in crate::family) fn with_seed(mut call: Call<'_>, index: usize) -> Result<(Call<'_>, bool)> {
    let is_given = call.arguments.len() > index;
    if !is_given {
        call.arguments.push(Typed::long(new_seed()));
        return Ok((call, false));
    }
    let is_number = matches!(
        call.type_of(index),
        DataType::Integer | DataType::Long | DataType::Void
    );
    let is_small = matches!(call.type_of(index), DataType::Byte | DataType::Short);
    if !is_number && !is_small {
        return Err(call.unexpected_type(index, &INT_OR_LONG.name()));
    }
    if !call.arguments[index].is_foldable() {
        return Err(Error::analysis(
            "SEED_EXPRESSION_IS_UNFOLDABLE",
            format!(
                "The seed expression \"{}\" of the expression \"{}\" must be foldable.",
                call.arguments[index].name,
                call.text()
            ),
        ));
    }
    let name = call.arguments[index].name.clone();
    let seed = match call.constant(index)? {
        ScalarValue::Int64(Some(seed)) => seed,
        ScalarValue::Int32(Some(seed)) => i64::from(seed),
        ScalarValue::Int16(Some(seed)) => i64::from(seed),
        ScalarValue::Int8(Some(seed)) => i64::from(seed),
        _ => 0,
    };
    call.arguments[index] = Typed::long(seed).named(name);
    Ok((call, true))
}

fn seeded(call: Call<'_>) -> Result<Typed> {
    let (call, is_given) = with_seed(call, 0)?;
    let name = match is_given {
        true => call.text(),
        false => format!("{}()", call.function.name),
    };
    Ok(call.invoke_nullable(DataType::Double, false)?.named(name))
}

fn uniform(call: Call<'_>) -> Result<Typed> {
    for (index, name) in ["min", "max"].iter().enumerate() {
        let data_type = call.type_of(index);
        if !is_numeric(data_type) && *data_type != DataType::Void {
            return Err(call.unexpected_type(index, "\"NUMERIC\""));
        }
        if !call.arguments[index].is_foldable() {
            return Err(call.mismatch(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                format!(
                    "the input `{name}` should be a foldable integer or floating-point expression; however, got \"{}\".",
                    call.arguments[index].name
                ),
            ));
        }
    }
    let text = call.text();
    let (min, max) = (call.type_of(0), call.type_of(1));
    let data_type = match (min, max) {
        (DataType::Void, _) | (_, DataType::Void) => DataType::Double,
        (DataType::Double, _) | (_, DataType::Double) => DataType::Double,
        (DataType::Float, _) | (_, DataType::Float) => DataType::Float,
        (DataType::Decimal(p1, s1), DataType::Decimal(p2, s2)) => {
            let scale = *s1.max(s2);
            let whole = (i32::from(*p1) - i32::from(*s1)).max(i32::from(*p2) - i32::from(*s2));
            crate::coerce::bounded_decimal(whole + i32::from(scale), i32::from(scale))
        }
        (decimal @ DataType::Decimal(..), _) | (_, decimal @ DataType::Decimal(..)) => {
            decimal.clone()
        }
        (a, b) => tightest_common_type(a, b, true).unwrap_or(DataType::Double),
    };
    debug_assert!(is_floating(&data_type) || is_numeric(&data_type));
    let (call, _) = with_seed(call, 2)?;
    let min = call.cast(call.arguments[0].clone(), &DataType::Double)?;
    let max = call.cast(call.arguments[1].clone(), &DataType::Double)?;
    let random = call.call("rand", vec![call.arguments[2].clone()])?;
    let width = call.call("-", vec![max, min.clone()])?;
    let above = call.call("*", vec![width, random])?;
    let value = call.call("+", vec![min, above])?;
    Ok(call.cast(value, &data_type)?.named(text))
}

fn randstr(mut call: Call<'_>) -> Result<Typed> {
    let text = call.text();
    if !call.arguments[0].is_foldable() {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
            format!(
                "the input `length` should be a foldable INT or SMALLINT expression; however, got \"{}\".",
                call.arguments[0].name
            ),
        ));
    }
    call.accept_one(0, INT)?;
    if let ScalarValue::Int32(Some(length)) = call.constant(0)?
        && length < 0
    {
        return Err(call.mismatch(
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
            format!("The `length` must be between [0, 2147483647] (current value = {length})."),
        ));
    }
    let (call, _) = with_seed(call, 1)?;
    Ok(call.invoke_nullable(DataType::String, false)?.named(text))
}

/// The generator that the state holds; made from the seed at first.
fn generator<'a>(
    arguments: &Arguments<'_>,
    seed_at: usize,
    state: &'a mut State,
) -> Result<&'a mut Generator> {
    if state.is_none() {
        let Some(ScalarValue::Int64(Some(seed))) = arguments.scalar(seed_at) else {
            return Err(Error::internal("a seed is no constant"));
        };
        *state = Some(Box::new(Generator::new(*seed)));
    }
    let generator = state.as_mut().and_then(|state| state.downcast_mut());
    generator.ok_or_else(|| Error::internal("a state of another function"))
}

fn run(
    arguments: &Arguments<'_>,
    state: &mut State,
    next: fn(&mut Generator) -> f64,
) -> Result<ArrayRef> {
    let generator = generator(arguments, 0, state)?;
    let values = std::iter::repeat_with(|| next(generator)).take(arguments.rows);
    Ok(Arc::new(Float64Array::from_iter_values(values)))
}

fn run_randstr(arguments: &Arguments<'_>, state: &mut State) -> Result<ArrayRef> {
    const LETTERS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let length = match ScalarValue::try_from_array(
        &arguments.array(0)?.slice(0, arguments.rows.min(1)),
        0,
    ) {
        Ok(ScalarValue::Int32(Some(length))) => length.max(0) as usize,
        _ => 0,
    };
    if length.saturating_mul(arguments.rows) > i32::MAX as usize {
        return Err(Error::internal("a column of more than 2 GiB of text"));
    }
    let generator = generator(arguments, 1, state)?;
    let mut out = StringBuilder::new();
    let mut text = String::with_capacity(length);
    for _ in 0..arguments.rows {
        text.clear();
        for _ in 0..length {
            let letter = (generator.next_bits(32) % 62).unsigned_abs();
            text.push(char::from(LETTERS[letter as usize]));
        }
        out.append_value(&text);
    }
    Ok(Arc::new(out.finish()))
}
