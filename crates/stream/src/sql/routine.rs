//! SQL functions: `CREATE FUNCTION`, `DROP FUNCTION`, `DESCRIBE FUNCTION` and `SHOW FUNCTIONS`.

use std::collections::HashSet;
use std::sync::Arc;

use analysis::{Names, Routine, RoutineParameter, RoutineResult};
use sql::{ColumnDefinition, DataType, ObjectName, StructField};

use super::answer::{matching, rows, strings};
use super::catalog::SessionCatalog;
use super::routine_text::routine_lines;
use super::run::SqlResult;
use super::session_object::{RoutineEntry, session_name};
use crate::error::{Error, Result};
use crate::session::Session;
use crate::tables::error::of_catalogue;
use crate::tables::function;
use crate::tables::name::{CATALOG, check_name, parts, quoted};

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
    let replace = new.replace;
    let catalog = SessionCatalog::new(session);
    let entry = checked(session, text, &catalog, vec![name.clone()], new)?;
    if session.objects().routine(&name).is_some() && !replace {
        return Err(already_exists(&format!("`{name}`")));
    }
    session.objects().add_routine(entry);
    Ok(())
}

/// `CREATE [OR REPLACE] FUNCTION [IF NOT EXISTS]`.
///
/// # Errors
/// `ROUTINE_ALREADY_EXISTS`, `SCHEMA_NOT_FOUND`, `INVALID_TEMP_OBJ_REFERENCE`, `USER_DEFINED_FUNCTIONS`, and what is wrong
/// in the body.
pub(super) async fn create_permanent(
    session: &Session,
    text: &str,
    new: NewFunction,
    if_not_exists: bool,
) -> Result<()> {
    let name = session.function_name(&new.name, &session.tables().database())?;
    let Some(name) = name else {
        let plain = new.name.last().cloned().unwrap_or_default();
        return Err(forbidden("CREATE", &plain));
    };
    session.check_database(&name.database)?;
    check_name(&name.table)?;
    let replace = new.replace;
    // No other statement makes a function of this name meanwhile.
    let changes = session.lock_catalogue().await?;
    if session.catalogue_function(&name)?.is_some() && !replace {
        return match if_not_exists {
            true => Ok(()),
            false => Err(already_exists(&name.quoted_short())),
        };
    }
    let catalog = SessionCatalog::new(session);
    let entry = checked(session, text, &catalog, name.parts(), new)?;
    catalog.refuse_temporary("FUNCTION", &name.quoted_short())?;
    changes
        .put_function(&name.database, &name.table, &function::stored(&entry))
        .map_err(of_catalogue)?;
    Ok(())
}

/// A new function, whose body was checked with the tables of `catalog`.
fn checked(
    session: &Session,
    text: &str,
    catalog: &SessionCatalog,
    name: Vec<String>,
    new: NewFunction,
) -> Result<RoutineEntry> {
    let plain = name.last().cloned().unwrap_or_default();
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
        name,
        parameters: parameters(session.names(), &plain, text, new.parameters)?,
        result,
        body: new.body,
        ansi: Some(session.settings().ansi),
    };
    let analyser = session.analyser_with(&routine.body, catalog.clone());
    let routine = analyser.check_routine(routine, infers_result)?;
    Ok(RoutineEntry {
        routine: Arc::new(routine),
        comment: new.comment,
        is_deterministic: new.is_deterministic.unwrap_or(true),
        reads_data: catalog.has_read(),
        configuration: function::configuration(session),
        created_ms: session.io().clock.now_ms(),
    })
}

fn already_exists(name: &str) -> Error {
    Error::analysis(
        "ROUTINE_ALREADY_EXISTS",
        format!(
            "Cannot create the routine {name} because a routine of that name already exists.\nChoose a different name, \
             drop or replace the existing routine, or add the IF NOT EXISTS clause to tolerate a pre-existing routine."
        ),
    )
}

fn forbidden(operation: &str, name: &str) -> Error {
    Error::analysis(
        "FORBIDDEN_OPERATION",
        format!("The operation {operation} is not allowed on the FUNCTION: `{name}`."),
    )
}

