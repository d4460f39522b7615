//! `CAST` and `TRY_CAST`: every type to every other (Spark: `Cast`).

mod nested;
mod numbers;
mod parse;
mod rules;
mod store;
mod times;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, PrimitiveArray, new_null_array};
use arrow::datatypes::ArrowPrimitiveType;
use datafusion_common::ScalarValue;
use datafusion_expr::{Expr, ScalarUDF};
use format::time::Zone;
use sql::DataType;

use crate::bytes_of_text;
use crate::call::Call;
use crate::error::{Error, Place, Result};
use crate::function::{Function, Group, Kernel};
use crate::settings::Settings;
use crate::typed::Typed;
use crate::types::{is_integral, is_string, to_arrow};
use crate::udf::{Arguments, Resolved, ScalarFunction};

pub(crate) use parse::cast_invalid_input;
pub use store::{StoreAssignment, mismatch, store};
pub(crate) use times::special_value;

const fn hidden(name: &'static str, kernel: Kernel) -> Function {
    Function::scalar(
        name,
        Group::Conversion,
        (1, 1),
        "",
        |_| Err(Error::internal("a cast needs a type")),
        kernel,
    )
}

const fn by_name(
    name: &'static str,
    usage: &'static str,
    resolve: fn(Call<'_>) -> Result<Typed>,
) -> Function {
    Function::scalar(
        name,
        Group::Conversion,
        (1, 1),
        usage,
        resolve,
        Kernel::Rewritten,
    )
}

pub(super) const FUNCTIONS: &[Function] = &[
    hidden("__cast", Kernel::Scalar(|arguments| run(arguments, false))),
    hidden(
        "__try_cast",
        Kernel::Scalar(|arguments| run(arguments, true)),
    ),
    store::INSERT_CAST,
    store::FIT_TEXT,
    by_name(
        "bigint",
        "bigint(expr) - Casts `expr` to `BIGINT`.",
        |call| to(call, &DataType::Long),
    ),
    by_name(
        "binary",
        "binary(expr) - Casts `expr` to `BINARY`.",
        |call| to(call, &DataType::Binary),
    ),
    by_name(
        "boolean",
        "boolean(expr) - Casts `expr` to `BOOLEAN`.",
        |call| to(call, &DataType::Boolean),
    ),
    by_name("date", "date(expr) - Casts `expr` to `DATE`.", |call| {
        to(call, &DataType::Date)
    }),
    by_name(
        "decimal",
        "decimal(expr) - Casts `expr` to `DECIMAL(10,0)`.",
        |call| to(call, &DataType::Decimal(10, 0)),
    ),
    by_name(
        "double",
        "double(expr) - Casts `expr` to `DOUBLE`.",
        |call| to(call, &DataType::Double),
    ),
    by_name("float", "float(expr) - Casts `expr` to `FLOAT`.", |call| {
        to(call, &DataType::Float)
    }),
    by_name("int", "int(expr) - Casts `expr` to `INT`.", |call| {
        to(call, &DataType::Integer)
    }),
    by_name(
        "smallint",
        "smallint(expr) - Casts `expr` to `SMALLINT`.",
        |call| to(call, &DataType::Short),
    ),
    by_name(
        "string",
        "string(expr) - Casts `expr` to `STRING`.",
        |call| to(call, &DataType::String),
    ),
    by_name("time", "time(expr) - Casts `expr` to `TIME`.", |call| {
        to(call, &DataType::Time(6))
    }),
    by_name(
        "timestamp",
        "timestamp(expr) - Casts `expr` to `TIMESTAMP`.",
        |call| to(call, &DataType::Timestamp),
    ),
    by_name(
        "tinyint",
        "tinyint(expr) - Casts `expr` to `TINYINT`.",
        |call| to(call, &DataType::Byte),
    ),
];

/// A cast by the name of a type is shown as its argument.
fn to(mut call: Call<'_>, data_type: &DataType) -> Result<Typed> {
    let argument = call.arguments.remove(0);
    let name = argument.name.clone();
    Ok(cast(
        argument,
        data_type,
        call.settings,
        call.place.as_ref(),
        false,
    )?
    .named(name))
}

/// What a cast does with a value that has no counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// An error.
    Error,
    /// NULL (`TRY_CAST`).
    Null,
    /// What Java's conversions give: numbers wrap (`spark.sql.ansi.enabled=false`).
    Legacy,
}

