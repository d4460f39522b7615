//! Parquet files: their schema in Spark's types, and their rows in the types that were asked for.
//!
//! A column is read into another type where Spark's reader does, which looks at how the values are
//! stored. Any other type is refused, before a row is read. Columns and fields are found by name, without regard
//! to case; one that is missing is null.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use arrow::record_batch::RecordBatch;
use datafusion::parquet::DecodeResult;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::arrow::push_decoder::{ParquetPushDecoder, ParquetPushDecoderBuilder};
use datafusion::parquet::basic::{LogicalType, Type as Physical};
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::parquet::schema::types::Type;
use io::Io;

use super::listing::FileFacts;
use super::parquet_file::{ParquetFile, footer};
use super::{convert, text, unreadable, url_of};
use crate::error::{Error, ErrorKind, Result};
use crate::memory::Memory;

/// The rows of a file, with those columns of a schema that it has. Row groups are read when their turn comes, the
/// columns that are asked for only.
pub(super) struct ParquetRows {
    file: ParquetFile,
    decoder: ParquetPushDecoder,
    /// Per column of `schema`: which column of the decoder's batches it is.
    places: Vec<usize>,
    schema: SchemaRef,
}

impl ParquetRows {
    /// The rows of a file, of which the footer is read.
    ///
    /// # Errors
    /// Bytes that are no Parquet; a column of another type.
    pub(super) async fn open(file: ParquetFile, schema: &SchemaRef) -> Result<ParquetRows> {
        let path = file.path();
        let metadata = in_spark_units(path, file.footer().await?)?;
        let root = metadata.parquet_schema().root_schema();
        let (mut asked, mut fields) = (Vec::new(), Vec::new());
        for field in schema.fields() {
            let found = find(path, root, field.name())?;
            if let Some(index) = found {
                let column = &root.get_fields()[index];
                check(path, column, field.data_type(), &mut Vec::new())?;
                asked.push(index);
                fields.push(Arc::clone(field));
            }
        }
        let mut roots = asked.clone();
        roots.sort_unstable();
        roots.dedup();
        // Each column that is asked for is among the roots.
        let place = |index: &usize| roots.partition_point(|root| root < index);
        let places = asked.iter().map(place).collect();
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots.iter().copied());
        let decoder = ParquetPushDecoderBuilder::new_with_metadata(metadata)
            .with_projection(mask)
            .with_batch_size(text::BATCH_ROWS)
            .build()
            .map_err(|error| unreadable(path, error))?;
        Ok(ParquetRows {
            decoder,
            places,
            schema: Arc::new(Schema::new(fields)),
            file,
        })
    }

    /// The next rows; none at the end of the file.
    ///
    /// # Errors
    /// Damage; what the store meets; a row group that does not fit the memory budget.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let decoded = self.decoder.try_decode();
            match decoded.map_err(|error| unreadable(self.file.path(), error))? {
                DecodeResult::NeedsData(ranges) => {
                    let parts = self.file.parts(&ranges).await?;
                    self.decoder
                        .push_ranges(ranges, parts)
                        .map_err(|error| unreadable(self.file.path(), error))?;
                }
                DecodeResult::Data(batch) => return self.convert(&batch).map(Some),
                DecodeResult::Finished => return Ok(None),
            }
        }
    }

    fn convert(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns = self.schema.fields().iter().zip(&self.places);
        let columns = columns
            .map(|(field, place)| {
                let column = batch.column(*place);
                convert::column(Some(column), field.data_type(), batch.num_rows())
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable(self.file.path(), error))?;
        super::batch_of(&self.schema, columns, batch.num_rows())
    }
}

/// The footer for the decoder. Times in nanoseconds cannot be read for all years that the old form of timestamps has.
fn in_spark_units(path: &str, footer: Arc<ParquetMetaData>) -> Result<ArrowReaderMetadata> {
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(&footer), ArrowReaderOptions::new())
        .map_err(|error| unreadable(path, error))?;
    let hint = Arc::new(in_microseconds(metadata.schema()));
    if hint == *metadata.schema() {
        return Ok(metadata);
    }
    let options = ArrowReaderOptions::new().with_schema(hint);
    Ok(ArrowReaderMetadata::try_new(footer, options).unwrap_or(metadata))
}

