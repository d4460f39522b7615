//! What `INSERT` says.

use crate::expression::Expression;
use crate::relation::Relation;
use crate::statement::{ObjectName, Property};

/// `INSERT`.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertInto {
    /// Where to.
    pub target: InsertTarget,
    /// `OVERWRITE`.
    pub overwrites: bool,
    /// The rows.
    pub query: Relation,
}

/// Where rows are inserted.
#[derive(Clone, Debug, PartialEq)]
pub enum InsertTarget {
    /// A table.
    Table {
        /// The name.
        name: ObjectName,
        /// `PARTITION (..)`.
        partition: Vec<PartitionValue>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `BY NAME`.
        by_name: bool,
        /// The columns.
        columns: Vec<String>,
    },
    /// `DIRECTORY 'path' USING format`.
    Directory {
        /// The path; it may be an option instead.
        path: Option<String>,
        /// The format.
        provider: String,
        /// `OPTIONS`.
        options: Vec<Property>,
    },
}

/// A partition column and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionValue {
    /// The column.
    pub column: String,
    /// The value; none for a dynamic partition.
    pub value: Option<Expression>,
}
