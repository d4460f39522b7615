//! `sql_keywords`: the keywords of Spark's SQL.

use std::sync::Arc;

use arrow::array::{Array, BooleanArray, ListArray, StringArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType as ArrowType;
use sql::DataType;

use crate::error::Error;
use crate::function::{Function, Group, Kernel, Kind};
use crate::types::{array, field};

/// One keyword a line. None is reserved, as `spark.sql.ansi.enforceReservedKeywords` is off.
const KEYWORDS: &str = include_str!("keywords.txt");

pub(in crate::family) const FUNCTIONS: &[Function] = &[Function::scalar(
    "sql_keywords",
    Group::Generator,
    (0, 0),
    "sql_keywords() - Returns a row for each keyword of SQL, with whether it is reserved.",
    |call| {
        let row = DataType::Struct(vec![
            field("keyword", DataType::String, false),
            field("reserved", DataType::Boolean, false),
        ]);
        call.invoke(array(row))
    },
    Kernel::Scalar(|arguments| {
        let ArrowType::List(element) = arguments.return_type else {
            return Err(Error::internal("keywords are an array"));
        };
        let ArrowType::Struct(fields) = element.data_type() else {
            return Err(Error::internal("keywords are an array of structs"));
        };
        let words: StringArray = KEYWORDS.lines().map(Some).collect();
        let count = words.len();
        let reserved = BooleanArray::from(vec![false; count]);
        let rows = StructArray::try_new(
            fields.clone(),
            vec![Arc::new(words), Arc::new(reserved)],
            None,
        )?;
        let one = ListArray::try_new(
            Arc::clone(element),
            OffsetBuffer::from_lengths([count]),
            Arc::new(rows),
            None,
        )?;
        let rows = arrow::array::UInt32Array::from(vec![0; arguments.rows]);
        Ok(arrow::compute::take(&one, &rows, None)?)
    }),
)
.kind(Kind::Generator)];
