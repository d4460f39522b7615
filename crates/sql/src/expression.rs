//! Unresolved expressions.
//!
//! An operator is a call of the function of its name, as in Spark Connect: `+`, `==`, `and`, `not`, `negative`.

use crate::data_type::DataType;
use crate::literal::Literal;
use crate::relation::Relation;
use crate::span::Span;

/// An expression and its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// The expression.
    pub kind: ExpressionKind,
    /// Where it is.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// A value.
    Literal(Literal),
    /// A column, a field of a column, a variable or a lambda's argument: `t.c.f`.
    UnresolvedAttribute {
        /// The parts of the name.
        parts: Vec<String>,
        /// The DataFrame that the column was taken from (`plan_id` of Spark Connect); never set by the parser.
        plan_id: Option<i64>,
    },
    /// A column of a DataFrame that was analysed before; never made by the parser.
    AttributeReference {
        /// The name.
        name: String,
        /// The number that the analyser gave to the column.
        id: usize,
    },
    /// `*` or `t.*`, without the columns named by `EXCEPT`.
    UnresolvedStar {
        /// The parts of the name before `.*`.
        target: Option<Vec<String>>,
        /// Names after `EXCEPT`.
        except: Vec<Vec<String>>,
    },
    /// A call of a function, or an operator.
    UnresolvedFunction(Box<FunctionCall>),
    /// `base[index]`.
    UnresolvedExtractValue {
        /// What is taken from.
        base: Box<Expression>,
        /// The index, key or name of the field.
        extraction: Box<Expression>,
    },
    /// `CAST(child AS type)`, `child::type` or `TRY_CAST`.
    Cast {
        /// What is cast.
        child: Box<Expression>,
        /// To which type.
        to: DataType,
        /// Whether a value that cannot be cast gives NULL.
        is_try: bool,
    },
    /// `child AS name`, or `child AS (name, ..)` for the columns of a generator.
    Alias {
        /// What has the name.
        child: Box<Expression>,
        /// The names, at least one.
        names: Vec<String>,
    },
    /// `(x, y) -> body`.
    Lambda {
        /// The names of the arguments.
        arguments: Vec<String>,
        /// The body.
        body: Box<Expression>,
    },
    /// `TRIM(LEADING characters FROM source)`.
    Trim {
        /// Which end.
        side: TrimSide,
        /// What is removed; white space if it is none.
        characters: Option<Box<Expression>>,
        /// From what.
        source: Box<Expression>,
    },
    /// `child [NOT] LIKE ANY (..)`.
    LikeQuantified {
        /// What is compared.
        child: Box<Expression>,
        /// The patterns, at least one.
        patterns: Vec<Expression>,
        /// Whether one or all must match.
        quantifier: LikeQuantifier,
        /// `ILIKE`.
        ignores_case: bool,
        /// `NOT`.
        is_negated: bool,
    },
    /// `(query)`: one value.
    ScalarSubquery(Box<Relation>),
    /// `EXISTS (query)`.
    Exists(Box<Relation>),
    /// `values IN (query)`.
    InSubquery {
        /// The values before `IN`.
        values: Vec<Expression>,
        /// The query.
        query: Box<Relation>,
    },
    /// `:name`.
    NamedParameter(String),
    /// `?`, with its number, from 0.
    PositionalParameter(usize),
    /// `DEFAULT` in place of a value.
    Default,
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCall {
    /// The parts of the name.
    pub name: Vec<String>,
    /// The expression within `IDENTIFIER(..)`, if the name is computed. `name` is empty then.
    pub computed_name: Option<Box<Expression>>,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// `f(DISTINCT ..)`.
    pub is_distinct: bool,
    /// `WITHIN GROUP (ORDER BY ..)`.
    pub within_group: Vec<SortOrder>,
    /// `FILTER (WHERE ..)`.
    pub filter: Option<Expression>,
    /// `IGNORE NULLS` or `RESPECT NULLS`.
    pub nulls: Option<NullTreatment>,
    /// `OVER ..`.
    pub over: Option<Window>,
}

