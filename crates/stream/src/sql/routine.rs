//! SQL functions: `CREATE FUNCTION`, `DROP FUNCTION`, `DESCRIBE FUNCTION` and `SHOW FUNCTIONS`.

use std::collections::HashSet;
use std::sync::Arc;

use analysis::{Routine, RoutineParameter, RoutineResult};
use sql::{ColumnDefinition, DataType, StructField};

use super::answer::{matching, rows, strings};
use super::run::SqlResult;
use super::session_object::{Temporary, session_name};
use crate::error::{Error, Result};
use crate::session::Session;

/// The parts of `CREATE FUNCTION`.
pub(super) struct NewFunction {
    /// The name.
    pub name: Vec<String>,
    /// `OR REPLACE`.
    pub replace: bool,
    /// The parameters.
    pub parameters: Vec<ColumnDefinition>,
    /// `RETURNS type`.
    pub returns: Option<DataType>,
    /// `RETURNS TABLE`, with the columns if they are given.
    pub returns_table: Option<Vec<StructField>>,
    /// `COMMENT`.
    pub comment: Option<String>,
    /// `DETERMINISTIC`.
    pub is_deterministic: Option<bool>,
    /// The text after `RETURN`.
    pub body: String,
}

/// `CREATE [OR REPLACE] TEMPORARY FUNCTION`.
///
/// # Errors
/// `ROUTINE_ALREADY_EXISTS`, `USER_DEFINED_FUNCTIONS`, and what is wrong in the body.
pub(super) fn create_temporary(session: &Session, text: &str, new: NewFunction) -> Result<()> {
    let name = session_name(&new.name)
        .ok_or_else(|| wrong_qualifier(&new.name))?
        .to_owned();
    let parameters = parameters(&name, text, new.parameters)?;
    let infers_result = match (&new.returns, &new.returns_table) {
        (Some(_), _) => false,
        (None, Some(columns)) => columns.is_empty(),
        (None, None) => true,
    };
    let result = match (new.returns_table, new.returns) {
        (Some(columns), _) => RoutineResult::Table(columns),
        (None, returns) => RoutineResult::Value(returns.unwrap_or(DataType::Void)),
    };
    let routine = Routine {
        name: vec![name],
        parameters,
        result,
        body: new.body,
    };
    let analyser = session.analyser(&routine.body);
    let routine = Arc::new(analyser.check_routine(routine, infers_result)?);
    let name = routine.plain_name();
    if session.objects().routine(name).is_some() && !new.replace {
        return Err(Error::analysis(
            "ROUTINE_ALREADY_EXISTS",
            format!(
                "Cannot create the routine `{name}` because a routine of that name already exists.\nChoose a different name, \
                 drop or replace the existing routine, or add the IF NOT EXISTS clause to tolerate a pre-existing routine."
            ),
        ));
    }
    session.objects().add_routine(Temporary {
        routine,
        comment: new.comment,
        is_deterministic: new.is_deterministic.unwrap_or(true),
        created_ms: session.io().clock.now_ms(),
    });
    Ok(())
}

/// The parameters of a function, whose names differ and whose defaults come last.
fn parameters(
    function: &str,
    text: &str,
    columns: Vec<ColumnDefinition>,
) -> Result<Vec<RoutineParameter>> {
    let mut seen = HashSet::new();
    let mut parameters: Vec<RoutineParameter> = Vec::with_capacity(columns.len());
    for column in columns {
        let name = column.name.join(".");
        let Some(data_type) = column.data_type else {
            return Err(Error::unsupported(format!(
                "the parameter `{name}` has no type"
            )));
        };
        if !column.nullable {
            return Err(Error::analysis(
                "USER_DEFINED_FUNCTIONS.NOT_NULL_ON_FUNCTION_PARAMETERS",
                format!(
                    "User defined function is invalid: Cannot specify NOT NULL on function parameters: {name} {} NOT NULL",
                    data_type.sql()
                ),
            ));
        }
        if !seen.insert(name.to_lowercase()) {
            return Err(Error::analysis(
                "DUPLICATE_ROUTINE_PARAMETER_NAMES",
                format!(
                    "Found duplicate name(s) in the parameter list of the user-defined routine {function}: `{}`.",
                    name.to_lowercase()
                ),
            ));
        }
        if let (None, Some(before)) = (&column.default, parameters.last())
            && before.default.is_some()
        {
            return Err(Error::analysis(
                "USER_DEFINED_FUNCTIONS.NOT_A_VALID_DEFAULT_PARAMETER_POSITION",
                format!(
                    "User defined function is invalid: In routine `{function}` parameter `{}` with DEFAULT must not be followed \
                     by parameter `{name}` without DEFAULT.",
                    before.name
                ),
            ));
        }
        parameters.push(RoutineParameter {
            name,
            data_type,
            default: column
                .default
                .map(|default| default.span.of(text).to_owned()),
            comment: column.comment,
        });
    }
    Ok(parameters)
}

