//! What the footers of Parquet files say about the rows. It decides which side of a join is kept in memory.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};
use datafusion::parquet::basic::SortOrder;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::parquet::file::statistics::Statistics as ChunkStatistics;
use io::Io;

use super::listing::FileFacts;
use super::parquet_file::footer;
use crate::memory::Memory;

/// If there are more files, only the footer of the first is read.
const FILES_MAX: usize = 32;

/// About how many rows there are, and between which numbers they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Estimate {
    rows: usize,
    /// The smallest and the largest number of columns of integers and dates.
    ranges: HashMap<String, (i64, i64)>,
}

impl Estimate {
    /// `None` if there are no files, or a footer cannot be read.
    pub(super) fn of(io: &Io, memory: &Memory, files: &[FileFacts]) -> Option<Estimate> {
        let files: Vec<&FileFacts> = files.iter().filter(|file| file.size > 0).collect();
        let footer_of = |file: &FileFacts| {
            let held = memory.holder(format!("file {}", file.path));
            footer(&io.objects, &file.path, file.size, &held).ok()
        };
        let rows_of = |footer: &ParquetMetaData| footer.file_metadata().num_rows().max(0) as usize;
        let first = footer_of(files.first()?)?;
        if files.len() > FILES_MAX {
            // As many rows for each byte as in the first file.
            let bytes: u64 = files.iter().map(|file| file.size).sum();
            return Some(Estimate {
                rows: (rows_of(&first) as f64 * (bytes as f64 / files[0].size as f64)) as usize,
                ranges: HashMap::new(),
            });
        }
        let mut estimate = Estimate {
            rows: rows_of(&first),
            ranges: ranges_of(&first),
        };
        for file in &files[1..] {
            let footer = footer_of(file)?;
            let ranges = ranges_of(&footer);
            estimate.rows += rows_of(&footer);
            estimate.ranges.retain(|name, range| {
                let other = ranges.get(name);
                *range = other.map_or(*range, |other| wider(*range, *other));
                other.is_some()
            });
        }
        Some(estimate)
    }

    /// The estimate for columns of this schema. Nothing is exact: the rows are those that are there when the plan runs.
    pub(super) fn statistics(&self, schema: &Schema) -> Statistics {
        let mut statistics = Statistics::new_unknown(schema);
        statistics.num_rows = Precision::Inexact(self.rows);
        let columns = schema
            .fields()
            .iter()
            .zip(&mut statistics.column_statistics);
        for (field, column) in columns {
            let Some((min, max)) = self.ranges.get(field.name()) else {
                continue;
            };
            let bound = |value: &i64| match value_of(*value, field.data_type()) {
                Some(value) => Precision::Inexact(value),
                None => Precision::Absent,
            };
            (column.min_value, column.max_value) = (bound(min), bound(max));
        }
        statistics
    }
}

fn wider(a: (i64, i64), b: (i64, i64)) -> (i64, i64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// The ranges of the columns at the top whose numbers have a sign.
fn ranges_of(footer: &ParquetMetaData) -> HashMap<String, (i64, i64)> {
    let columns = footer.file_metadata().schema_descr().columns();
    let ranges = columns.iter().enumerate().filter_map(|(index, column)| {
        let [name] = column.path().parts() else {
            return None;
        };
        if column.sort_order() != SortOrder::SIGNED {
            return None;
        }
        let groups = footer.row_groups().iter();
        let ranges: Option<Vec<_>> = groups
            .map(|group| range(group.column(index).statistics()?))
            .collect();
        let (min, max) = ranges?.into_iter().reduce(wider)?;
        (min <= max).then(|| (name.clone(), (min, max)))
    });
    ranges.collect()
}

/// The smallest and the largest number of a column chunk, if its footer has them.
fn range(statistics: &ChunkStatistics) -> Option<(i64, i64)> {
    match statistics {
        ChunkStatistics::Int32(it) => Some(((*it.min_opt()?).into(), (*it.max_opt()?).into())),
        ChunkStatistics::Int64(it) => Some((*it.min_opt()?, *it.max_opt()?)),
        _ => None,
    }
}

fn value_of(number: i64, data_type: &DataType) -> Option<ScalarValue> {
    match data_type {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            ScalarValue::Int64(Some(number)).cast_to(data_type).ok()
        }
        DataType::Date32 => Some(ScalarValue::Date32(Some(i32::try_from(number).ok()?))),
        _ => None,
    }
}
