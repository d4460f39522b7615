//! Unresolved relations: queries and what they read.

use crate::expression::{Argument, Expression, SortOrder, Window};
use crate::span::Span;
use crate::statement::{ObjectName, Property};

/// A relation and its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// The relation.
    pub kind: RelationKind,
    /// Where it is.
    pub span: Span,
    /// The DataFrame that it stands for (`plan_id` of Spark Connect); never set by the parser.
    pub plan_id: Option<i64>,
}

/// The kinds of relations.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationKind {
    /// A relation that was analysed before, by the number that the caller gave to it; never made by the parser.
    Analysed(usize),
    /// One row without columns: a `SELECT` without `FROM`.
    OneRow,
    /// A table, a view, a common table, or files: ``parquet.`/path` ``.
    Table {
        /// The name.
        name: ObjectName,
        /// `WITH (key = value, ..)`.
        options: Vec<Property>,
        /// `STREAM t`.
        is_streaming: bool,
    },
    /// `VALUES ..`. A row of one value may stand without parentheses.
    Values {
        /// The rows; a row of several values is a call of `struct`.
        rows: Vec<Expression>,
    },
    /// A table function: `range(10)`.
    TableFunction {
        /// The name.
        name: ObjectName,
        /// The arguments.
        arguments: Vec<Argument>,
    },
    /// `relation AS name (columns)`, and a query in parentheses.
    SubqueryAlias {
        /// What has the name.
        input: Box<Relation>,
        /// The name; none for a query in parentheses without an alias.
        alias: Option<TableAlias>,
    },
    /// `WATERMARK column DELAY OF interval`.
    Watermark {
        /// Of what.
        input: Box<Relation>,
        /// The event-time column.
        column: Expression,
        /// How late rows may be.
        delay: Box<Expression>,
    },
    /// The expressions of `SELECT` without `GROUP BY`. They may contain aggregates.
    Project {
        /// From what.
        input: Box<Relation>,
        /// The expressions.
        expressions: Vec<Expression>,
    },
    /// `SELECT .. GROUP BY ..`.
    Aggregate {
        /// From what.
        input: Box<Relation>,
        /// The grouping expressions.
        grouping: Vec<Expression>,
        /// The kind of grouping.
        kind: GroupingKind,
        /// The expressions of the result.
        expressions: Vec<Expression>,
        /// Whether the grouping expressions are columns of the result too, in front (`|> AGGREGATE`).
        keeps_grouping: bool,
    },
    /// `SELECT DISTINCT`.
    Distinct(Box<Relation>),
    /// `WHERE`.
    Filter {
        /// From what.
        input: Box<Relation>,
        /// The condition.
        condition: Expression,
    },
    /// `HAVING`.
    Having {
        /// The aggregate, or a projection with aggregates.
        input: Box<Relation>,
        /// The condition.
        condition: Expression,
    },
    /// `QUALIFY`: a condition on window functions.
    Qualify {
        /// From what.
        input: Box<Relation>,
        /// The condition.
        condition: Expression,
    },
    /// `JOIN`, or a comma between relations.
    Join {
        /// Left of the join.
        left: Box<Relation>,
        /// Right of it.
        right: Box<Relation>,
        /// The type.
        join_type: JoinType,
        /// The condition.
        criteria: JoinCriteria,
        /// Whether the right side may use columns of the left one.
        is_lateral: bool,
    },
    /// `UNION`, `INTERSECT` or `EXCEPT`.
    SetOperation {
        /// Left of it.
        left: Box<Relation>,
        /// Right of it.
        right: Box<Relation>,
        /// Which.
        operator: SetOperator,
        /// `ALL`.
        is_all: bool,
    },
    /// `LATERAL VIEW [OUTER] generator(..) table AS columns`.
    LateralView {
        /// From what.
        input: Box<Relation>,
        /// The generator.
        generator: Box<Expression>,
        /// `OUTER`.
        is_outer: bool,
        /// The name of the table.
        table: String,
        /// The names of the columns; those of the generator if there are none.
        columns: Vec<String>,
    },
    /// `PIVOT`.
    Pivot {
        /// From what.
        input: Box<Relation>,
        /// What to do.
        pivot: Pivot,
    },
    /// `UNPIVOT`.
    Unpivot {
        /// From what.
        input: Box<Relation>,
        /// What to do.
        unpivot: Unpivot,
    },
    /// `TABLESAMPLE`.
    Sample {
        /// From what.
        input: Box<Relation>,
        /// How many rows.
        method: SampleMethod,
        /// `REPEATABLE (seed)`.
        seed: Option<i64>,
    },
    /// `/*+ name(arguments) */`.
    Hints {
        /// For what.
        input: Box<Relation>,
        /// The hints.
        hints: Vec<Hint>,
    },
    /// `WINDOW name AS (..)`.
    WithWindows {
        /// What uses the windows.
        input: Box<Relation>,
        /// The windows.
        windows: Vec<NamedWindow>,
    },
    /// `ORDER BY`, or `SORT BY` within each partition.
    Sort {
        /// Of what.
        input: Box<Relation>,
        /// The keys.
        order: Vec<SortOrder>,
        /// `ORDER BY`.
        is_global: bool,
    },
    /// `DISTRIBUTE BY`.
    Repartition {
        /// Of what.
        input: Box<Relation>,
        /// The keys.
        by: Vec<Expression>,
    },
    /// `LIMIT`.
    Limit {
        /// Of what.
        input: Box<Relation>,
        /// How many rows.
        limit: Box<Expression>,
    },
    /// `OFFSET`.
    Offset {
        /// Of what.
        input: Box<Relation>,
        /// How many rows are left out.
        offset: Box<Expression>,
    },
    /// `WITH`.
    With {
        /// The tables.
        tables: Vec<CommonTable>,
        /// `RECURSIVE`.
        is_recursive: bool,
        /// What uses them.
        input: Box<Relation>,
    },
    /// `|> SET column = value, ..`.
    SetColumns {
        /// Of what.
        input: Box<Relation>,
        /// Columns with their new values.
        columns: Vec<(String, Expression)>,
    },
    /// What a pipe operator reads or gives: the clauses before and after it are not of one `SELECT`.
    Pipe {
        /// The rows.
        input: Box<Relation>,
        /// Which operator `input` is.
        operator: PipeOperator,
    },
    /// `DataFrame.withColumns`: columns are replaced where they have the name, else added.
    WithColumns {
        /// Of what.
        input: Box<Relation>,
        /// Columns with their values, all over `input`.
        columns: Vec<(String, Expression)>,
    },
    /// `DataFrame.withColumnsRenamed`; names that no column has are left out.
    WithColumnsRenamed {
        /// Of what.
        input: Box<Relation>,
        /// Old and new names.
        renames: Vec<(String, String)>,
    },
    /// `DataFrame.drop`; names that no column has are left out.
    Drop {
        /// Of what.
        input: Box<Relation>,
        /// The names of the columns.
        names: Vec<String>,
    },
    /// `DataFrame.dropDuplicates`: one of the rows that are equal in these columns, in all if there are none.
    Deduplicate {
        /// Of what.
        input: Box<Relation>,
        /// The names of the columns.
        names: Vec<String>,
    },
}

