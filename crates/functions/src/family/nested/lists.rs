//! Columns of lists: rows are read whatever the offsets are, and new columns are built from ranges of old ones.
//!
//! A map is a list of entries here.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, MutableArrayData, NullBufferBuilder,
    StructArray, UInt32Array, make_array, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType as ArrowType, FieldRef};

use crate::error::{Error, Result};
use crate::udf::Arguments;

/// A column of lists or maps. The row of a constant stands for every row.
pub(super) struct Lists {
    /// The elements of all rows; the entries of a map.
    pub values: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    rows: usize,
    is_constant: bool,
}

/// The elements of all rows, one after the other, and nothing else.
pub(super) struct Elements {
    /// The elements.
    pub values: ArrayRef,
    /// The row of each element.
    pub rows: UInt32Array,
    /// Where the elements of each row begin; one more entry than rows.
    pub offsets: Vec<i32>,
}

impl Lists {
    /// An argument that is a list or a map.
    pub(super) fn argument(arguments: &Arguments<'_>, index: usize) -> Result<Lists> {
        match arguments.scalar(index) {
            Some(value) => {
                let mut lists = Lists::new(&value.to_array_of_size(1)?)?;
                lists.is_constant = true;
                lists.rows = arguments.rows;
                lists.nulls = value
                    .is_null()
                    .then(|| NullBuffer::new_null(arguments.rows));
                Ok(lists)
            }
            None => Lists::new(&arguments.array(index)?),
        }
    }

