//! An expression whose type is known.

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::{Expr, ScalarUDF, lit};
use sql::DataType;

use crate::types::to_arrow;
use crate::udf::ScalarFunction;

/// A resolved expression: what DataFusion runs, its type in Spark, and the name that its column would have.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The expression. Its Arrow type is [`to_arrow`] of `data_type`.
    pub expr: Expr,
    /// The type in Spark.
    pub data_type: DataType,
    /// Whether the value can be NULL.
    pub nullable: bool,
    /// The text that Spark shows for the expression.
    pub name: String,
    /// The name of its column, if that is not the text: an alias, or the last part of a column's name.
    pub alias: Option<String>,
}

impl Typed {
    /// A constant. NULL is shown as `NULL`.
    pub fn constant(value: ScalarValue, data_type: DataType, name: impl Into<String>) -> Typed {
        Typed {
            nullable: value.is_null(),
            expr: lit(value),
            data_type,
            name: name.into(),
            alias: None,
        }
    }

    /// An expression that has no alias.
    pub fn new(expr: Expr, data_type: DataType, nullable: bool, name: impl Into<String>) -> Typed {
        Typed {
            expr,
            data_type,
            nullable,
            name: name.into(),
            alias: None,
        }
    }

    /// NULL of this type.
    pub fn null(data_type: DataType) -> Typed {
        let value = ScalarValue::try_from(&to_arrow(&data_type)).unwrap_or(ScalarValue::Null);
        Typed::constant(value, data_type, "NULL")
    }

    /// A text.
    pub fn string(value: &str) -> Typed {
        Typed::constant(ScalarValue::from(value), DataType::String, value)
    }

    /// A `BOOLEAN`.
    pub fn boolean(value: bool) -> Typed {
        Typed::constant(
            ScalarValue::from(value),
            DataType::Boolean,
            value.to_string(),
        )
    }

    /// An `INT`.
    pub fn int(value: i32) -> Typed {
        Typed::constant(
            ScalarValue::from(value),
            DataType::Integer,
            value.to_string(),
        )
    }

    /// A `BIGINT`.
    pub fn long(value: i64) -> Typed {
        Typed::constant(ScalarValue::from(value), DataType::Long, value.to_string())
    }

    /// The value, if the expression is a literal.
    pub fn literal(&self) -> Option<&ScalarValue> {
        match &self.expr {
            Expr::Literal(value, _) => Some(value),
            _ => None,
        }
    }

    /// Whether the expression is the literal NULL, or has the type of it.
    pub fn is_null(&self) -> bool {
        self.data_type == DataType::Void || self.literal().is_some_and(ScalarValue::is_null)
    }

    /// Whether the value is the same for every row (Spark: `foldable`).
    pub fn is_foldable(&self) -> bool {
        let mut varies = false;
        let walked = self.expr.apply(|expr| {
            varies |= match expr {
                Expr::ScalarFunction(call) => {
                    call.func.signature().volatility != datafusion_expr::Volatility::Immutable
                }
                Expr::Column(_)
                | Expr::LambdaVariable(_)
                | Expr::OuterReferenceColumn(..)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_) => true,
                _ => false,
            };
            Ok(if varies {
                TreeNodeRecursion::Stop
            } else {
                TreeNodeRecursion::Continue
            })
        });
        walked.is_ok() && !varies
    }

    /// The same call, with NULL for each row where it has an error (Spark: `TryEval`).
    #[must_use]
    pub fn tried(mut self) -> Typed {
        if let Expr::ScalarFunction(call) = &mut self.expr
            && let Some(function) = call.func.inner().downcast_ref::<ScalarFunction>()
        {
            let tried = ScalarUDF::new_from_impl(function.tried());
            call.func = std::sync::Arc::new(tried);
            self.nullable = true;
        }
        self
    }

    /// The same value, shown as `name`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Typed {
        self.name = name.into();
        self.alias = None;
        self
    }

    /// The name of the expression's column.
    pub fn column_name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}
