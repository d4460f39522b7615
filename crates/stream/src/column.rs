//! Columns: expressions over the rows of a DataFrame.

use std::ops;

use datafusion::common::Column as ColumnName;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, ExprFunctionExt, Operator, binary_expr, cast, try_cast};

use crate::error::Result;

/// An expression, not yet bound to a DataFrame.
///
/// Names are looked up when the column is used: `col("a.b")` is column `b` of `a` if there is a
/// DataFrame of that alias, else field `b` of the struct `a`.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub(crate) expr: Expr,
    pub(crate) order: Option<Order>,
}

/// How a column is sorted by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Order {
    pub ascending: bool,
    pub nulls_first: bool,
}

impl Column {
    pub(crate) fn new(expr: Expr) -> Column {
        Column { expr, order: None }
    }

    /// The column called `name`.
    pub fn named(name: &str) -> Column {
        Column::new(Expr::Column(ColumnName::from_name(name)))
    }

    /// The same values under another name.
    pub fn alias(self, name: &str) -> Column {
        Column::new(self.expr.alias(name))
    }

    /// Whether the values are equal; null if either is.
    pub fn eq(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::Eq, other)
    }

    /// Whether the values differ; null if either is.
    pub fn not_eq(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::NotEq, other)
    }

    /// Whether this is less than `other`.
    pub fn lt(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::Lt, other)
    }

    /// Whether this is at most `other`.
    pub fn lt_eq(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::LtEq, other)
    }

    /// Whether this is more than `other`.
    pub fn gt(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::Gt, other)
    }

    /// Whether this is at least `other`.
    pub fn gt_eq(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::GtEq, other)
    }

    /// Whether both hold.
    pub fn and(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::And, other)
    }

    /// Whether at least one holds.
    pub fn or(self, other: impl Into<Column>) -> Column {
        self.binary(Operator::Or, other)
    }

    /// Whether there is no value.
    pub fn is_null(self) -> Column {
        Column::new(self.expr.is_null())
    }

    /// Whether there is a value.
    pub fn is_not_null(self) -> Column {
        Column::new(self.expr.is_not_null())
    }

    /// Whether the value is one of `values`.
    pub fn is_in<C: Into<Column>>(self, values: impl IntoIterator<Item = C>) -> Column {
        let values = values.into_iter().map(|value| value.into().expr).collect();
        Column::new(self.expr.in_list(values, false))
    }

    /// Whether the text is like `pattern`, in which `%` and `_` stand for anything.
    pub fn like(self, pattern: &str) -> Column {
        Column::new(self.expr.like(datafusion::logical_expr::lit(pattern)))
    }

    /// Whether the value is from `low` to `high`, both included.
    pub fn between(self, low: impl Into<Column>, high: impl Into<Column>) -> Column {
        Column::new(self.expr.between(low.into().expr, high.into().expr))
    }

    /// The value as another type, such as `bigint` or `timestamp`. Under ANSI mode a value that
    /// cannot be read so fails the query.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR` if the type is not one.
    pub fn cast(self, data_type: &str) -> Result<Column> {
        let data_type = crate::dialect::parse_type(data_type)?;
        Ok(Column::new(cast(self.expr, data_type)))
    }

    /// The value as another type, or null where it cannot be read so.
    ///
    /// # Errors
    /// `PARSE_SYNTAX_ERROR` if the type is not one.
    pub fn try_cast(self, data_type: &str) -> Result<Column> {
        let data_type = crate::dialect::parse_type(data_type)?;
        Ok(Column::new(try_cast(self.expr, data_type)))
    }

    /// Field `name` of a struct.
    pub fn get_field(self, name: &str) -> Column {
        Column::new(datafusion::functions::core::expr_fn::get_field(
            self.expr, name,
        ))
    }

    /// Sorted from small to large, nulls first.
    pub fn asc(self) -> Column {
        Column {
            expr: self.expr,
            order: Some(Order {
                ascending: true,
                nulls_first: true,
            }),
        }
    }

    /// Sorted from large to small, nulls last.
    pub fn desc(self) -> Column {
        Column {
            expr: self.expr,
            order: Some(Order {
                ascending: false,
                nulls_first: false,
            }),
        }
    }

    /// An aggregate over only those rows for which `condition` holds.
    ///
    /// # Errors
    /// If this is no aggregate.
    pub fn filter(self, condition: impl Into<Column>) -> Result<Column> {
        Ok(Column::new(
            self.expr.filter(condition.into().expr).build()?,
        ))
    }

    fn binary(self, op: Operator, other: impl Into<Column>) -> Column {
        Column::new(binary_expr(self.expr, op, other.into().expr))
    }

    pub(crate) fn into_sort(self) -> Sort {
        let order = self.order.unwrap_or(Order {
            ascending: true,
            nulls_first: true,
        });
        Sort {
            expr: self.expr,
            asc: order.ascending,
            nulls_first: order.nulls_first,
        }
    }
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

impl ops::Add for Column {
    type Output = Column;

    fn add(self, other: Column) -> Column {
        self.binary(Operator::Plus, other)
    }
}

impl ops::Sub for Column {
    type Output = Column;

    fn sub(self, other: Column) -> Column {
        self.binary(Operator::Minus, other)
    }
}

impl ops::Mul for Column {
    type Output = Column;

    fn mul(self, other: Column) -> Column {
        self.binary(Operator::Multiply, other)
    }
}

impl ops::Div for Column {
    type Output = Column;

    fn div(self, other: Column) -> Column {
        self.binary(Operator::Divide, other)
    }
}

impl ops::Rem for Column {
    type Output = Column;

    fn rem(self, other: Column) -> Column {
        self.binary(Operator::Modulo, other)
    }
}

impl ops::Neg for Column {
    type Output = Column;

    fn neg(self) -> Column {
        Column::new(-self.expr)
    }
}

impl ops::Not for Column {
    type Output = Column;

    fn not(self) -> Column {
        Column::new(!self.expr)
    }
}
