//! What `SHOW` and its like ask for.

use crate::insert::PartitionValue;
use crate::statement::ObjectName;

/// `SHOW ..`.
#[derive(Clone, Debug, PartialEq)]
pub enum ShowStatement {
    /// `SHOW TABLES`.
    Tables {
        /// `IN`.
        namespace: Option<ObjectName>,
        /// `LIKE`.
        pattern: Option<String>,
    },
    /// `SHOW VIEWS`.
    Views {
        /// `IN`.
        namespace: Option<ObjectName>,
        /// `LIKE`.
        pattern: Option<String>,
    },
    /// `SHOW TABLE EXTENDED`.
    TableExtended {
        /// `IN`.
        namespace: Option<ObjectName>,
        /// `LIKE`.
        pattern: String,
        /// `PARTITION (..)`.
        partition: Vec<PartitionValue>,
    },
    /// `SHOW DATABASES`.
    Namespaces {
        /// `IN`: a catalogue.
        namespace: Option<ObjectName>,
        /// `LIKE`.
        pattern: Option<String>,
    },
    /// `SHOW FUNCTIONS`.
    Functions {
        /// `USER`, `SYSTEM` or `ALL`.
        scope: Option<String>,
        /// `IN database`.
        namespace: Option<ObjectName>,
        /// `LIKE`.
        pattern: Option<String>,
    },
    /// `SHOW COLUMNS`.
    Columns(ObjectName),
    /// `SHOW PARTITIONS`.
    Partitions {
        /// The table.
        name: ObjectName,
        /// `PARTITION (..)`.
        partition: Vec<PartitionValue>,
    },
    /// `SHOW TBLPROPERTIES`.
    TableProperties {
        /// The table.
        name: ObjectName,
        /// One key.
        key: Option<String>,
    },
    /// `SHOW CREATE TABLE`.
    CreateTable(ObjectName),
    /// `SHOW CURRENT DATABASE`.
    CurrentNamespace,
    /// `SHOW CATALOGS`.
    Catalogs {
        /// `LIKE`.
        pattern: Option<String>,
    },
}