    /// A column of lists or maps.
    pub(super) fn new(array: &ArrayRef) -> Result<Lists> {
        let rows = array.len();
        let nulls = array.nulls().cloned();
        let (values, offsets) = match array.data_type() {
            ArrowType::List(_) => {
                let lists = array.as_list::<i32>();
                (Arc::clone(lists.values()), lists.offsets().clone())
            }
            ArrowType::Map(..) => {
                let maps = array.as_map();
                let entries: ArrayRef = Arc::new(maps.entries().clone());
                (entries, maps.offsets().clone())
            }
            other => return Err(Error::internal(format!("{other} is no list"))),
        };
        Ok(Lists {
            values,
            offsets,
            nulls,
            rows,
            is_constant: false,
        })
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the list of a row is NULL.
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// Where the elements of a row are; nowhere for NULL.
    pub(super) fn range(&self, row: usize) -> Range<usize> {
        if self.is_null(row) {
            return 0..0;
        }
        let row = if self.is_constant { 0 } else { row };
        self.offsets[row] as usize..self.offsets[row + 1] as usize
    }

    /// How many elements a row has; 0 for NULL.
    pub(super) fn len(&self, row: usize) -> usize {
        self.range(row).len()
    }

    /// Which rows are NULL.
    pub(super) fn nulls(&self) -> Option<NullBuffer> {
        self.nulls.clone()
    }

    /// Makes these rows NULL, and no others.
    pub(super) fn mask(&mut self, nulls: Option<NullBuffer>) {
        self.nulls = nulls;
    }

    /// The keys of all maps.
    pub(super) fn keys(&self) -> ArrayRef {
        Arc::clone(self.values.as_struct().column(0))
    }

    /// The values of all maps.
    pub(super) fn map_values(&self) -> ArrayRef {
        Arc::clone(self.values.as_struct().column(1))
    }

    /// The elements of all rows.
    pub(super) fn elements(&self) -> Result<Elements> {
        let mut offsets = Vec::with_capacity(self.rows + 1);
        let mut total = 0_usize;
        offsets.push(0);
        for row in 0..self.rows {
            total += self.len(row);
            offsets.push(offset(total)?);
        }
        let mut rows = Vec::with_capacity(total);
        let mut is_dense = true;
        let mut next = None;
        for row in 0..self.rows {
            let range = self.range(row);
            rows.resize(rows.len() + range.len(), row as u32);
            if !range.is_empty() {
                is_dense &= next.is_none_or(|next| next == range.start);
                next = Some(range.end);
            }
        }
        let values = if is_dense {
            self.values.slice(next.unwrap_or(0) - total, total)
        } else {
            let indices = (0..self.rows).flat_map(|row| self.range(row).map(|at| at as u32));
            take(&self.values, &UInt32Array::from_iter_values(indices), None)?
        };
        Ok(Elements {
            values,
            rows: UInt32Array::from(rows),
            offsets,
        })
    }
}

/// A position as an offset of a column.
pub(super) fn offset(position: usize) -> Result<i32> {
    i32::try_from(position)
        .map_err(|_| Error::internal("a column of more than 2,147,483,647 elements in one batch"))
}

/// Builds a column of lists from ranges of the elements of other columns.
pub(super) struct ListBuilder<'a> {
    values: MutableArrayData<'a>,
    offsets: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl<'a> ListBuilder<'a> {
    /// Begins a column of about `rows` lists. All sources must be of one type.
    pub(super) fn new(sources: Vec<&'a arrow::array::ArrayData>, rows: usize) -> ListBuilder<'a> {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        ListBuilder {
            values: MutableArrayData::new(sources, true, rows),
            offsets,
            nulls: NullBufferBuilder::new(rows),
        }
    }

    /// Appends elements of a source to the current list.
    pub(super) fn push(&mut self, source: usize, range: Range<usize>) -> Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        offset(self.values.len() + range.len())?;
        Ok(self.values.try_extend(source, range.start, range.end)?)
    }

    /// Appends NULL elements to the current list.
    pub(super) fn push_nulls(&mut self, count: usize) -> Result<()> {
        offset(self.values.len() + count)?;
        Ok(self.values.try_extend_nulls(count)?)
    }

    /// Ends the current list.
    pub(super) fn end(&mut self) {
        self.offsets.push(self.values.len() as i32);
        self.nulls.append_non_null();
    }

    /// A row that is NULL.
    pub(super) fn null(&mut self) {
        self.offsets.push(self.values.len() as i32);
        self.nulls.append_null();
    }

    /// The column, as this type of list or map.
    pub(super) fn finish(mut self, data_type: &ArrowType) -> Result<ArrayRef> {
        let nulls = self.nulls.finish();
        list_of(
            make_array(self.values.freeze()),
            self.offsets,
            nulls,
            data_type,
        )
    }
}

/// A column of lists or maps of this type.
pub(super) fn list_of(
    values: ArrayRef,
    offsets: Vec<i32>,
    nulls: Option<NullBuffer>,
    data_type: &ArrowType,
) -> Result<ArrayRef> {
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    rebuild(values, offsets, nulls, data_type)
}

fn rebuild(
    values: ArrayRef,
    offsets: OffsetBuffer<i32>,
    nulls: Option<NullBuffer>,
    data_type: &ArrowType,
) -> Result<ArrayRef> {
    Ok(match data_type {
        ArrowType::List(field) => {
            let values = retype(&values, field.data_type())?;
            Arc::new(ListArray::try_new(
                Arc::clone(field),
                offsets,
                values,
                nulls,
            )?)
        }
        ArrowType::Map(field, ordered) => {
            let entries = retype(&values, field.data_type())?;
            let entries = entries.as_struct().clone();
            Arc::new(MapArray::try_new(
                Arc::clone(field),
                offsets,
                entries,
                nulls,
                *ordered,
            )?)
        }
        other => return Err(Error::internal(format!("{other} is no list"))),
    })
}

/// A column of the elements `indices` of `values`, as lists.
pub(super) fn take_lists(
    values: &ArrayRef,
    indices: Vec<u32>,
    offsets: Vec<i32>,
    nulls: Option<NullBuffer>,
    data_type: &ArrowType,
) -> Result<ArrayRef> {
    let values = take(values, &UInt32Array::from(indices), None)?;
    list_of(values, offsets, nulls, data_type)
}

/// The entries of maps of this type.
pub(super) fn entries(keys: ArrayRef, values: ArrayRef, map: &ArrowType) -> Result<ArrayRef> {
    let ArrowType::Map(field, _) = map else {
        return Err(Error::internal(format!("{map} is no map")));
    };
    let ArrowType::Struct(fields) = field.data_type() else {
        return Err(Error::internal("a map without entries"));
    };
    let rows = keys.len();
    let columns = vec![
        retype(&keys, fields[0].data_type())?,
        retype(&values, fields[1].data_type())?,
    ];
    Ok(Arc::new(StructArray::try_new_with_length(
        fields.clone(),
        columns,
        None,
        rows,
    )?))
}

/// The element field of a type of lists.
pub(super) fn element_of(list: &ArrowType) -> Result<&FieldRef> {
    match list {
        ArrowType::List(field) | ArrowType::Map(field, _) => Ok(field),
        other => Err(Error::internal(format!("{other} is no list"))),
    }
}

/// The same values under a type that differs in no more than names and nullability of its parts.
pub(super) fn retype(array: &ArrayRef, to: &ArrowType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    match (array.data_type(), to) {
        (ArrowType::Null, to) => Ok(new_null_array(to, array.len())),
        (ArrowType::Struct(_), ArrowType::Struct(fields)) => {
            let structs = array.as_struct();
            let columns = structs.columns().iter().zip(fields);
            let columns = columns.map(|(column, field)| retype(column, field.data_type()));
            let columns = columns.collect::<Result<Vec<_>>>()?;
            let nulls = structs.nulls().cloned();
            let structs =
                StructArray::try_new_with_length(fields.clone(), columns, nulls, array.len())?;
            Ok(Arc::new(structs))
        }
        (ArrowType::List(_), ArrowType::List(_)) => {
            let lists = array.as_list::<i32>();
            let offsets = lists.offsets().clone();
            rebuild(
                Arc::clone(lists.values()),
                offsets,
                lists.nulls().cloned(),
                to,
            )
        }
        (ArrowType::Map(..), ArrowType::Map(..)) => {
            let maps = array.as_map();
            let entries: ArrayRef = Arc::new(maps.entries().clone());
            rebuild(entries, maps.offsets().clone(), maps.nulls().cloned(), to)
        }
        (from, to) => Err(Error::internal(format!("{from} is not {to}"))),
    }
}

/// The rows that are NULL in any of these.
pub(super) fn union(nulls: impl IntoIterator<Item = Option<NullBuffer>>) -> Option<NullBuffer> {
    let mut all = None;
    for nulls in nulls {
        all = NullBuffer::union(all.as_ref(), nulls.as_ref());
    }
    all
}
