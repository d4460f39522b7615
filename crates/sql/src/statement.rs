//! Statements.

use crate::create_table::{ColumnDefinition, CreateTable};
use crate::data_type::{DataType, StructField};
use crate::expression::Expression;
use crate::insert::{InsertInto, PartitionValue};
use crate::relation::Relation;
use crate::show_statement::ShowStatement;
use crate::span::Span;
use crate::table_change::TableChange;

/// A statement and its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The statement.
    pub kind: StatementKind,
    /// Where it is.
    pub span: Span,
}

/// The name of a table, view, function or namespace.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectName {
    /// Its parts.
    Parts(Vec<String>),
    /// `IDENTIFIER(expression)`.
    Computed(Box<Expression>),
}

/// A key and its value in `OPTIONS`, `TBLPROPERTIES` and their like.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The key; parts are joined by points.
    pub key: String,
    /// The value as text.
    pub value: String,
}

/// The kinds of statements.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// A query.
    Query(Relation),
    /// `EXPLAIN ..`.
    Explain {
        /// What is shown.
        mode: ExplainMode,
        /// Of which statement.
        statement: Box<Statement>,
    },
    /// `CREATE STREAMING QUERY ..`.
    CreateStreamingQuery(Box<CreateStreamingQuery>),
    /// `CREATE VIEW .. AS query`.
    CreateView {
        /// The name.
        name: ObjectName,
        /// Names of the columns, with comments.
        columns: Vec<(String, Option<String>)>,
        /// `OR REPLACE`.
        replace: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `TEMPORARY`.
        is_temporary: bool,
        /// `GLOBAL TEMPORARY`.
        is_global: bool,
        /// `COMMENT`.
        comment: Option<String>,
        /// `TBLPROPERTIES`.
        properties: Vec<Property>,
        /// The query.
        query: Relation,
        /// Its text.
        query_text: String,
    },
    /// `CREATE TEMPORARY VIEW .. USING format`.
    CreateTemporaryViewUsing {
        /// The name.
        name: Vec<String>,
        /// The schema; inferred if it is empty.
        schema: Vec<StructField>,
        /// `OR REPLACE`.
        replace: bool,
        /// `GLOBAL`.
        is_global: bool,
        /// The format.
        provider: String,
        /// `OPTIONS`.
        options: Vec<Property>,
    },
    /// `ALTER VIEW .. AS query`.
    AlterView {
        /// The name.
        name: ObjectName,
        /// The query.
        query: Relation,
        /// Its text.
        query_text: String,
    },
    /// `DROP VIEW`.
    DropView {
        /// The name.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `CREATE TABLE` and `REPLACE TABLE`.
    CreateTable(Box<CreateTable>),
    /// `CREATE TABLE .. LIKE ..`.
    CreateTableLike {
        /// The new table.
        name: Vec<String>,
        /// The existing one.
        source: Vec<String>,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `USING`.
        provider: Option<String>,
        /// `LOCATION`.
        location: Option<String>,
        /// `TBLPROPERTIES`.
        properties: Vec<Property>,
    },
    /// `DROP TABLE`.
    DropTable {
        /// The name.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `PURGE`.
        purge: bool,
    },
    /// `TRUNCATE TABLE`.
    TruncateTable {
        /// The name.
        name: ObjectName,
        /// `PARTITION (..)`.
        partition: Vec<PartitionValue>,
    },
    /// `ALTER TABLE | VIEW name RENAME TO ..`.
    RenameTable {
        /// The name.
        name: ObjectName,
        /// The new name.
        to: Vec<String>,
        /// `VIEW`.
        is_view: bool,
    },
    /// `ALTER TABLE | VIEW name SET TBLPROPERTIES (..)`.
    SetTableProperties {
        /// The name.
        name: ObjectName,
        /// The properties.
        properties: Vec<Property>,
        /// `VIEW`.
        is_view: bool,
    },
    /// `ALTER TABLE | VIEW name UNSET TBLPROPERTIES (..)`.
    UnsetTableProperties {
        /// The name.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// The keys.
        keys: Vec<String>,
        /// `VIEW`.
        is_view: bool,
    },
    /// `ALTER TABLE name ADD COLUMNS (..)`.
    AddColumns {
        /// The name.
        name: ObjectName,
        /// The columns.
        columns: Vec<ColumnDefinition>,
    },
    /// `ALTER TABLE name RENAME COLUMN ..`.
    RenameColumn {
        /// The name.
        name: ObjectName,
        /// The column.
        column: Vec<String>,
        /// Its new name.
        to: String,
    },
    /// `ALTER TABLE name DROP COLUMNS (..)`.
    DropColumns {
        /// The name.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// The columns.
        columns: Vec<Vec<String>>,
    },
    /// `ALTER TABLE name SET LOCATION ..`.
    SetTableLocation {
        /// The name.
        name: ObjectName,
        /// The location.
        location: String,
    },
    /// Another change of a table, or of its rows.
    ChangeTable {
        /// The name.
        name: ObjectName,
        /// The change.
        change: Box<TableChange>,
    },
    /// `INSERT INTO | OVERWRITE .. query`.
    Insert(Box<InsertInto>),
    /// `FROM relations INSERT .. SELECT .. INSERT .. SELECT ..`: done in their order.
    MultiInsert(Vec<InsertInto>),
    /// `CREATE DATABASE`.
    CreateNamespace {
        /// The name.
        name: ObjectName,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// `COMMENT`.
        comment: Option<String>,
        /// `LOCATION`.
        location: Option<String>,
        /// `WITH DBPROPERTIES`.
        properties: Vec<Property>,
    },
    /// `ALTER DATABASE .. SET DBPROPERTIES (..)`.
    SetNamespaceProperties {
        /// The name.
        name: ObjectName,
        /// The properties.
        properties: Vec<Property>,
    },
    /// `ALTER DATABASE .. UNSET DBPROPERTIES (..)`.
    UnsetNamespaceProperties {
        /// The name.
        name: ObjectName,
        /// The keys.
        keys: Vec<String>,
    },
    /// `ALTER DATABASE .. SET LOCATION ..`.
    SetNamespaceLocation {
        /// The name.
        name: ObjectName,
        /// The location.
        location: String,
    },
    /// `DROP DATABASE`.
    DropNamespace {
        /// The name.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `USE`.
    Use(ObjectName),
    /// `SET CATALOG`.
    SetCatalog(String),
    /// `CREATE FUNCTION name(..) RETURNS .. RETURN ..`.
    CreateFunction {
        /// The name.
        name: ObjectName,
        /// `OR REPLACE`.
        replace: bool,
        /// `TEMPORARY`.
        is_temporary: bool,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
        /// The parameters, with their defaults.
        parameters: Vec<ColumnDefinition>,
        /// The type of the result; none to infer it.
        returns: Option<DataType>,
        /// `RETURNS TABLE (..)`; empty to infer the columns, none for a function of one value.
        returns_table: Option<Vec<StructField>>,
        /// `COMMENT`.
        comment: Option<String>,
        /// `DETERMINISTIC`, false after `NOT`.
        is_deterministic: Option<bool>,
        /// The body.
        body: FunctionBody,
        /// The text of the body.
        body_text: String,
    },
    /// `DROP FUNCTION`.
    DropFunction {
        /// The name.
        name: ObjectName,
        /// `TEMPORARY`.
        is_temporary: bool,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `DECLARE VARIABLE`.
    DeclareVariable {
        /// The names.
        names: Vec<ObjectName>,
        /// `OR REPLACE`.
        replace: bool,
        /// The type; that of the default if there is none.
        data_type: Option<DataType>,
        /// The default; NULL if there is none.
        default: Option<Expression>,
    },
    /// `DROP TEMPORARY VARIABLE`.
    DropVariable {
        /// The name.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `SET VARIABLE name = value, ..`.
    SetVariables(Vec<(Vec<String>, Expression)>),
    /// `SET VARIABLE (names) = (query)`.
    SetVariablesFromQuery {
        /// The names.
        names: Vec<Vec<String>>,
        /// The query, of one row at most.
        query: Relation,
    },
    /// `EXECUTE IMMEDIATE`.
    ExecuteImmediate {
        /// The text of the statement.
        statement: Expression,
        /// `INTO`.
        into: Vec<Vec<String>>,
        /// `USING`.
        using: Vec<Expression>,
    },
    /// `SET key = value`, `SET key`, `SET`.
    SetConfiguration {
        /// The key; none for all.
        key: Option<String>,
        /// The value; none to show it.
        value: Option<String>,
    },
    /// `SET TIME ZONE`; none for `LOCAL`.
    SetTimeZone(Option<Expression>),
    /// `RESET`, or `RESET key`.
    ResetConfiguration(Option<String>),
    /// `CACHE TABLE`.
    CacheTable {
        /// The name.
        name: ObjectName,
        /// `LAZY`.
        is_lazy: bool,
        /// `OPTIONS`.
        options: Vec<Property>,
        /// `AS query`.
        query: Option<Relation>,
    },
    /// `UNCACHE TABLE`.
    UncacheTable {
        /// The name.
        name: ObjectName,
        /// `IF EXISTS`.
        if_exists: bool,
    },
    /// `CLEAR CACHE`.
    ClearCache,
    /// `REFRESH TABLE`.
    RefreshTable(ObjectName),
    /// `ANALYZE TABLES [IN database] COMPUTE STATISTICS`.
    AnalyzeTables {
        /// The database; the current one if none is given.
        namespace: Option<ObjectName>,
        /// `NOSCAN`.
        is_noscan: bool,
    },
    /// `REFRESH 'path'`.
    RefreshPath(String),
    /// `REFRESH FUNCTION name`.
    RefreshFunction(ObjectName),
    /// `SHOW ..`.
    Show(ShowStatement),
    /// `DESCRIBE [TABLE] name [column]`.
    DescribeTable {
        /// The name.
        name: ObjectName,
        /// `EXTENDED` or `FORMATTED`.
        is_extended: bool,
        /// `AS JSON`.
        as_json: bool,
        /// `PARTITION (..)`.
        partition: Vec<PartitionValue>,
        /// A column.
        column: Vec<String>,
    },
    /// `DESCRIBE DATABASE`.
    DescribeNamespace {
        /// The name.
        name: ObjectName,
        /// `EXTENDED`.
        is_extended: bool,
    },
    /// `DESCRIBE FUNCTION`.
    DescribeFunction {
        /// The name, or an operator.
        name: ObjectName,
        /// `EXTENDED`.
        is_extended: bool,
    },
    /// `DESCRIBE QUERY`.
    DescribeQuery(Relation),
    /// `COMMENT ON TABLE | DATABASE name IS ..`.
    Comment {
        /// The name.
        name: ObjectName,
        /// `DATABASE`.
        is_namespace: bool,
        /// The comment; none to remove it.
        comment: Option<String>,
    },
}

/// What `EXPLAIN` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum ExplainMode {
    Simple,
    Extended,
    Formatted,
    Codegen,
    Cost,
}

/// The body of a SQL function.
#[derive(Clone, Debug, PartialEq)]
pub enum FunctionBody {
    /// An expression.
    Expression(Expression),
    /// A query.
    Query(Relation),
}

/// `CREATE STREAMING QUERY`: starts a streaming query. Spark has no statement for it.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateStreamingQuery {
    /// The name.
    pub name: Option<String>,
    /// `OUTPUT MODE`.
    pub output_mode: OutputMode,
    /// `TRIGGER`.
    pub trigger: StreamingTrigger,
    /// The format of the sink.
    pub provider: String,
    /// `PARTITIONED BY`.
    pub partition_by: Vec<String>,
    /// `OPTIONS`.
    pub options: Vec<Property>,
    /// The query.
    pub query: Relation,
}

/// The output mode of a streaming query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Spark's")]
pub enum OutputMode {
    Append,
    Update,
    Complete,
}

/// The trigger of a streaming query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamingTrigger {
    /// As soon as there are rows.
    Default,
    /// `PROCESSING TIME 'interval'`.
    ProcessingTime(String),
    /// `AVAILABLE NOW`.
    AvailableNow,
    /// `ONCE`.
    Once,
}
