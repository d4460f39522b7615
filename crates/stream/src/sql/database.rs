//! Databases: `CREATE`, `ALTER`, `DROP`, `DESCRIBE`, `SHOW` and `USE`.

use catalog::{DEFAULT_DATABASE, Database};
use sql::{ObjectName, Property};

use super::answer::{matching, rows, strings};
use super::run::SqlResult;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::source::file::url_to_path;
use crate::tables::error::of_catalogue;
use crate::tables::error::{schema_not_found, single_part_namespace};
use crate::tables::name::{CATALOG, GLOBAL_TEMP, check_name, parts};

/// What `CREATE DATABASE` says besides the name.
pub(super) struct NewDatabase {
    pub(super) if_not_exists: bool,
    pub(super) comment: Option<String>,
    pub(super) location: Option<String>,
    pub(super) properties: Vec<Property>,
}

/// `CREATE DATABASE`.
pub(super) async fn create(
    session: &Session,
    name: &ObjectName,
    new: NewDatabase,
) -> Result<SqlResult> {
    let parts = parts(name)?;
    let name = match parts {
        [name] => name.to_lowercase(),
        [catalog, name] if catalog.eq_ignore_ascii_case(CATALOG) => name.to_lowercase(),
        _ => return Err(single_part_namespace(parts)),
    };
    if name == GLOBAL_TEMP {
        return Err(Error::analysis(
            "RESERVED_DATABASE_NAME",
            format!(
                "Cannot create the database `{name}` because the name is reserved for system use."
            ),
        ));
    }
    check_name(&name)?;
    let location = match new.location {
        Some(location) => path_of(&location)?,
        None => {
            let warehouse = session.catalogue()?.warehouse();
            warehouse
                .join(format!("{name}.db"))
                .to_string_lossy()
                .into_owned()
        }
    };
    let mut database = Database::new(location);
    set_properties(&mut database, new.properties);
    if let Some(comment) = new.comment {
        database.comment = comment;
    }
    let changes = session.lock_catalogue().await?;
    match changes.create_database(&name, &database) {
        Err(catalog::Error::DatabaseExists(_)) if new.if_not_exists => {}
        created => created.map_err(of_catalogue)?,
    }
    Ok(SqlResult::Done)
}

/// A location that a statement names, as an absolute path.
///
/// # Errors
/// `INVALID_EMPTY_LOCATION`, and locations that are no local directory.
pub(super) fn path_of(location: &str) -> Result<String> {
    if location.is_empty() {
        return Err(Error::analysis(
            "INVALID_EMPTY_LOCATION",
            "The location name cannot be empty string, but `` was given.",
        ));
    }
    url_to_path(location)
}

/// Keys with their values.
pub(super) fn key_values(properties: Vec<Property>) -> impl Iterator<Item = (String, String)> {
    properties
        .into_iter()
        .map(|property| (property.key, property.value))
}

/// Sets properties. The comment is one of them, as in Spark.
pub(super) fn set_properties(database: &mut Database, properties: Vec<Property>) {
    for (key, value) in key_values(properties) {
        match key.as_str() {
            "comment" => database.comment = value,
            _ => {
                database.properties.insert(key, value);
            }
        }
    }
}

/// `ALTER DATABASE .. UNSET DBPROPERTIES`.
///
/// # Errors
/// `CANNOT_REMOVE_RESERVED_PROPERTY` for the comment.
pub(super) async fn unset_properties(
    session: &Session,
    name: &ObjectName,
    keys: &[String],
) -> Result<SqlResult> {
    if keys.iter().any(|key| key == "comment") {
        return Err(Error::analysis(
            "CANNOT_REMOVE_RESERVED_PROPERTY",
            "Cannot remove reserved property: comment.",
        ));
    }
    alter(session, name, |it| {
        it.properties.retain(|key, _| !keys.contains(key));
    })
    .await
}

/// `ALTER DATABASE`, and `COMMENT ON DATABASE`.
pub(super) async fn alter(
    session: &Session,
    name: &ObjectName,
    change: impl FnOnce(&mut Database),
) -> Result<SqlResult> {
    let name = session.database_name(parts(name)?)?;
    let changes = session.lock_catalogue().await?;
    changes
        .alter_database(&name, change)
        .map_err(of_catalogue)?;
    Ok(SqlResult::Done)
}

