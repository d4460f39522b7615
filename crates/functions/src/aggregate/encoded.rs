//! Values of any type as bytes that sort and are equal as Spark's values do.

use std::fmt::{self, Debug};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Float64Array, make_array};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type};
use arrow::row::{RowConverter, RowParser, Rows as EncodedRows, SortField};

use crate::error::Result;

/// Turns rows of columns into bytes and back.
pub(crate) struct Encoder {
    converter: RowConverter,
    parser: RowParser,
    is_normalised: Vec<bool>,
}

impl Encoder {
    /// Bytes that sort as Spark sorts, ascending with NULL first: NaN is the greatest number, and -0.0 is 0.0.
    ///
    /// # Errors
    /// If a type cannot be encoded.
    pub(crate) fn keys(types: &[ArrowType]) -> Result<Encoder> {
        let orders = vec![(true, true); types.len()];
        Encoder::ordered(types, &orders)
    }

    /// [`Encoder::keys`] with a direction for each column: whether it is ascending, and whether NULL comes first.
    ///
    /// # Errors
    /// If a type cannot be encoded.
    pub(crate) fn ordered(types: &[ArrowType], orders: &[(bool, bool)]) -> Result<Encoder> {
        let fields = types
            .iter()
            .zip(orders)
            .map(|(data_type, (is_ascending, nulls_first))| {
                let options = SortOptions {
                    descending: !is_ascending,
                    nulls_first: *nulls_first,
                };
                SortField::new_with_options(data_type.clone(), options)
            });
        let converter = RowConverter::new(fields.collect())?;
        let parser = converter.parser();
        let is_normalised = types.iter().map(has_floats).collect();
        Ok(Encoder {
            converter,
            parser,
            is_normalised,
        })
    }

    /// Bytes that keep a value exactly.
    ///
    /// # Errors
    /// If the type cannot be encoded.
    pub(crate) fn exact(data_type: &ArrowType) -> Result<Encoder> {
        let mut encoder = Encoder::keys(std::slice::from_ref(data_type))?;
        encoder.is_normalised = vec![false];
        Ok(encoder)
    }

    /// The bytes of each row.
    ///
    /// # Errors
    /// If the columns have other types.
    pub(crate) fn encode(&self, columns: &[ArrayRef]) -> Result<EncodedRows> {
        let mut prepared = Vec::with_capacity(columns.len());
        for (column, is_normalised) in columns.iter().zip(&self.is_normalised) {
            prepared.push(if *is_normalised {
                normalised(column)?
            } else {
                Arc::clone(column)
            });
        }
        Ok(self.converter.convert_columns(&prepared)?)
    }

    /// The columns of rows of bytes.
    ///
    /// # Errors
    /// If the bytes are damaged.
    pub(crate) fn decode<'a>(
        &self,
        rows: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Vec<ArrayRef>> {
        let rows = rows.into_iter().map(|bytes| self.parser.parse(bytes));
        Ok(self.converter.convert_rows(rows)?)
    }
}

impl Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoder")
    }
}

fn has_floats(data_type: &ArrowType) -> bool {
    match data_type {
        ArrowType::Float32 | ArrowType::Float64 => true,
        ArrowType::List(field) | ArrowType::Map(field, _) => has_floats(field.data_type()),
        ArrowType::Struct(fields) => fields.iter().any(|field| has_floats(field.data_type())),
        _ => false,
    }
}

/// The array with one NaN and one zero (Spark: `NormalizeFloatingNumbers`), within arrays, maps and structs too.
pub(crate) fn normalised(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        ArrowType::Float32 => {
            let numbers: Float32Array = array.as_primitive::<Float32Type>().unary(|x| match x {
                x if x.is_nan() => f32::NAN,
                x => x + 0.0,
            });
            Arc::new(numbers)
        }
        ArrowType::Float64 => {
            let numbers: Float64Array = array.as_primitive::<Float64Type>().unary(|x| match x {
                x if x.is_nan() => f64::NAN,
                x => x + 0.0,
            });
            Arc::new(numbers)
        }
        data_type if has_floats(data_type) => {
            let data = array.to_data();
            let mut children = Vec::with_capacity(data.child_data().len());
            for child in data.child_data() {
                children.push(normalised(&make_array(child.clone()))?.to_data());
            }
            make_array(data.into_builder().child_data(children).build()?)
        }
        _ => Arc::clone(array),
    })
}