/// A cast that runs.
struct Context {
    failure: Failure,
    zone: Zone,
    /// The day that a time without date belongs to, in days since 1970-01-01.
    today: i64,
}

impl Context {
    /// NULL, or the error.
    fn fail<T>(&self, error: impl FnOnce() -> Error) -> Result<Option<T>> {
        match self.failure {
            Failure::Error => Err(error()),
            Failure::Null | Failure::Legacy => Ok(None),
        }
    }

    fn is_legacy(&self) -> bool {
        self.failure == Failure::Legacy
    }
}

/// `CAST(argument AS to)`, or `TRY_CAST`.
///
/// # Errors
/// `DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION` and its like if there is no such cast.
pub fn cast(
    argument: Typed,
    to: &DataType,
    settings: &Arc<Settings>,
    place: Option<&Arc<Place>>,
    is_try: bool,
) -> Result<Typed> {
    let to = &rules::normalized(to);
    let keyword = if is_try { "TRY_CAST" } else { "CAST" };
    let name = match to {
        // Spark shows no cast to a type with parts.
        DataType::Array(_) | DataType::Map(..) | DataType::Struct(_) => argument.name.clone(),
        _ => format!("{keyword}({} AS {})", argument.name, to.sql()),
    };
    let from = &rules::normalized(&argument.data_type);
    rules::check(from, to, settings.ansi, is_try, &name).map_err(|error| error.at(place))?;
    if from == to {
        return Ok(argument.named(name));
    }
    if *to == DataType::Binary
        && let Some(bytes) = bytes_of_text::bytes_of(&argument)
    {
        return Ok(bytes.named(name));
    }
    if argument.literal().is_some_and(ScalarValue::is_null) {
        return Ok(Typed::null(to.clone()).named(name));
    }
    if *from == DataType::Void {
        // A call such as `raise_error(..)` is NULL too, but must be made.
        let cast = datafusion_expr::Cast::new(Box::new(argument.expr), to_arrow(to));
        return Ok(Typed::new(Expr::Cast(cast), to.clone(), true, name));
    }
    if let Some(ScalarValue::Utf8(Some(text))) = argument.literal()
        && let Some(value) = special_value(text, to, settings)
    {
        return Ok(Typed::constant(value, to.clone(), name));
    }
    let nullable = argument.nullable || rules::can_give_null(from, to, settings.ansi, is_try);
    if is_widening(from, to) {
        let expr = Expr::Cast(datafusion_expr::Cast::new(
            Box::new(argument.expr),
            to_arrow(to),
        ));
        return Ok(Typed::new(expr, to.clone(), nullable, name));
    }
    let function = if is_try { &FUNCTIONS[1] } else { &FUNCTIONS[0] };
    let udf = ScalarUDF::new_from_impl(ScalarFunction::new(Resolved {
        function,
        return_type: to_arrow(to),
        settings: Arc::clone(settings),
        place: place.cloned(),
    }));
    // Units of intervals are not in the Arrow types, so the types are passed as text.
    let types = [from, to].map(|data_type| Typed::string(&data_type.sql()).expr);
    let [from, target] = types;
    let expr = udf.call(vec![argument.expr, from, target]);
    Ok(Typed::new(expr, to.clone(), nullable, name))
}

