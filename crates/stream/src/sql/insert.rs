//! `INSERT INTO` and `INSERT OVERWRITE` of a table: which value goes into which column.

use std::sync::Arc;

use catalog::{Column, Table};
use datafusion::logical_expr::Expr;
use functions::{StoreAssignment, Typed, store, store_mismatch};
use sql::{DataType, InsertInto, InsertTarget, ObjectName, PartitionValue};
use values::types::field_type;

use super::column_default::{default_value, fill_defaults, misplaced_default};
use super::database::key_values;
use super::run::{SqlResult, plan_query};
use super::table::existing;
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::frame_writer::DataFrameWriter;
use crate::session::Session;
use crate::sink::SaveMode;
use crate::tables::error::Searched;
use crate::tables::insert::{Replaces, insert as insert_rows, projected};
use crate::tables::name::TableName;
use crate::tables::partition::{self, Spec, SpecValue};
use crate::tables::schema::{check_unique, data_type};

/// What an `INSERT` says of its target besides the name.
struct Target<'a> {
    partition: &'a [PartitionValue],
    if_not_exists: bool,
    by_name: bool,
    columns: &'a [String],
}

/// An `INSERT` that was checked, and is not done yet.
enum Prepared {
    /// There is nothing to write: the partition is there.
    Nothing,
    /// Rows for a table.
    Table {
        name: TableName,
        table: Box<Table>,
        frame: DataFrame,
        replaces: Replaces,
    },
    /// Rows for a directory.
    Directory(DataFrameWriter),
}

/// `INSERT`s, one after the other. All are checked before the first is done; each reads what those before it wrote.
pub(super) async fn insert_all(
    session: &Session,
    text: &str,
    inserts: Vec<InsertInto>,
) -> Result<SqlResult> {
    // The first is checked below, before anything is done.
    for insert in inserts.iter().skip(1) {
        prepare(session, text, insert.clone())?;
    }
    for insert in inserts {
        match prepare(session, text, insert)? {
            Prepared::Nothing => {}
            Prepared::Table {
                name,
                table,
                frame,
                replaces,
            } => insert_rows(session, &name, &table, &frame, replaces).await?,
            Prepared::Directory(writer) => writer.save().await?,
        }
    }
    Ok(SqlResult::Done)
}

fn prepare(session: &Session, text: &str, statement: InsertInto) -> Result<Prepared> {
    let (name, target) = match &statement.target {
        InsertTarget::Directory {
            path,
            provider,
            options,
        } => {
            let path = path.clone().map(|path| ("path".to_owned(), path));
            let frame = plan_query(session, text, &statement.query)?;
            let writer = frame.write().format(provider);
            let writer = writer.options(key_values(options.clone()).chain(path));
            return Ok(Prepared::Directory(writer.mode(SaveMode::Overwrite)));
        }
        InsertTarget::Table {
            name,
            partition,
            if_not_exists,
            by_name,
            columns,
        } => {
            let target = Target {
                partition,
                if_not_exists: *if_not_exists,
                by_name: *by_name,
                columns,
            };
            (name, target)
        }
    };
    let (name, table) = existing(session, name, "INSERT", false, Searched::Query)?;
    let spec = Spec::resolve(session, text, &name, &table, target.partition)?;
    check_spec(&name, &table, &spec, target.partition)?;
    if target.if_not_exists
        && let Some(values) = spec.complete()
        && table
            .partitions
            .contains_key(&partition::directory(&table, &values))
    {
        return Ok(Prepared::Nothing);
    }
    let assigned = assigned(session, &table, &spec, &target)?;
    let mut query = statement.query;
    fill_defaults(session, &mut query, &assigned)?;
    let frame = plan_query(session, text, &query).map_err(misplaced_default)?;
    let frame = assign(session, &name, &table, &spec, &assigned, &target, &frame)?;
    let replaces = replaced(session, &table, spec, statement.overwrites);
    Ok(Prepared::Table {
        name,
        table: Box::new(table),
        frame,
        replaces,
    })
}

