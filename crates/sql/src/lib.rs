//! Spark's SQL as text: statements, queries and expressions, parsed into an unresolved plan.
//!
//! The grammar is that of Spark 4.3 with `spark.sql.ansi.enforceReservedKeywords=false`, and the statements that start
//! streaming queries, which are ours. The plan is *unresolved*: names of tables, columns and functions are not looked up
//! and nothing has a type. Its nodes have the granularity of Spark Connect's messages.
//!
//! Every node knows its place in the text, for error messages. Every input gives a result or a [`ParseError`] in Spark's
//! form; depth and memory are bounded by the length of the text.
//!
//! This crate does not read files or configuration, does not look anything up, and knows no engine.

mod balanced;
mod create_table;
mod cursor;
mod data_type;
mod error;
mod expression;
mod insert;
mod lexer;
mod literal;
mod parameter;
mod parser;
mod relation;
mod show_statement;
mod span;
mod sql_state;
mod statement;
mod table_change;
mod token;
mod tree;

pub use balanced::balanced;
pub use create_table::{ColumnDefinition, CreateTable};
pub use data_type::{DataType, StructField, quote_if_needed};
pub use error::ParseError;
pub use expression::{
    Argument, ArgumentValue, Expression, ExpressionKind, FrameBound, FrameUnits, FunctionCall,
    LikeQuantifier, NullTreatment, SortDirection, SortOrder, TrimSide, Window, WindowFrame,
    WindowSpecification,
};
pub use insert::{InsertInto, InsertTarget, PartitionValue};
pub use literal::{IntervalUnit, Literal};
pub use parameter::{
    ParameterKind, Parameters, bind_parameters, parameter_kind, positional_name, unbound_message,
};
pub use parser::{
    parse_data_type, parse_expression, parse_expressions, parse_function_body, parse_name,
    parse_query, parse_schema, parse_statement, split_statements,
};
pub use relation::{
    CommonTable, GroupingKind, Hint, JoinCriteria, JoinType, NamedWindow, PipeOperator, Pivot,
    PivotValue, Relation, RelationKind, SampleMethod, SetOperator, TableAlias, Unpivot,
    UnpivotColumns,
};
pub use show_statement::ShowStatement;
pub use span::Span;
pub use sql_state::sql_state;
pub use statement::{
    CreateStreamingQuery, ExplainMode, FunctionBody, ObjectName, OutputMode, Property, Statement,
    StatementKind, StreamingTrigger,
};
pub use table_change::{ColumnChange, TableChange};
pub use tree::plan_tree;