fn in_microseconds(schema: &Schema) -> Schema {
    let fields: Fields = schema.fields().iter().map(with_micros).collect();
    Schema::new(fields).with_metadata(schema.metadata().clone())
}

fn with_micros(field: &Arc<Field>) -> Arc<Field> {
    let data_type = match field.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, None) => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(with_micros).collect()),
        DataType::List(item) => DataType::List(with_micros(item)),
        DataType::Map(entries, sorted) => DataType::Map(with_micros(entries), *sorted),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// The columns of a file, in Spark's types.
///
/// # Errors
/// Bytes that are no Parquet; what the store meets.
pub(super) fn infer_schema(io: &Io, memory: &Memory, file: &FileFacts) -> Result<SchemaRef> {
    let path = &file.path;
    let cannot_read = || {
        Error::with_condition(
            ErrorKind::Data,
            "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER",
            format!(
                "Encountered error while reading file {}. Could not read footer. Please ensure that \
                 the file is in either ORC or Parquet format. If not, please convert it to a valid \
                 format. If the file is in the valid format, please check if it is corrupt. If it \
                 is, you can choose to either ignore it or fix the corruption.",
                url_of(path)
            ),
        )
    };
    let held = memory.holder(format!("file {path}"));
    let footer =
        footer(&io.objects, path, file.size, &held).map_err(|error| match error.kind() {
            ErrorKind::Data => cannot_read(),
            _ => error,
        })?;
    let metadata = ArrowReaderMetadata::try_new(footer, ArrowReaderOptions::new())
        .map_err(|_| cannot_read())?;
    let fields = metadata
        .schema()
        .fields()
        .iter()
        .map(|field| Field::new(field.name(), convert::spark_type(field.data_type()), true));
    Ok(Arc::new(Schema::new(fields.collect::<Vec<_>>())))
}

/// The place of a column or field.
fn find(path: &str, group: &Type, name: &str) -> Result<Option<usize>> {
    let fields = group.get_fields().iter().enumerate();
    let mut same = fields.filter(|(_, field)| field.name().eq_ignore_ascii_case(name));
    let Some((first, _)) = same.next() else {
        return Ok(None);
    };
    if same.next().is_none() {
        return Ok(Some(first));
    }
    let all = group.get_fields().iter();
    let all = all.filter(|field| field.name().eq_ignore_ascii_case(name));
    let names: Vec<&str> = all.map(|field| field.name()).collect();
    Err(unreadable(
        path,
        format!(
            "Found duplicate field(s) \"{name}\": [{}] in case-insensitive mode",
            names.join(", ")
        ),
    ))
}

/// Refuses a column that cannot be read as `asked`.
fn check(path: &str, column: &Type, asked: &DataType, outer: &mut Vec<String>) -> Result<()> {
    outer.push(column.name().to_owned());
    if column.is_primitive() {
        return check_primitive(path, column, asked, outer);
    }
    let cannot = || unreadable(path, format!("column [{}] is nested", outer.join(", ")));
    match asked {
        DataType::Struct(fields) if !is_list(column) && !is_map(column) => {
            for field in fields {
                if let Some(index) = find(path, column, field.name())? {
                    let depth = outer.len();
                    check(path, &column.get_fields()[index], field.data_type(), outer)?;
                    outer.truncate(depth);
                }
            }
            Ok(())
        }
        DataType::List(item) if is_list(column) => {
            let [repeated] = column.get_fields() else {
                return Err(cannot());
            };
            match repeated.is_group() && repeated.get_fields().len() == 1 {
                true => {
                    outer.push(repeated.name().to_owned());
                    check(path, &repeated.get_fields()[0], item.data_type(), outer)
                }
                false => check(path, repeated, item.data_type(), outer),
            }
        }
        DataType::Map(entries, _) if is_map(column) => {
            let ([pair], DataType::Struct(asked)) = (column.get_fields(), entries.data_type())
            else {
                return Err(cannot());
            };
            outer.push(pair.name().to_owned());
            let depth = outer.len();
            let parts = if pair.is_group() {
                pair.get_fields()
            } else {
                &[]
            };
            for (part, asked) in parts.iter().zip(asked) {
                check(path, part, asked.data_type(), outer)?;
                outer.truncate(depth);
            }
            Ok(())
        }
        _ => Err(cannot()),
    }
}

