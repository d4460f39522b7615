//! What `CREATE TABLE` says.

use crate::data_type::DataType;
use crate::expression::Expression;
use crate::relation::Relation;
use crate::statement::{ObjectName, Property};

/// `CREATE TABLE` and `REPLACE TABLE`.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// The name.
    pub name: ObjectName,
    /// `CREATE`, false for `REPLACE TABLE` alone.
    pub creates: bool,
    /// `REPLACE`.
    pub replaces: bool,
    /// `IF NOT EXISTS`.
    pub if_not_exists: bool,
    /// `EXTERNAL`.
    pub is_external: bool,
    /// The columns.
    pub columns: Vec<ColumnDefinition>,
    /// `USING`.
    pub provider: Option<String>,
    /// `OPTIONS`.
    pub options: Vec<Property>,
    /// `PARTITIONED BY`: names, or columns of their own.
    pub partition_by: Vec<ColumnDefinition>,
    /// `LOCATION`.
    pub location: Option<String>,
    /// `COMMENT`.
    pub comment: Option<String>,
    /// `TBLPROPERTIES`.
    pub properties: Vec<Property>,
    /// `AS query`.
    pub query: Option<Relation>,
}

/// A column of a table, or a parameter of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDefinition {
    /// The name; several parts for a field of a struct.
    pub name: Vec<String>,
    /// The type; none where only a name is given.
    pub data_type: Option<DataType>,
    /// False after `NOT NULL`.
    pub nullable: bool,
    /// `DEFAULT`.
    pub default: Option<Expression>,
    /// `GENERATED ALWAYS AS (..)`.
    pub generated: Option<Expression>,
    /// `COMMENT`.
    pub comment: Option<String>,
}
