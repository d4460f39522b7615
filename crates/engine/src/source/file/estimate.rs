//! What the footers of Parquet files say about the rows. It decides which side of a join is kept in memory.

use std::collections::HashMap;

use arrow::datatypes::{DataType, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ScalarValue, Statistics};
use datafusion::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use datafusion::parquet::file::statistics::Statistics as ChunkStatistics;
use io::Io;

use super::listing::FileFacts;
use super::parquet_file::footer;
use crate::memory::Memory;

/// Of more files only the first footer is read.
const FILES_MAX: usize = 32;

/// About how many rows there are, and between which numbers they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Estimate {
    rows: usize,
    /// The smallest and the largest number of columns of integers and dates.
    ranges: HashMap<String, (i64, i64)>,
}

impl Estimate {
    /// `None` if a footer cannot be read.
    pub(super) fn of(io: &Io, memory: &Memory, files: &[FileFacts]) -> Option<Estimate> {
        let files: Vec<&FileFacts> = files.iter().filter(|file| file.size > 0).collect();
        let footer_of = |file: &FileFacts| {
            let held = memory.holder(format!("file {}", file.path));
            footer(&io.objects, &file.path, file.size, &held).ok()
        };
        let rows_of = |footer: &ParquetMetaData| footer.file_metadata().num_rows().max(0) as usize;
        if files.len() > FILES_MAX {
            // As many rows for each byte as in the first file.
            let rows = rows_of(&*footer_of(files[0])?) as f64;
            let bytes: u64 = files.iter().map(|file| file.size).sum();
            return Some(Estimate {
                rows: (rows * (bytes as f64 / files[0].size as f64)) as usize,
                ranges: HashMap::new(),
            });
        }
        let footers: Option<Vec<_>> = files.into_iter().map(footer_of).collect();
        let footers = footers?;
        let groups = || footers.iter().flat_map(|footer| footer.row_groups());
        let columns = footers.first()?.file_metadata().schema_descr().columns();
        let ranges = columns.iter().enumerate().filter_map(|(index, column)| {
            let [name] = column.path().parts() else {
                return None;
            };
            let is_same = |group: &RowGroupMetaData| {
                let other = group.columns().get(index);
                other.is_some_and(|other| other.column_path() == column.path())
            };
            let ranges: Option<Vec<_>> = groups()
                .map(|group| is_same(group).then(|| range(group.column(index).statistics()?))?)
                .collect();
            let wider = |a: (i64, i64), b: (i64, i64)| (a.0.min(b.0), a.1.max(b.1));
            Some((name.clone(), ranges?.into_iter().reduce(wider)?))
        });
        Some(Estimate {
            rows: footers.iter().map(|footer| rows_of(footer)).sum(),
            ranges: ranges.collect(),
        })
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
