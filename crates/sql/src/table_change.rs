//! Changes of a table that `ALTER TABLE` and its like ask for.

use crate::create_table::ColumnDefinition;
use crate::data_type::DataType;
use crate::expression::Expression;
use crate::insert::PartitionValue;
use crate::statement::Property;

/// A change of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum TableChange {
    /// `ALTER COLUMN name ..`.
    AlterColumn {
        /// The column.
        column: Vec<String>,
        /// What changes.
        change: ColumnChange,
    },
    /// `CHANGE COLUMN name definition`.
    ChangeColumn {
        /// The column.
        column: Vec<String>,
        /// What it shall be.
        definition: Box<ColumnDefinition>,
    },
    /// `REPLACE COLUMNS (..)`.
    ReplaceColumns(Vec<ColumnDefinition>),
    /// `ADD [IF NOT EXISTS] PARTITION (..) [LOCATION '..'] ..`.
    AddPartitions {
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The partitions with their locations.
        partitions: Vec<(Vec<PartitionValue>, Option<String>)>,
    },
    /// `DROP [IF EXISTS] PARTITION (..), ..`.
    DropPartitions {
        /// `IF EXISTS`.
        if_exists: bool,
        /// The partitions.
        partitions: Vec<Vec<PartitionValue>>,
    },
    /// `PARTITION (..) RENAME TO PARTITION (..)`.
    RenamePartition {
        /// The partition.
        from: Vec<PartitionValue>,
        /// Its new values.
        to: Vec<PartitionValue>,
    },
    /// `PARTITION (..) SET LOCATION '..'`.
    SetPartitionLocation {
        /// The partition.
        partition: Vec<PartitionValue>,
        /// Its new location.
        location: String,
    },
    /// `RECOVER PARTITIONS`, and `REPAIR TABLE name ..`.
    RepairPartitions {
        /// `ADD`: partitions whose directories are there.
        adds: bool,
        /// `DROP`: partitions whose directories are gone.
        drops: bool,
        /// The statement, for messages.
        statement: &'static str,
    },
    /// `SET SERDEPROPERTIES (..)`.
    SetOptions(Vec<Property>),
    /// `ANALYZE TABLE name ..`.
    Analyze {
        /// `PARTITION (..)`.
        partition: Vec<PartitionValue>,
        /// `NOSCAN`.
        is_noscan: bool,
        /// `FOR COLUMNS ..`; empty for all; none without.
        columns: Option<Vec<String>>,
    },
    /// `DELETE FROM name [WHERE ..]`.
    Delete,
    /// `UPDATE name SET ..`.
    Update,
    /// `MERGE INTO name USING ..`.
    Merge,
}

/// What changes of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnChange {
    /// `TYPE`.
    Type(DataType),
    /// `COMMENT`.
    Comment(String),
    /// `SET NOT NULL` or `DROP NOT NULL`.
    Nullability,
    /// `FIRST` or `AFTER name`.
    Position,
    /// `SET DEFAULT`; none for `DROP DEFAULT`.
    Default(Option<Expression>),
}
