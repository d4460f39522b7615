//! DataFrames that are written into tables of the catalogue.

use catalog::Table;
use sql::{ColumnDefinition, CreateTable, ObjectName, Property};

use super::create_table::{create_as, definition};
use super::insert::insert_frame;
use super::new_entry::new_name;
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::session::Session;
use crate::sink::SaveMode;
use crate::tables::error::{already_exists, of_catalogue, table_not_view};
use crate::tables::name::TableName;

/// What a writer says of a table that it makes.
pub(crate) struct SavedTable {
    /// The format.
    pub(crate) provider: Option<String>,
    /// The options of the format.
    pub(crate) options: Vec<(String, String)>,
    /// The partition columns.
    pub(crate) partition_by: Vec<String>,
}

/// Writes the rows of `frame` as the table `name` (`DataFrameWriter.saveAsTable`). A temporary view of this name is not
/// meant.
pub(crate) async fn save_as_table(
    frame: &DataFrame,
    name: &str,
    mode: SaveMode,
    new: SavedTable,
) -> Result<()> {
    let session = frame.session();
    let name = session.table_name(&sql::parse_name(name)?)?;
    let parts = name.parts();
    let Some(table) = session.catalogue_table(&name)? else {
        return save_new(session, &parts, frame, new).await;
    };
    match mode {
        SaveMode::Overwrite => {
            // The rows may be those of the table.
            let batches = frame.collect().await?;
            let rows = session.create_data_frame(frame.schema(), batches)?;
            let changes = session.lock_catalogue().await?;
            changes
                .drop_table(&name.database, &name.table)
                .map_err(of_catalogue)?;
            drop(changes);
            save_new(session, &parts, &rows, new).await
        }
        _ if table.is_view() => Err(table_not_view(
            "CREATE OR REPLACE VIEW",
            &name.quoted(),
            false,
        )),
        SaveMode::ErrorIfExists => Err(already_exists(&name.quoted())),
        SaveMode::Ignore => Ok(()),
        SaveMode::Append => insert_frame(&parts, frame, false, true).await,
    }
}

/// Writes the rows of `frame` into the table `name`, column by column (`DataFrameWriter.insertInto`).
pub(crate) async fn insert_into(frame: &DataFrame, name: &str, mode: SaveMode) -> Result<()> {
    let parts = sql::parse_name(name)?;
    insert_frame(&parts, frame, mode == SaveMode::Overwrite, false).await
}

/// Where a stream is written that goes into the table `name`: format and directory (`DataStreamWriter.toTable`).
pub(crate) async fn stream_to_table(
    frame: &DataFrame,
    name: &str,
    new: SavedTable,
) -> Result<(String, String)> {
    let parts = sql::parse_name(name)?;
    stream_target(frame.session(), &parts, frame, new).await
}

/// The rows of `frame` as a new table (`DataFrameWriter.saveAsTable`).
async fn save_new(
    session: &Session,
    parts: &[String],
    frame: &DataFrame,
    new: SavedTable,
) -> Result<()> {
    let name = new_name(session, parts)?;
    let table = saved_definition(session, &name, frame, new)?;
    create_as(session, &name, table, frame, false).await?;
    Ok(())
}

/// Where a stream is written that goes into the table `name`, which is made if it is not there: format and directory
/// (`DataStreamWriter.toTable`).
async fn stream_target(
    session: &Session,
    parts: &[String],
    frame: &DataFrame,
    new: SavedTable,
) -> Result<(String, String)> {
    let name = session.table_name(parts)?;
    let wanted = session.format_name(new.provider.as_deref()).to_lowercase();
    let known = session.catalogue_table(&name)?;
    let is_new = known.is_none();
    let table = match known {
        Some(table) => table,
        None => saved_definition(session, &new_name(session, parts)?, frame, new)?,
    };
    if table.is_view() {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!("Streaming into views {} is not supported.", name.quoted()),
        ));
    }
    let provider = table.provider.clone().unwrap_or_default();
    if provider != wanted {
        return Err(Error::new(
            ErrorKind::Analysis,
            format!(
                "The input source({wanted}) is different from the table {}'s data source provider({provider}).",
                name.table
            ),
        ));
    }
    let location = match &table.location {
        Some(location) if table.partition_columns == 0 => location.clone(),
        _ => {
            return Err(Error::unsupported(format!(
                "Streaming into {} is not supported: it is partitioned, or no table of files.",
                name.quoted()
            )));
        }
    };
    if is_new {
        let changes = session.lock_catalogue().await?;
        changes
            .create_table(&name.database, &name.table, &table)
            .map_err(of_catalogue)?;
    }
    Ok((provider, location))
}

/// The entry of a table that a writer makes of the columns of `frame`.
fn saved_definition(
    session: &Session,
    name: &TableName,
    frame: &DataFrame,
    new: SavedTable,
) -> Result<Table> {
    let partition_by = new.partition_by.into_iter().map(|name| ColumnDefinition {
        name: vec![name],
        data_type: None,
        nullable: true,
        default: None,
        generated: None,
        comment: None,
    });
    let options = new.options.into_iter();
    let options = options.map(|(key, value)| Property { key, value });
    let new = CreateTable {
        name: ObjectName::Parts(name.parts()),
        creates: true,
        replaces: false,
        if_not_exists: false,
        is_external: false,
        columns: Vec::new(),
        provider: new.provider,
        options: options.collect(),
        partition_by: partition_by.collect(),
        location: None,
        comment: None,
        properties: Vec::new(),
        query: None,
    };
    definition(session, "", name, new, Some(frame))
}