/// `DROP TEMPORARY FUNCTION`.
///
/// # Errors
/// `ROUTINE_NOT_FOUND`, unless `if_exists`; `FORBIDDEN_OPERATION` for a function of Spark's.
pub(super) fn drop_temporary(session: &Session, name: &[String], if_exists: bool) -> Result<()> {
    let plain = session_name(name).ok_or_else(|| wrong_qualifier(name))?;
    if session.objects().drop_routine(plain) {
        return Ok(());
    }
    refuse_builtin(name)?;
    match if_exists {
        true => Ok(()),
        false => Err(not_found(name)),
    }
}

/// `DROP FUNCTION`: of a permanent function.
///
/// # Errors
/// `EXPECT_PERSISTENT_FUNCTION_NOT_TEMP`, `FORBIDDEN_OPERATION`, `ROUTINE_NOT_FOUND` unless `if_exists`.
pub(super) fn drop_permanent(session: &Session, name: &[String], if_exists: bool) -> Result<()> {
    if let [plain] = name
        && session.objects().routine(plain).is_some()
    {
        return Err(Error::analysis(
            "EXPECT_PERSISTENT_FUNCTION_NOT_TEMP",
            format!(
                "`{plain}` is a temporary function. 'DROP FUNCTION' expects a persistent function. Please use DROP TEMPORARY \
                 FUNCTION to drop a temporary function."
            ),
        ));
    }
    refuse_builtin(name)?;
    match if_exists {
        true => Ok(()),
        false => Err(not_found(name)),
    }
}

/// `REFRESH FUNCTION`: nothing is kept of functions, so it only has to be there.
///
/// # Errors
/// `ROUTINE_NOT_FOUND`.
pub(super) fn refresh(session: &Session, name: &[String]) -> Result<()> {
    let known = session_name(name).and_then(|name| session.objects().routine(name));
    known.map(|_| ()).ok_or_else(|| not_found(name))
}

fn refuse_builtin(name: &[String]) -> Result<()> {
    let [plain] = name else { return Ok(()) };
    match functions::find(plain).is_some_and(|function| function.is_public()) {
        true => Err(Error::analysis(
            "FORBIDDEN_OPERATION",
            format!("The operation DROP is not allowed on the FUNCTION: `{plain}`."),
        )),
        false => Ok(()),
    }
}

fn not_found(name: &[String]) -> Error {
    Error::analysis(
        "ROUTINE_NOT_FOUND",
        format!(
            "The routine {} cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf you did not \
             qualify the name with a schema and catalog, verify the current_schema() output, or qualify the name with the \
             correct schema and catalog.\nTo tolerate the error on drop use DROP FUNCTION IF EXISTS.",
            quoted(name)
        ),
    )
}

fn wrong_qualifier(name: &[String]) -> Error {
    let (last, before) = name
        .split_last()
        .map_or((String::new(), &[][..]), |(last, before)| {
            (last.clone(), before)
        });
    Error::analysis(
        "INVALID_TEMP_OBJ_QUALIFIER",
        format!(
            "Temporary FUNCTION `{last}` cannot be qualified with {}. Temporary objects can only be qualified with SESSION or \
             SYSTEM.SESSION.",
            quoted(before)
        ),
    )
}

fn quoted(name: &[String]) -> String {
    let parts: Vec<String> = name.iter().map(|part| format!("`{part}`")).collect();
    parts.join(".")
}

/// `SHOW [USER | SYSTEM | ALL] FUNCTIONS [LIKE pattern]`.
pub(super) fn show(
    session: &Session,
    scope: Option<&str>,
    pattern: Option<&str>,
) -> Result<SqlResult> {
    let mut names = Vec::new();
    if scope != Some("USER") {
        names.extend(
            functions::all()
                .into_iter()
                .map(|function| function.name.to_owned()),
        );
    }
    if scope != Some("SYSTEM") {
        names.extend(session.objects().routine_names());
    }
    names.sort();
    names.dedup();
    rows(session, &[("function", strings(matching(names, pattern)))])
}