/// A name for a relation, and for its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableAlias {
    /// The name.
    pub name: String,
    /// The names of the columns; as they are if there are none.
    pub columns: Vec<String>,
}

/// How rows are grouped.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupingKind {
    /// By the grouping expressions. They may contain calls of `rollup`, `cube` and `grouping sets`, whose sets are crossed.
    GroupBy,
    /// `GROUP BY .. WITH ROLLUP`.
    Rollup,
    /// `GROUP BY .. WITH CUBE`.
    Cube,
    /// `GROUP BY .. GROUPING SETS (..)`.
    GroupingSets(Vec<Vec<Expression>>),
    /// `GROUP BY ALL`.
    All,
}

/// The type of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum JoinType {
    Inner,
    Cross,
    LeftOuter,
    RightOuter,
    FullOuter,
    LeftSemi,
    LeftAnti,
}

/// Which rows a join puts together.
#[derive(Clone, Debug, PartialEq)]
pub enum JoinCriteria {
    /// All.
    None,
    /// `ON condition`.
    On(Box<Expression>),
    /// `USING (columns)`.
    Using(Vec<String>),
    /// `NATURAL`.
    Natural,
}

/// A set operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum SetOperator {
    Union,
    Intersect,
    /// `EXCEPT` or `MINUS`.
    Except,
}

/// `PIVOT (aggregates FOR columns IN (values))`.
#[derive(Clone, Debug, PartialEq)]
pub struct Pivot {
    /// The aggregates.
    pub aggregates: Vec<Expression>,
    /// The columns whose values become columns.
    pub columns: Vec<String>,
    /// The values.
    pub values: Vec<PivotValue>,
}

/// A value of a pivot.
#[derive(Clone, Debug, PartialEq)]
pub struct PivotValue {
    /// The value.
    pub value: Expression,
    /// The name of its column.
    pub alias: Option<String>,
}

/// `UNPIVOT (..)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Unpivot {
    /// `INCLUDE NULLS`.
    pub includes_nulls: bool,
    /// The columns of the values.
    pub value_columns: Vec<String>,
    /// The column of the names.
    pub name_column: String,
    /// The columns that become rows.
    pub columns: Vec<UnpivotColumns>,
}

/// The pipe operators that have rules of their own, beyond those of `SELECT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeOperator {
    /// `|> EXTEND`.
    Extend,
    /// `|> AGGREGATE`.
    Aggregate,
    /// Any other, or the query in front of the first.
    Other,
}

/// Columns that become one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpivotColumns {
    /// One column for each value column.
    pub columns: Vec<Vec<String>>,
    /// The name in the column of the names.
    pub alias: Option<String>,
}

/// How many rows a sample has.
#[derive(Clone, Debug, PartialEq)]
pub enum SampleMethod {
    /// `(x PERCENT)`, as written.
    Percent(String),
    /// `(n ROWS)`.
    Rows(Box<Expression>),
    /// `(BUCKET x OUT OF y)`, as written.
    Bucket(String, String),
}

/// A hint.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// The name.
    pub name: String,
    /// The arguments.
    pub arguments: Vec<Expression>,
}

/// A window of the `WINDOW` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedWindow {
    /// The name.
    pub name: String,
    /// The window; an earlier one's name is resolved by the analyser.
    pub window: Window,
}

/// A table of the `WITH` clause.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonTable {
    /// The name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// `MAX RECURSION LEVEL n`.
    pub max_recursion: Option<u32>,
    /// Its rows.
    pub query: Relation,
}

impl Relation {
    /// A relation at `span`.
    pub fn new(kind: RelationKind, span: Span) -> Relation {
        Relation {
            kind,
            span,
            plan_id: None,
        }
    }
}