/// `DROP DATABASE`.
pub(super) async fn drop(
    session: &Session,
    name: &ObjectName,
    if_exists: bool,
    cascade: bool,
) -> Result<SqlResult> {
    let name = session.database_name(parts(name)?)?;
    if name == DEFAULT_DATABASE {
        return Err(Error::analysis(
            "UNSUPPORTED_FEATURE.DROP_DATABASE",
            format!(
                "The feature is not supported: Drop the default database `{CATALOG}`.`{name}`."
            ),
        ));
    }
    let changes = session.lock_catalogue().await?;
    match changes.drop_database(&name, cascade) {
        Err(catalog::Error::DatabaseNotFound(_)) if if_exists => {}
        dropped => dropped.map_err(of_catalogue)?,
    }
    Ok(SqlResult::Done)
}

/// `USE`.
pub(super) fn use_database(session: &Session, name: &ObjectName) -> Result<SqlResult> {
    let parts = parts(name)?;
    if let [name] = parts
        && name.eq_ignore_ascii_case(CATALOG)
        && session
            .catalogue()?
            .database(CATALOG)
            .map_err(of_catalogue)?
            .is_none()
    {
        session.tables().set_database(DEFAULT_DATABASE);
        return Ok(SqlResult::Done);
    }
    let name = session.database_name(parts)?;
    if name == GLOBAL_TEMP {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "{GLOBAL_TEMP} is a system preserved database, you cannot use it as current database. To access global \
                 temporary views, you should use qualified name with the GLOBAL_TEMP_DATABASE, e.g. SELECT * FROM \
                 {GLOBAL_TEMP}.viewName."
            ),
        ));
    }
    session.check_database(&name)?;
    session.tables().set_database(&name);
    Ok(SqlResult::Done)
}

/// `SET CATALOG`.
pub(super) fn set_catalog(name: &str) -> Result<SqlResult> {
    match name.eq_ignore_ascii_case(CATALOG) {
        true => Ok(SqlResult::Done),
        false => Err(Error::analysis(
            "CATALOG_NOT_FOUND",
            format!(
                "The catalog `{name}` not found. Consider to set the SQL config \"spark.sql.catalog.{name}\" to a catalog \
                 plugin."
            ),
        )),
    }
}

/// `DESCRIBE DATABASE`.
pub(super) fn describe(
    session: &Session,
    name: &ObjectName,
    is_extended: bool,
) -> Result<SqlResult> {
    let name = session.database_name(parts(name)?)?;
    let database = session.check_database(&name)?;
    let mut lines = vec![
        ("Catalog Name", CATALOG.to_owned()),
        ("Namespace Name", name),
        ("Comment", database.comment),
        ("Location", format!("file:{}", database.location)),
        ("Owner", session.settings().user),
    ];
    if is_extended {
        let properties = database.properties.iter();
        let shown: Vec<String> = properties.map(|(k, v)| format!("({k},{v})")).collect();
        let shown = match shown.is_empty() {
            true => String::new(),
            false => format!("({})", shown.join(", ")),
        };
        lines.push(("Properties", shown));
    }
    let (names, values): (Vec<_>, Vec<_>) = lines.into_iter().unzip();
    rows(
        session,
        &[
            ("info_name", strings(names.into_iter().map(str::to_owned))),
            ("info_value", strings(values)),
        ],
    )
}

/// `SHOW DATABASES`.
pub(super) fn show(
    session: &Session,
    namespace: Option<&ObjectName>,
    pattern: Option<&str>,
) -> Result<SqlResult> {
    if let Some(namespace) = namespace {
        let parts = parts(namespace)?;
        let is_catalog = matches!(parts, [name] if name.eq_ignore_ascii_case(CATALOG));
        if !is_catalog {
            return Err(schema_not_found(parts));
        }
    }
    let names = session.catalogue()?.databases().map_err(of_catalogue)?;
    rows(session, &[("namespace", strings(matching(names, pattern)))])
}

/// `SHOW CURRENT DATABASE`.
pub(super) fn show_current(session: &Session) -> Result<SqlResult> {
    rows(
        session,
        &[
            ("catalog", strings([CATALOG.to_owned()])),
            ("namespace", strings([session.tables().database()])),
        ],
    )
}

/// `SHOW CATALOGS`.
pub(super) fn show_catalogs(session: &Session, pattern: Option<&str>) -> Result<SqlResult> {
    let names = matching(vec![CATALOG.to_owned()], pattern);
    rows(session, &[("catalog", strings(names))])
}
