//! Facts of the session, and the types of expressions.

use datafusion_common::ScalarValue;
use sql::DataType;

use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Group, Kernel};
use crate::typed::Typed;

/// The version of Spark whose functions these are, with the revision that Spark's own function gives.
const VERSION: &str = "4.3.0 98bc0212c94705434471627068f41e374ccab143";

pub(in crate::family) const FUNCTIONS: &[Function] = &[
    Function::scalar(
        "typeof",
        Group::Misc,
        (1, 1),
        "typeof(expr) - Returns the name of the type of `expr`.",
        |call| {
            let name = call.type_of(0).simple_string();
            fact(&call, &name)
        },
        Kernel::Rewritten,
    ),
    Function::scalar(
        "version",
        Group::Misc,
        (0, 0),
        "version() - Returns the version of Spark that this engine follows.",
        |call| fact(&call, VERSION),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "current_user",
        Group::Misc,
        (0, 0),
        "current_user() - Returns the name of the session's user.",
        user,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "user",
        Group::Misc,
        (0, 0),
        "user() - Returns the name of the session's user.",
        user,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "session_user",
        Group::Misc,
        (0, 0),
        "session_user() - Returns the name of the session's user.",
        user,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "current_catalog",
        Group::Misc,
        (0, 0),
        "current_catalog() - Returns the name of the current catalogue.",
        |call| fact(&call, &call.settings.catalog),
        Kernel::Rewritten,
    ),
    Function::scalar(
        "current_database",
        Group::Misc,
        (0, 0),
        "current_database() - Returns the name of the current database.",
        database,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "current_schema",
        Group::Misc,
        (0, 0),
        "current_schema() - Returns the name of the current database.",
        database,
        Kernel::Rewritten,
    ),
    Function::scalar(
        "current_path",
        Group::Misc,
        (0, 0),
        "current_path() - Returns where the names of functions are looked up.",
        |call| {
            let path = format!(
                "system.builtin,system.session,{}.{}",
                call.settings.catalog, call.settings.database
            );
            fact(&call, &path)
        },
        Kernel::Rewritten,
    ),
];

fn fact(call: &Call<'_>, value: &str) -> Result<Typed> {
    Ok(Typed::constant(
        ScalarValue::from(value),
        DataType::String,
        call.text(),
    ))
}

fn user(call: Call<'_>) -> Result<Typed> {
    fact(&call, &call.settings.user)
}

fn database(call: Call<'_>) -> Result<Typed> {
    Ok(fact(&call, &call.settings.database)?.named("current_schema()"))
}
