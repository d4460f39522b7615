//! `CAST` and `TRY_CAST`: every type to every other (Spark: `Cast`).

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::{CastOptions, cast_with_options};
use datafusion_expr::ScalarUDF;
use sql::DataType;

use crate::error::{Error, Place, Result};
use crate::function::{Function, Group, Kernel};
use crate::settings::Settings;
use crate::typed::Typed;
use crate::types::to_arrow;
use crate::udf::{Arguments, ScalarFunction};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "__cast",
        Group::Conversion,
        (1, 1),
        "",
        |_| Err(Error::internal("a cast needs a type")),
        Kernel::Scalar(|arguments| run(arguments, false)),
    ),
    Function::scalar(
        "__try_cast",
        Group::Conversion,
        (1, 1),
        "",
        |_| Err(Error::internal("a cast needs a type")),
        Kernel::Scalar(|arguments| run(arguments, true)),
    ),
];

/// `CAST(argument AS to)`, or `TRY_CAST`.
///
/// # Errors
/// `DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION` if there is no such cast.
pub fn cast(
    argument: Typed,
    to: &DataType,
    settings: &Arc<Settings>,
    place: Option<&Arc<Place>>,
    is_try: bool,
) -> Result<Typed> {
    let name = format!("CAST({} AS {})", argument.name, to.sql());
    if argument.data_type == *to {
        return Ok(argument.named(name));
    }
    if argument.is_null() {
        return Ok(Typed::null(to.clone()).named(name));
    }
    let function = if is_try { &FUNCTIONS[1] } else { &FUNCTIONS[0] };
    let udf = ScalarUDF::new_from_impl(ScalarFunction::new(
        function,
        to_arrow(to),
        argument.nullable || is_try,
        Arc::clone(settings),
        place.cloned(),
    ));
    let nullable = argument.nullable || is_try;
    Ok(Typed::new(
        udf.call(vec![argument.expr]),
        to.clone(),
        nullable,
        name,
    ))
}

fn run(arguments: &Arguments<'_>, is_try: bool) -> Result<ArrayRef> {
    let options = CastOptions {
        safe: is_try || !arguments.settings.ansi,
        ..CastOptions::default()
    };
    Ok(cast_with_options(
        &arguments.array(0)?,
        arguments.return_type,
        &options,
    )?)
}