/// An argument of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// `name => value`.
    pub name: Option<String>,
    /// The value.
    pub value: ArgumentValue,
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq)]
pub enum ArgumentValue {
    /// An expression.
    Expression(Expression),
    /// `TABLE t` or `TABLE (query)`, for table functions.
    Table {
        /// The table.
        table: Box<Relation>,
        /// `PARTITION BY ..`.
        partition_by: Vec<Expression>,
        /// `WITH SINGLE PARTITION`.
        single_partition: bool,
        /// `ORDER BY ..`.
        order_by: Vec<SortOrder>,
    },
}

/// `IGNORE NULLS` or `RESPECT NULLS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum NullTreatment {
    Ignore,
    Respect,
}

/// The end that `TRIM` removes characters from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum TrimSide {
    Both,
    Leading,
    Trailing,
}

/// How many patterns must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum LikeQuantifier {
    /// `ANY` or `SOME`.
    Any,
    All,
}

/// A key of a sort.
#[derive(Clone, Debug, PartialEq)]
pub struct SortOrder {
    /// The key.
    pub child: Expression,
    /// `ASC` if there is none.
    pub direction: SortDirection,
    /// `NULLS FIRST` if true. If the text does not say: true when ascending.
    pub nulls_first: bool,
}

/// The direction of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum SortDirection {
    Ascending,
    Descending,
}

/// What follows `OVER`.
#[derive(Clone, Debug, PartialEq)]
pub enum Window {
    /// A window of the `WINDOW` clause.
    Named(String),
    /// A window of its own.
    Specification(WindowSpecification),
}

/// A window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowSpecification {
    /// `PARTITION BY`.
    pub partition_by: Vec<Expression>,
    /// `ORDER BY`.
    pub order_by: Vec<SortOrder>,
    /// `ROWS ..` or `RANGE ..`.
    pub frame: Option<WindowFrame>,
}

/// The frame of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowFrame {
    /// Rows or range.
    pub units: FrameUnits,
    /// The start.
    pub start: FrameBound,
    /// The end; `CURRENT ROW` if there is none.
    pub end: FrameBound,
}

/// What a frame's bounds count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum FrameUnits {
    Rows,
    Range,
}

/// A bound of a frame.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are the keywords")]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Box<Expression>),
    CurrentRow,
    Following(Box<Expression>),
    UnboundedFollowing,
}

impl Expression {
    /// An expression at `span`.
    pub fn new(kind: ExpressionKind, span: Span) -> Expression {
        Expression { kind, span }
    }

    /// A call of the function `name` with positional arguments.
    pub fn call(name: &str, arguments: Vec<Expression>, span: Span) -> Expression {
        let arguments = arguments.into_iter().map(Argument::positional).collect();
        let call = FunctionCall {
            arguments,
            ..FunctionCall::named(vec![name.to_owned()])
        };
        Expression::new(ExpressionKind::UnresolvedFunction(Box::new(call)), span)
    }
}

impl SortOrder {
    /// `child ASC`.
    pub(crate) fn ascending(child: Expression) -> SortOrder {
        SortOrder {
            child,
            direction: SortDirection::Ascending,
            nulls_first: true,
        }
    }
}

impl FunctionCall {
    /// A call without arguments.
    pub fn named(name: Vec<String>) -> FunctionCall {
        FunctionCall {
            name,
            computed_name: None,
            arguments: Vec::new(),
            is_distinct: false,
            within_group: Vec::new(),
            filter: None,
            nulls: None,
            over: None,
        }
    }
}

impl Argument {
    /// An argument without a name.
    pub fn positional(value: Expression) -> Argument {
        Argument {
            name: None,
            value: ArgumentValue::Expression(value),
        }
    }
}
