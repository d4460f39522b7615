//! DataFrames that are written into tables of the catalogue.

use sql::ObjectName;

use super::insert::insert_frame;
use super::table::{SavedTable, drop_table, save_new};
use crate::dataframe::DataFrame;
use crate::error::Result;
use crate::sink::SaveMode;
use crate::tables::error::already_exists;

/// Writes the rows of `frame` as the table `name` (`DataFrameWriter.saveAsTable`).
pub(crate) async fn save_as_table(
    frame: &DataFrame,
    name: &str,
    mode: SaveMode,
    new: SavedTable,
) -> Result<()> {
    let session = frame.session();
    let parts = sql::parse_name(name)?;
    let table_name = session.table_name(&parts)?;
    if session.catalogue_table(&table_name)?.is_none() {
        return save_new(session, &parts, frame, new).await;
    }
    match mode {
        SaveMode::ErrorIfExists => Err(already_exists(&table_name.quoted())),
        SaveMode::Ignore => Ok(()),
        SaveMode::Append => insert_frame(&parts, frame, false, true).await,
        SaveMode::Overwrite => {
            // The rows may be those of the table.
            let batches = frame.collect().await?;
            let rows = session.create_data_frame(frame.schema(), batches)?;
            drop_table(session, &ObjectName::Parts(parts.clone()), false, false).await?;
            save_new(session, &parts, &rows, new).await
        }
    }
}

/// Writes the rows of `frame` into the table `name`, column by column (`DataFrameWriter.insertInto`).
pub(crate) async fn insert_into(frame: &DataFrame, name: &str, mode: SaveMode) -> Result<()> {
    let parts = sql::parse_name(name)?;
    insert_frame(&parts, frame, mode == SaveMode::Overwrite, false).await
}