/// Writes the rows of a DataFrame into a table, by the names of its columns or by their places.
pub(super) async fn insert_frame(
    parts: &[String],
    frame: &DataFrame,
    overwrites: bool,
    by_name: bool,
) -> Result<()> {
    let session = frame.session();
    let name = ObjectName::Parts(parts.to_vec());
    let (name, table) = existing(session, &name, "INSERT", false, Searched::Query)?;
    let spec = Spec::resolve(session, "", &name, &table, &[])?;
    let target = Target {
        partition: &[],
        if_not_exists: false,
        by_name,
        columns: &[],
    };
    let assigned = assigned(session, &table, &spec, &target)?;
    let rows = assign(session, &name, &table, &spec, &assigned, &target, frame)?;
    let replaces = replaced(session, &table, spec, overwrites);
    insert_rows(session, &name, &table, &rows, replaces).await
}

/// What new rows take the place of.
fn replaced(session: &Session, table: &Table, spec: Spec, overwrites: bool) -> Replaces {
    let mode = session
        .conf()
        .get("spark.sql.sources.partitionOverwriteMode");
    let is_dynamic = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("dynamic"));
    match overwrites {
        false => Replaces::Nothing,
        true if is_dynamic && table.is_partitioned() && spec.complete().is_none() => {
            Replaces::Written
        }
        true => Replaces::Matching(spec),
    }
}

/// That `PARTITION (..)` names all partition columns, those with values first.
fn check_spec(
    name: &TableName,
    table: &Table,
    spec: &Spec,
    given: &[PartitionValue],
) -> Result<()> {
    if given.is_empty() {
        return Ok(());
    }
    let columns = table.partition_columns().iter().map(|it| it.name.clone());
    let columns: Vec<String> = columns.collect();
    if spec.0.contains(&SpecValue::Absent) {
        let requested: Vec<&str> = given.iter().map(|it| it.column.as_str()).collect();
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "Requested partitioning does not match the table {}:\nRequested partitions: {}.\nTable partitions: {}.",
                name.quoted(),
                requested.join(", "),
                columns.join(", ")
            ),
        ));
    }
    let first_dynamic = spec.0.iter().position(|it| *it == SpecValue::Dynamic);
    let last_static = spec
        .0
        .iter()
        .rposition(|it| matches!(it, SpecValue::Static(_)));
    if matches!((first_dynamic, last_static), (Some(dynamic), Some(fixed)) if dynamic < fixed) {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "The ordering of partition columns is [{}]. All partition columns having constant values need to appear \
                 before other partition columns that do not have an assigned constant value.",
                columns.join(",")
            ),
        ));
    }
    Ok(())
}

/// The columns that the columns of the query are for, in the order of the query's, unless they are matched by name.
fn assigned<'a>(
    session: &Session,
    table: &'a Table,
    spec: &Spec,
    target: &Target<'_>,
) -> Result<Vec<&'a Column>> {
    let names = session.names();
    let data = table.data_columns().len();
    let is_fixed = |at: usize| at >= data && matches!(spec.0[at - data], SpecValue::Static(_));
    if target.columns.is_empty() {
        let columns = table.columns.iter().enumerate();
        return Ok(columns
            .filter(|(at, _)| !is_fixed(*at))
            .map(|(_, it)| it)
            .collect());
    }
    check_unique(names, target.columns.iter().map(String::as_str))?;
    let columns = target.columns.iter().map(|wanted| {
        let at = table
            .columns
            .iter()
            .position(|it| names.same(&it.name, wanted));
        match at {
            Some(at) if is_fixed(at) => Err(Error::analysis(
                "STATIC_PARTITION_COLUMN_IN_INSERT_COLUMN_LIST",
                format!("Static partition column `{wanted}` is also specified in the column list."),
            )),
            Some(at) => Ok(&table.columns[at]),
            None => Err(unresolved_column(wanted, table)),
        }
    });
    columns.collect()
}

/// `UNRESOLVED_COLUMN` for a column that a table does not have.
pub(super) fn unresolved_column(wanted: &str, table: &Table) -> Error {
    let known: Vec<String> = table
        .columns
        .iter()
        .map(|it| format!("`{}`", it.name))
        .collect();
    Error::analysis(
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        format!(
            "A column, variable, or function parameter with name `{wanted}` cannot be resolved. Did you mean one of the \
             following? [{}].",
            known.join(", ")
        ),
    )
}

