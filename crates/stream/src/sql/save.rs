//! DataFrames that are written into tables of the catalogue.

use super::insert::insert_frame;
use super::table::{SavedTable, save_new, stream_target};
use crate::dataframe::DataFrame;
use crate::error::Result;
use crate::sink::SaveMode;
use crate::tables::error::of_catalogue;
use crate::tables::error::{already_exists, table_not_view};

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