/// Whether every value has a counterpart that DataFusion's cast gives too.
fn is_widening(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    match (from, to) {
        (T::Byte, T::Short | T::Integer | T::Long)
        | (T::Short, T::Integer | T::Long)
        | (T::Integer, T::Long)
        | (T::Float, T::Double) => true,
        (from, T::Float | T::Double) => is_integral(from),
        _ => false,
    }
}

fn run(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let parse = |index: usize| -> Result<DataType> {
        match arguments.scalar(index) {
            Some(ScalarValue::Utf8(Some(text))) => sql::parse_data_type(text)
                .map_err(|_| Error::internal(format!("{text} is no type"))),
            _ => Err(Error::internal("the type of a cast is no constant")),
        }
    };
    let (from, to) = (parse(1)?, parse(2)?);
    let settings = arguments.settings;
    let zone = settings.zone();
    let context = Context {
        failure: match (is_try, settings.ansi) {
            (true, _) => Failure::Null,
            (false, true) => Failure::Error,
            (false, false) => Failure::Legacy,
        },
        zone,
        today: settings.today(),
    };
    let array = arguments.array(0)?;
    if array.null_count() == array.len() {
        return Ok(new_null_array(arguments.return_type, array.len()));
    }
    convert(&array, &from, &to, &context)
}

/// Every value of an array as another type.
fn convert(
    array: &ArrayRef,
    from: &DataType,
    to: &DataType,
    context: &Context,
) -> Result<ArrayRef> {
    use DataType as T;
    if from == to {
        return Ok(Arc::clone(array));
    }
    match (from, to) {
        (T::Void, to) => Ok(new_null_array(&to_arrow(to), array.len())),
        (from, to) if is_string(to) => {
            let style = values::Style::cast(context.zone, !context.is_legacy());
            values::to_text(array, from, &style)
        }
        (from, to) if is_string(from) => parse::from_text(array, to, context),
        (T::Array(_), _) | (T::Map(..), _) | (T::Struct(_), _) => {
            nested::convert(array, from, to, context)
        }
        (T::Date | T::Timestamp | T::TimestampNtz | T::Time(_), _)
        | (_, T::Date | T::Timestamp | T::TimestampNtz) => times::convert(array, from, to, context),
        (T::YearMonthInterval(..) | T::DayTimeInterval(..), _)
        | (_, T::YearMonthInterval(..) | T::DayTimeInterval(..)) => {
            times::convert_interval(array, from, to, context)
        }
        _ => numbers::convert(array, from, to, context),
    }
}

/// An array with what `of` gives for each value; NULL stays NULL.
fn map_values<F: ArrowPrimitiveType, T: ArrowPrimitiveType>(
    array: &PrimitiveArray<F>,
    of: impl Fn(F::Native) -> Result<Option<T::Native>>,
) -> Result<PrimitiveArray<T>> {
    let mut builder = arrow::array::PrimitiveBuilder::<T>::with_capacity(array.len());
    if array.nulls().is_none() {
        for value in array.values() {
            builder.append_option(of(*value)?);
        }
    } else {
        for value in array.iter() {
            match value {
                Some(value) => builder.append_option(of(value)?),
                None => builder.append_null(),
            }
        }
    }
    Ok(builder.finish())
}

/// `CAST_OVERFLOW` for a value as a literal shows it.
fn overflow(value: &str, from: &DataType, to: &DataType) -> Error {
    Error::data(
        "CAST_OVERFLOW",
        format!(
            "The value {value} of the type \"{}\" cannot be cast to \"{}\" due to an overflow. Use `try_cast` to tolerate \
             overflow and return NULL instead.",
            from.sql(),
            to.sql()
        ),
    )
}

/// `NUMERIC_VALUE_OUT_OF_RANGE` for a number as text.
pub(crate) fn out_of_range(value: &str, precision: u8, scale: i8) -> Error {
    Error::data(
        "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
        format!(
            " {value} cannot be represented as Decimal({precision}, {scale}). If necessary set \"spark.sql.ansi.enabled\" to \
             \"false\" to bypass this error, and return NULL instead."
        ),
    )
}
