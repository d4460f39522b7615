//! What the catalogue knows of a database, a table and a view.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The version of the files that this program writes, and the newest that it reads.
pub(crate) const VERSION: u32 = 1;

/// A database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub(crate) version: u32,
    /// The directory of its tables, absolute.
    pub location: String,
    /// The comment; empty if there is none.
    pub comment: String,
    /// The properties.
    pub properties: BTreeMap<String, String>,
}

impl Database {
    /// A database whose tables are in `location`.
    pub fn new(location: String) -> Database {
        Database {
            version: VERSION,
            location,
            comment: String::new(),
            properties: BTreeMap::new(),
        }
    }
}

/// What kind of table an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TableKind {
    /// A table whose files are deleted with it.
    Managed,
    /// A table over files of somebody else.
    External,
    /// A view.
    View,
}

impl TableKind {
    /// The name that `DESCRIBE EXTENDED` shows.
    pub fn name(self) -> &'static str {
        match self {
            TableKind::Managed => "MANAGED",
            TableKind::External => "EXTERNAL",
            TableKind::View => "VIEW",
        }
    }
}

/// A table or a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub(crate) version: u32,
    /// What kind of table it is.
    pub kind: TableKind,
    /// The format, such as `parquet`; none for a view.
    pub provider: Option<String>,
    /// The columns; the partition columns come last.
    pub columns: Vec<Column>,
    /// How many of the last columns are partition columns.
    pub partition_columns: usize,
    /// The directory or file of the rows, absolute; none for a view and for tables that are no files.
    pub location: Option<String>,
    /// The options of the format, in the order in which they were given.
    pub options: Vec<(String, String)>,
    /// The properties.
    pub properties: BTreeMap<String, String>,
    /// The comment.
    pub comment: Option<String>,
    /// When the table was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_ms: i64,
    /// The program that made it.
    pub created_by: String,
    /// The query of a view.
    pub view: Option<View>,
    /// The partitions by their directory, such as `day=2024-01-31/hour=7`.
    pub partitions: BTreeMap<String, Partition>,
    /// What `ANALYZE TABLE` found.
    pub statistics: Option<Statistics>,
    /// A change of files that was decided and may not be carried out in full.
    pub pending: Option<Pending>,
}

impl Table {
    /// A table without columns.
    pub fn new(kind: TableKind, created_ms: i64, created_by: String) -> Table {
        Table {
            version: VERSION,
            kind,
            provider: None,
            columns: Vec::new(),
            partition_columns: 0,
            location: None,
            options: Vec::new(),
            properties: BTreeMap::new(),
            comment: None,
            created_ms,
            created_by,
            view: None,
            partitions: BTreeMap::new(),
            statistics: None,
            pending: None,
        }
    }

    /// The columns that are not partition columns.
    pub fn data_columns(&self) -> &[Column] {
        &self.columns[..self.columns.len() - self.partition_columns]
    }

    /// The partition columns.
    pub fn partition_columns(&self) -> &[Column] {
        &self.columns[self.columns.len() - self.partition_columns..]
    }

    /// Whether it has partition columns.
    pub fn is_partitioned(&self) -> bool {
        self.partition_columns > 0
    }

    /// Whether it is a view.
    pub fn is_view(&self) -> bool {
        self.kind == TableKind::View
    }
}

/// A column of a table or a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type as SQL text, such as `DECIMAL(10,2)`.
    pub data_type: String,
    /// The comment.
    pub comment: Option<String>,
    /// The text of the default value.
    pub default: Option<String>,
    /// The value that rows have which were written before the column was added, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists_default: Option<String>,
}

/// The query of a view, and what its text depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// The text of the query.
    pub text: String,
    /// The current database when the view was made.
    pub database: String,
    /// Settings of the session when the view was made.
    pub configuration: BTreeMap<String, String>,
    /// The columns of the query by name, in the order of the view's columns.
    pub output: Vec<String>,
}

/// A partition of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// The values of the partition columns as text; none for NULL.
    pub values: Vec<Option<String>>,
    /// The directory, absolute, if it is not the one that the partition's name gives.
    pub location: Option<String>,
    /// When it was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_ms: i64,
}

/// A SQL function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    pub(crate) version: u32,
    /// The parameters, with their types and defaults.
    pub parameters: Vec<Column>,
    /// The type of the value as SQL text; none for a function of a table.
    pub returns: Option<String>,
    /// The columns of a function of a table.
    pub columns: Vec<Column>,
    /// The text after `RETURN`.
    pub body: String,
    /// The comment.
    pub comment: Option<String>,
    /// `DETERMINISTIC`.
    pub is_deterministic: bool,
    /// Whether the body reads tables.
    pub reads_data: bool,
    /// Settings of the session when the function was made.
    pub configuration: BTreeMap<String, String>,
    /// When the function was made, in milliseconds since 1970-01-01T00:00:00Z.
    pub created_ms: i64,
}

impl Function {
    /// A function without parameters and without a result.
    pub fn new(body: String, created_ms: i64) -> Function {
        Function {
            version: VERSION,
            parameters: Vec::new(),
            returns: None,
            columns: Vec::new(),
            body,
            comment: None,
            is_deterministic: true,
            reads_data: false,
            configuration: BTreeMap::new(),
            created_ms,
        }
    }
}

/// The size of a table when `ANALYZE TABLE` looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Bytes of the files.
    pub bytes: u64,
    /// Rows; none if they were not counted.
    pub rows: Option<u64>,
    /// By the names of columns that were looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, ColumnStatistics>,
}

/// The values of a column when `ANALYZE TABLE .. FOR COLUMNS` looked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnStatistics {
    /// The smallest value as text; none for texts and bytes, and without values.
    pub min: Option<String>,
    /// The largest value as text; none as for `min`.
    pub max: Option<String>,
    /// How many rows have no value.
    pub null_count: u64,
    /// About how many different values there are.
    pub distinct_count: u64,
    /// The average length of a value, rounded up: in characters for texts, else in bytes.
    pub average_length: u64,
    /// The largest length of a value: in characters for texts, else in bytes.
    pub max_length: u64,
}

/// A change of data files that is part of a table's state from the moment it stands in the entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Pending {
    /// Files are removed and moved into their places: an `INSERT` or `TRUNCATE`.
    Files(FileChange),
    /// The table gets another name.
    Rename {
        /// The new name.
        to: String,
        /// The directory that moves with it, and where to.
        directory: Option<(String, String)>,
    },
    /// The table goes.
    Drop {
        /// Directories that go with it.
        directories: Vec<String>,
    },
}

/// Files of a table that are removed, and files that are moved into their places. Paths are absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileChange {
    /// Files and directories that are removed, first.
    pub removes: Vec<String>,
    /// Files and directories that are renamed: from, to.
    pub moves: Vec<(String, String)>,
    /// The directory in which the files were prepared; it is removed at the end.
    pub staging: Option<String>,
}