/// The rows of a query as rows of the table.
fn assign(
    session: &Session,
    name: &TableName,
    table: &Table,
    spec: &Spec,
    assigned: &[&Column],
    target: &Target<'_>,
    frame: &DataFrame,
) -> Result<DataFrame> {
    let schema = frame.schema();
    let found = frame.plan().schema().columns();
    // Which column of the query each column of the table gets.
    let mut sources: Vec<(&str, usize)> = Vec::new();
    let is_arity_wrong = match target.by_name {
        true => found.len() > assigned.len(),
        false => found.len() != assigned.len(),
    };
    if is_arity_wrong {
        return Err(wrong_arity(name, assigned, &schema));
    }
    if target.by_name {
        check_unique(
            session.names(),
            schema.fields().iter().map(|it| it.name().as_str()),
        )?;
        let mut extra = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            let column = assigned
                .iter()
                .find(|it| session.names().same(&it.name, field.name()));
            match column {
                Some(column) => sources.push((&column.name, at)),
                None => extra.push(format!("`{}`", field.name())),
            }
        }
        if !extra.is_empty() {
            return Err(Error::analysis(
                "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS",
                format!(
                    "Cannot write incompatible data for the table {}: Cannot write extra columns {}.",
                    name.quoted(),
                    extra.join(", ")
                ),
            ));
        }
    } else {
        let names = assigned.iter().map(|it| it.name.as_str());
        sources.extend(names.zip(0..found.len()));
    }
    let policy = policy(session);
    let settings = Arc::new(session.settings());
    let data = table.data_columns().len();
    let mut exprs = Vec::with_capacity(table.columns.len());
    for (position, column) in table.columns.iter().enumerate() {
        let to = data_type(column)?;
        let source = sources.iter().find(|(name, _)| *name == column.name);
        let fixed = (position >= data).then(|| &spec.0[position - data]);
        let typed = match (source, fixed) {
            (_, Some(SpecValue::Static(value))) => match value {
                Some(value) => Typed::string(value),
                None => Typed::null(DataType::Void),
            },
            (Some((_, at)), _) => {
                let field = schema.field(*at);
                let from = field_type(field).unwrap_or(DataType::String);
                let expr = Expr::Column(found[*at].clone());
                Typed::new(expr, from, field.is_nullable(), field.name())
            }
            (None, _) => default_value(session, column)?,
        };
        let is_constant = source.is_none();
        let problem = match is_constant {
            true => None,
            false => store_mismatch(&typed.data_type, &to, &format!("`{}`", column.name), policy),
        };
        if let Some((path, from, to)) = problem {
            return Err(Error::analysis(
                "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                format!(
                    "Cannot write incompatible data for the table {}: Cannot safely cast {path} \"{}\" to \"{}\".",
                    name.quoted(),
                    from.sql(),
                    to.sql()
                ),
            ));
        }
        let stored = store(typed, &to, &column.name, policy, &settings)?;
        exprs.push(stored.expr.alias(&column.name));
    }
    projected(frame, exprs)
}

fn wrong_arity(name: &TableName, assigned: &[&Column], schema: &arrow::datatypes::Schema) -> Error {
    let wanted: Vec<String> = assigned.iter().map(|it| format!("`{}`", it.name)).collect();
    let given: Vec<String> = schema
        .fields()
        .iter()
        .map(|it| format!("`{}`", it.name()))
        .collect();
    let (condition, reason) = match given.len() > wanted.len() {
        true => (
            "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS",
            "too many data columns",
        ),
        false => (
            "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS",
            "not enough data columns",
        ),
    };
    Error::analysis(
        condition,
        format!(
            "Cannot write to {}, the reason is {reason}:\nTable columns: {}.\nData columns: {}.",
            name.quoted(),
            wanted.join(", "),
            given.join(", ")
        ),
    )
}

/// `spark.sql.storeAssignmentPolicy`.
fn policy(session: &Session) -> StoreAssignment {
    let named = session.conf().get("spark.sql.storeAssignmentPolicy");
    match named.unwrap_or_default().to_lowercase().as_str() {
        "strict" => StoreAssignment::Strict,
        "legacy" => StoreAssignment::Legacy,
        _ => StoreAssignment::Ansi,
    }
}
