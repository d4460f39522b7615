//! Columns: expressions over the rows of a DataFrame.

use std::ops;

use sql::{
    Expression, ExpressionKind, FunctionCall, Literal, SortDirection, SortOrder, Span, Window,
};

use crate::error::{Error, Result};

/// An expression that is not yet bound to a DataFrame.
///
/// Names are looked up when the column is used: `col("a.b")` is column `b` of the DataFrame with the alias `a` if there
/// is one, else field `b` of the struct `a`. Operators and functions have the meaning that they have in SQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    expression: Expression,
    order: Option<Order>,
}

/// How a column is sorted by.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Order {
    direction: SortDirection,
    nulls_first: bool,
}

impl Column {
    pub(crate) fn new(expression: Expression) -> Column {
        Column {
            expression,
            order: None,
        }
    }

    fn of(kind: ExpressionKind) -> Column {
        Column::new(Expression::new(kind, Span::default()))
    }

    /// The column called `name`; `*` stands for all columns, `t.*` for those of `t`. Back quotes keep a dot within a part
    /// of the name.
    pub fn named(name: &str) -> Column {
        let mut parts = parts_of(name);
        if parts.last().is_some_and(|last| last == "*") {
            parts.pop();
            return Column::of(ExpressionKind::UnresolvedStar {
                target: (!parts.is_empty()).then_some(parts),
                except: Vec::new(),
            });
        }
        Column::of(ExpressionKind::UnresolvedAttribute {
            parts,
            plan_id: None,
        })
    }

    /// A constant.
    pub(crate) fn literal(value: Literal) -> Column {
        Column::of(ExpressionKind::Literal(value))
    }

    /// A call of the function `name`.
    pub(crate) fn call(name: &str, arguments: impl IntoIterator<Item = Column>) -> Column {
        let arguments = arguments.into_iter().map(Column::into_expression);
        Column::new(Expression::call(name, arguments.collect(), Span::default()))
    }

    pub(crate) fn into_expression(self) -> Expression {
        self.expression
    }

    pub(crate) fn into_sort(self) -> SortOrder {
        let order = self.order.unwrap_or(Order {
            direction: SortDirection::Ascending,
            nulls_first: true,
        });
        SortOrder {
            child: self.expression,
            direction: order.direction,
            nulls_first: order.nulls_first,
        }
    }

    /// The same values under another name.
    pub fn alias(self, name: &str) -> Column {
        Column::of(ExpressionKind::Alias {
            child: Box::new(self.expression),
            names: vec![name.to_owned()],
        })
    }

    /// Whether the values are equal; NULL if either is.
    pub fn eq(self, other: impl Into<Column>) -> Column {
        self.binary("==", other)
    }

    /// Whether the values are equal, where NULL is equal to NULL.
    pub fn eq_null_safe(self, other: impl Into<Column>) -> Column {
        self.binary("<=>", other)
    }

    /// Whether the values differ; NULL if either is.
    pub fn not_eq(self, other: impl Into<Column>) -> Column {
        !self.eq(other)
    }

    /// Whether this is less than `other`.
    pub fn lt(self, other: impl Into<Column>) -> Column {
        self.binary("<", other)
    }

    /// Whether this is at most `other`.
    pub fn lt_eq(self, other: impl Into<Column>) -> Column {
        self.binary("<=", other)
    }

    /// Whether this is more than `other`.
    pub fn gt(self, other: impl Into<Column>) -> Column {
        self.binary(">", other)
    }

    /// Whether this is at least `other`.
    pub fn gt_eq(self, other: impl Into<Column>) -> Column {
        self.binary(">=", other)
    }

    /// Whether both hold.
    pub fn and(self, other: impl Into<Column>) -> Column {
        self.binary("and", other)
    }

    /// Whether at least one holds.
    pub fn or(self, other: impl Into<Column>) -> Column {
        self.binary("or", other)
    }

    /// Whether there is no value.
    pub fn is_null(self) -> Column {
        Column::call("isnull", [self])
    }

    /// Whether there is a value.
    pub fn is_not_null(self) -> Column {
        Column::call("isnotnull", [self])
    }

    /// Whether the value is one of `values`.
    pub fn is_in<C: Into<Column>>(self, values: impl IntoIterator<Item = C>) -> Column {
        Column::call(
            "in",
            [self].into_iter().chain(values.into_iter().map(Into::into)),
        )
    }

    /// Whether the text is like `pattern`, in which `%` and `_` stand for anything.
    pub fn like(self, pattern: &str) -> Column {
        Column::call("like", [self, Column::literal(pattern.into())])
    }

    /// Whether the value is from `low` to `high`, both included.
    pub fn between(self, low: impl Into<Column>, high: impl Into<Column>) -> Column {
        self.clone().gt_eq(low).and(self.lt_eq(high))
    }

    /// The value as another type, such as `bigint` or `timestamp`. Under ANSI mode a value that cannot be read so fails
    /// the query.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR` if the type is not one.
    pub fn cast(self, data_type: &str) -> Result<Column> {
        self.cast_as(data_type, false)
    }

    /// The value as another type, or NULL where it cannot be read so.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR` if the type is not one.
    pub fn try_cast(self, data_type: &str) -> Result<Column> {
        self.cast_as(data_type, true)
    }

    fn cast_as(self, data_type: &str, is_try: bool) -> Result<Column> {
        Ok(Column::of(ExpressionKind::Cast {
            child: Box::new(self.expression),
            to: sql::parse_data_type(data_type)?,
            is_try,
        }))
    }

    /// Field `name` of a struct.
    pub fn get_field(self, name: &str) -> Column {
        let name = Column::literal(name.into());
        Column::of(ExpressionKind::UnresolvedExtractValue {
            base: Box::new(self.expression),
            extraction: Box::new(name.expression),
        })
    }