/// `DESCRIBE FUNCTION [EXTENDED]`.
///
/// # Errors
/// `UNRESOLVED_ROUTINE`.
pub(super) fn describe(session: &Session, name: &[String], is_extended: bool) -> Result<SqlResult> {
    let plain = name.last().map_or("", String::as_str);
    let builtin = match name {
        [_] => functions::find(plain).filter(|function| function.is_public()),
        _ => None,
    };
    if let Some(function) = builtin {
        let mut lines = vec![
            format!("Function: {}", function.name),
            format!("Usage: {}", function.usage),
        ];
        if is_extended {
            lines.push(format!("Group: {:?}", function.group));
        }
        return rows(session, &[("function_desc", strings(lines))]);
    }
    let found = session_name(name).and_then(|name| session.objects().routine(name));
    let Some(found) = found else {
        return Err(Error::analysis(
            "UNRESOLVED_ROUTINE",
            format!(
                "Cannot resolve routine {} on search path [`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`].",
                quoted(name)
            ),
        ));
    };
    let lines = routine_lines(session, &found, is_extended);
    rows(session, &[("function_desc", strings(lines))])
}

/// The lines about a SQL function: a label in the first line of each part, values below each other.
fn routine_lines(session: &Session, found: &Temporary, is_extended: bool) -> Vec<String> {
    let routine = &found.routine;
    let (kind, returns) = match &routine.result {
        RoutineResult::Value(data_type) => ("SCALAR", vec![data_type.sql()]),
        RoutineResult::Table(columns) => {
            let columns = columns.iter().map(|column| {
                (
                    column.name.as_str(),
                    &column.data_type,
                    None,
                    &column.comment,
                )
            });
            ("TABLE", aligned(columns.collect(), is_extended))
        }
    };
    let input = routine.parameters.iter().map(|parameter| {
        (
            parameter.name.as_str(),
            &parameter.data_type,
            parameter.default.as_deref(),
            &parameter.comment,
        )
    });
    let mut input = aligned(input.collect(), is_extended);
    if input.is_empty() {
        input.push("()".to_owned());
    }
    let mut parts = vec![
        ("Function:", vec![routine.plain_name().to_owned()]),
        ("Type:", vec![kind.to_owned()]),
        ("Input:", input),
        ("Returns:", returns),
    ];
    if is_extended {
        parts.extend(
            found
                .comment
                .clone()
                .map(|comment| ("Comment:", vec![comment])),
        );
        parts.push(("Deterministic:", vec![found.is_deterministic.to_string()]));
        parts.push(("Data Access:", vec!["CONTAINS SQL".to_owned()]));
        let settings = ["spark.sql.ansi.enabled", "spark.sql.session.timeZone"];
        let settings = settings.map(|name| {
            let value = session.conf().get(name).unwrap_or_default();
            format!("{name}={value}")
        });
        parts.push(("Configs:", settings.to_vec()));
        parts.push(("Create Time:", vec![time_text(found.created_ms)]));
        parts.push(("Body:", vec![routine.body.clone()]));
    }
    let width = if is_extended { 15 } else { 10 };
    let mut lines = Vec::new();
    for (label, values) in parts {
        for (index, value) in values.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(format!("{label:width$}{value}"));
        }
    }
    lines
}

/// Name, type, default and comment of parameters or columns, each kind below the other.
fn aligned(
    columns: Vec<(&str, &DataType, Option<&str>, &Option<String>)>,
    is_extended: bool,
) -> Vec<String> {
    let names = columns.iter().map(|(name, ..)| name.chars().count()).max();
    let types = columns
        .iter()
        .map(|(_, data_type, ..)| data_type.sql().len())
        .max();
    let (names, types) = (names.unwrap_or(0), types.unwrap_or(0));
    let lines = columns
        .into_iter()
        .map(|(name, data_type, default, comment)| {
            let mut line = format!("{name:names$} {:types$}", data_type.sql());
            if let (true, Some(default)) = (is_extended, default) {
                line.push_str(&format!(" DEFAULT {default}"));
            }
            if let (true, Some(comment)) = (is_extended, comment) {
                line.push_str(&format!(" '{comment}'"));
            }
            line
        });
    lines.collect()
}

/// A time as `DESCRIBE FUNCTION` shows it, in UTC.
fn time_text(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map(|time| time.format("%a %b %d %H:%M:%S UTC %Y").to_string())
        .unwrap_or_default()
}