fn is_list(column: &Type) -> bool {
    column.get_basic_info().logical_type_ref() == Some(&LogicalType::List)
        || column.get_basic_info().converted_type()
            == datafusion::parquet::basic::ConvertedType::LIST
}

fn is_map(column: &Type) -> bool {
    use datafusion::parquet::basic::ConvertedType;
    column.get_basic_info().logical_type_ref() == Some(&LogicalType::Map)
        || matches!(
            column.get_basic_info().converted_type(),
            ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE
        )
}

fn check_primitive(path: &str, column: &Type, asked: &DataType, names: &[String]) -> Result<()> {
    let physical = column.get_physical_type();
    if matches!(asked, DataType::Struct(_)) {
        let reason = format!("column [{}] is no struct", names.join(", "));
        return Err(unreadable(path, reason));
    }
    if can_read(column, physical, asked) {
        return Ok(());
    }
    // The name of the Java library.
    let shown = match physical {
        Physical::BYTE_ARRAY => "BINARY".to_owned(),
        physical => physical.to_string(),
    };
    Err(Error::with_condition(
        ErrorKind::Data,
        "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH",
        format!(
            "Encountered error while reading file {}. Data type mismatches when reading Parquet \
             column [{}]. Expected Spark type {}, actual Parquet type {shown}.",
            url_of(path),
            names.join(", "),
            crate::type_name(asked)
        ),
    ))
}

/// Whether Spark's vectorised reader reads such values into the type.
fn can_read(column: &Type, physical: Physical, asked: &DataType) -> bool {
    let decimal = decimal_of(column);
    let is_date = column.get_basic_info().logical_type_ref() == Some(&LogicalType::Date);
    if let DataType::Decimal128(precision, scale) = asked {
        let (precision, scale) = (i32::from(*precision), i32::from(*scale));
        return match (decimal, physical) {
            // More digits before the point, and at least as many after it.
            (Some((stored, stored_scale)), _) => {
                scale >= stored_scale && precision - scale >= stored - stored_scale
            }
            (None, Physical::INT32) => !is_date && precision - scale >= 10,
            (None, Physical::INT64) => !is_timestamp(column) && precision - scale >= 20,
            _ => false,
        };
    }
    match physical {
        Physical::BOOLEAN => *asked == DataType::Boolean,
        Physical::INT32 => match asked {
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => true,
            DataType::Float64 | DataType::Date32 => true,
            DataType::Timestamp(_, None) => is_date,
            _ => false,
        },
        Physical::INT64 => match asked {
            DataType::Int64 => true,
            DataType::Timestamp(_, _) => is_timestamp(column),
            _ => false,
        },
        Physical::INT96 => matches!(asked, DataType::Timestamp(_, _)),
        Physical::FLOAT => matches!(asked, DataType::Float32 | DataType::Float64),
        Physical::DOUBLE => *asked == DataType::Float64,
        Physical::BYTE_ARRAY => {
            matches!(asked, DataType::Utf8 | DataType::Binary) && decimal.is_none()
        }
        Physical::FIXED_LEN_BYTE_ARRAY => *asked == DataType::Binary && decimal.is_none(),
    }
}

/// The precision and scale of a column of decimals.
fn decimal_of(column: &Type) -> Option<(i32, i32)> {
    let info = column.get_basic_info();
    let is_decimal = matches!(info.logical_type_ref(), Some(LogicalType::Decimal { .. }))
        || info.converted_type() == datafusion::parquet::basic::ConvertedType::DECIMAL;
    match column {
        Type::PrimitiveType {
            precision, scale, ..
        } if is_decimal => Some((*precision, *scale)),
        _ => None,
    }
}

fn is_timestamp(column: &Type) -> bool {
    use datafusion::parquet::basic::ConvertedType;
    let info = column.get_basic_info();
    matches!(info.logical_type_ref(), Some(LogicalType::Timestamp { .. }))
        || matches!(
            info.converted_type(),
            ConvertedType::TIMESTAMP_MICROS | ConvertedType::TIMESTAMP_MILLIS
        )
}