    /// Sorted from small to large, NULL first.
    pub fn asc(self) -> Column {
        self.ordered(SortDirection::Ascending, true)
    }

    /// Sorted from small to large, NULL last.
    pub fn asc_nulls_last(self) -> Column {
        self.ordered(SortDirection::Ascending, false)
    }

    /// Sorted from large to small, NULL last.
    pub fn desc(self) -> Column {
        self.ordered(SortDirection::Descending, false)
    }

    /// Sorted from large to small, NULL first.
    pub fn desc_nulls_first(self) -> Column {
        self.ordered(SortDirection::Descending, true)
    }

    fn ordered(self, direction: SortDirection, nulls_first: bool) -> Column {
        let order = Order {
            direction,
            nulls_first,
        };
        Column {
            order: Some(order),
            ..self
        }
    }

    /// An aggregate over only those rows for which `condition` holds.
    ///
    /// # Errors
    /// If this is no call of a function.
    pub fn filter(self, condition: impl Into<Column>) -> Result<Column> {
        let condition = condition.into().expression;
        self.with_call("FILTER", |call| call.filter = Some(condition))
    }

    /// An aggregate or a window function over the rows of `window`.
    ///
    /// # Errors
    /// If this is no call of a function.
    pub fn over(self, window: WindowSpec) -> Result<Column> {
        self.with_call("OVER", |call| {
            call.over = Some(Window::Specification(window.specification));
        })
    }

    fn with_call(mut self, clause: &str, change: impl FnOnce(&mut FunctionCall)) -> Result<Column> {
        let ExpressionKind::UnresolvedFunction(call) = &mut self.expression.kind else {
            return Err(Error::illegal_argument(format!(
                "{clause} needs a call of a function"
            )));
        };
        change(call);
        Ok(self)
    }

    fn binary(self, operator: &str, other: impl Into<Column>) -> Column {
        Column::call(operator, [self, other.into()])
    }
}

/// The rows that a window function sees: `WindowSpec::new().partition_by(["k"]).order_by(["t"])`.
#[derive(Clone, Debug, Default)]
pub struct WindowSpec {
    specification: sql::WindowSpecification,
}

impl WindowSpec {
    /// All rows.
    pub fn new() -> WindowSpec {
        WindowSpec::default()
    }

    /// Only the rows that are equal in `keys`.
    #[must_use]
    pub fn partition_by<C: Into<Column>>(
        mut self,
        keys: impl IntoIterator<Item = C>,
    ) -> WindowSpec {
        let keys = keys.into_iter().map(|key| key.into().into_expression());
        self.specification.partition_by.extend(keys);
        self
    }

    /// Sorted by `keys`, each `asc()` unless it says otherwise. A window that is sorted ends at the current row.
    #[must_use]
    pub fn order_by<C: Into<Column>>(mut self, keys: impl IntoIterator<Item = C>) -> WindowSpec {
        let keys = keys.into_iter().map(|key| key.into().into_sort());
        self.specification.order_by.extend(keys);
        self
    }

    /// The rows from `start` to `end`, counted from the current row: `-1` is the one before. `i64::MIN` and `i64::MAX`
    /// have no bound.
    #[must_use]
    pub fn rows_between(mut self, start: i64, end: i64) -> WindowSpec {
        self.specification.frame = Some(sql::WindowFrame {
            units: sql::FrameUnits::Rows,
            start: bound(start),
            end: bound(end),
        });
        self
    }

    /// The rows whose sort key is from `start` to `end` away from the current one's. `i64::MIN` and `i64::MAX` have no
    /// bound.
    #[must_use]
    pub fn range_between(mut self, start: i64, end: i64) -> WindowSpec {
        self.specification.frame = Some(sql::WindowFrame {
            units: sql::FrameUnits::Range,
            start: bound(start),
            end: bound(end),
        });
        self
    }
}

/// A bound of a window, in rows or units from the current row.
fn bound(distance: i64) -> sql::FrameBound {
    match distance {
        i64::MIN => sql::FrameBound::UnboundedPreceding,
        i64::MAX => sql::FrameBound::UnboundedFollowing,
        0 => sql::FrameBound::CurrentRow,
        // Spark writes a bound before the current row so too.
        _ => {
            let literal = match i32::try_from(distance) {
                Ok(distance) => Literal::Integer(distance),
                Err(_) => Literal::Long(distance),
            };
            sql::FrameBound::Following(Box::new(Column::literal(literal).expression))
        }
    }
}

/// The parts of `a.b.c`; back quotes keep a dot within a part (`UnresolvedAttribute.parseAttributeName`).
pub(crate) fn parts_of(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut is_quoted = false;
    for c in name.chars() {
        match c {
            '`' => is_quoted = !is_quoted,
            '.' if !is_quoted => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts
}

impl From<&str> for Column {
    fn from(name: &str) -> Column {
        Column::named(name)
    }
}

impl From<&String> for Column {
    fn from(name: &String) -> Column {
        Column::named(name)
    }
}

impl From<String> for Column {
    fn from(name: String) -> Column {
        Column::named(&name)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident $name:literal),*) => {
        $(impl ops::$trait for Column {
            type Output = Column;

            fn $method(self, other: Column) -> Column {
                self.binary($name, other)
            }
        })*
    };
}

operators!(Add add "+", Sub sub "-", Mul mul "*", Div div "/", Rem rem "%");

impl ops::Neg for Column {
    type Output = Column;

    fn neg(self) -> Column {
        Column::call("negative", [self])
    }
}

impl ops::Not for Column {
    type Output = Column;

    fn not(self) -> Column {
        Column::call("not", [self])
    }
}