/// The parameters of a function, whose names differ and whose defaults come last.
fn parameters(
    names: Names,
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
        if !seen.insert(names.key(&name)) {
            return Err(Error::analysis(
                "DUPLICATE_ROUTINE_PARAMETER_NAMES",
                format!(
                    "Found duplicate name(s) in the parameter list of the user-defined routine {function}: `{}`.",
                    names.key(&name)
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
        false => Err(not_found(&quoted(name))),
    }
}

/// `DROP FUNCTION`: of a permanent function.
///
/// # Errors
/// `EXPECT_PERSISTENT_FUNCTION_NOT_TEMP`, `FORBIDDEN_OPERATION`, `SCHEMA_NOT_FOUND`, `ROUTINE_NOT_FOUND` unless
/// `if_exists`.
pub(super) async fn drop_permanent(
    session: &Session,
    name: &[String],
    if_exists: bool,
) -> Result<()> {
    refuse_builtin(name)?;
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
    let Some(known) = session.function_name(name, &session.tables().database())? else {
        return Err(forbidden("DROP", name.last().map_or("", String::as_str)));
    };
    session.check_database(&known.database)?;
    let changes = session.lock_catalogue().await?;
    match changes
        .drop_function(&known.database, &known.table)
        .map_err(of_catalogue)?
        || if_exists
    {
        true => Ok(()),
        false => Err(not_found(&known.quoted_short())),
    }
}

/// `REFRESH FUNCTION`: nothing is kept of functions, so it only has to be there.
///
/// # Errors
/// `ROUTINE_NOT_FOUND`.
pub(super) fn refresh(session: &Session, name: &[String]) -> Result<()> {
    match find(session, name)? {
        Some(_) => Ok(()),
        None => {
            let known = session.function_name(name, &session.tables().database())?;
            let shown = known.map_or_else(|| quoted(name), |known| known.quoted_short());
            Err(not_found(&shown))
        }
    }
}

/// The SQL function of this name: of the session, else of the catalogue.
fn find(session: &Session, name: &[String]) -> Result<Option<Arc<RoutineEntry>>> {
    let temporary = session_name(name).and_then(|name| session.objects().routine(name));
    if temporary.is_some() {
        return Ok(temporary);
    }
    match session.function_name(name, &session.tables().database())? {
        Some(name) => session.catalogue_function(&name),
        None => Ok(None),
    }
}

fn refuse_builtin(name: &[String]) -> Result<()> {
    let [plain] = name else { return Ok(()) };
    match functions::find(plain).is_some_and(|function| function.is_public()) {
        true => Err(forbidden("DROP", plain)),
        false => Ok(()),
    }
}

/// `ROUTINE_NOT_FOUND` for a name in back quotes.
fn not_found(name: &str) -> Error {
    Error::analysis(
        "ROUTINE_NOT_FOUND",
        format!(
            "The routine {name} cannot be found. Verify the spelling and correctness of the schema and catalog.\nIf you did not \
             qualify the name with a schema and catalog, verify the current_schema() output, or qualify the name with the \
             correct schema and catalog.\nTo tolerate the error on drop use DROP ... IF EXISTS."
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

/// `SHOW [USER | SYSTEM | ALL] FUNCTIONS [IN database] [LIKE pattern]`.
///
/// # Errors
/// `SCHEMA_NOT_FOUND`.
pub(super) fn show(
    session: &Session,
    scope: Option<&str>,
    namespace: Option<&ObjectName>,
    pattern: Option<&str>,
) -> Result<SqlResult> {
    let database = match namespace {
        Some(name) => session.database_name(parts(name)?)?,
        None => session.tables().database(),
    };
    session.check_database(&database)?;
    let mut names = Vec::new();
    if scope != Some("USER") {
        let builtin = functions::all().into_iter();
        names.extend(matching(
            builtin.map(|it| it.name.to_owned()).collect(),
            pattern,
        ));
    }
    if scope != Some("SYSTEM") {
        names.extend(matching(session.objects().routine_names(), pattern));
        let permanent = matching(
            session
                .catalogue()?
                .functions(&database)
                .map_err(of_catalogue)?,
            pattern,
        );
        let full = |name: String| format!("{CATALOG}.{database}.{name}");
        names.extend(permanent.into_iter().map(full));
    }
    names.sort();
    names.dedup();
    rows(session, &[("function", strings(names))])
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
    let Some(found) = find(session, name)? else {
        return Err(Error::analysis(
            "UNRESOLVED_ROUTINE",
            format!(
                "Cannot resolve routine {} on search path [`system`.`builtin`, `system`.`session`, `{CATALOG}`.`{}`].",
                quoted(name),
                session.tables().database()
            ),
        ));
    };
    let lines = routine_lines(&found, is_extended);
    rows(session, &[("function_desc", strings(lines))])
}
