//! `LIMIT`, `OFFSET` and `TABLESAMPLE`.

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::TreeNode;
use datafusion_expr::Expr;
use functions::Typed;
use sql::{DataType, Expression, SampleMethod};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::planned::Planned;
use crate::scope::Scope;

impl Analyser {
    pub(crate) fn sample(
        &self,
        planned: Planned,
        method: &SampleMethod,
        seed: Option<i64>,
    ) -> Result<Planned> {
        let number = |text: &str| {
            text.parse::<f64>().map_err(|_| {
                Error::analysis(
                    "PARSE_SYNTAX_ERROR",
                    format!("Syntax error at or near '{text}'."),
                )
            })
        };
        let fraction = match method {
            SampleMethod::Rows(rows) => {
                let rows = self.row_count(rows, "limit")?;
                return planned.map(|plan| plan.limit(0, Some(rows)));
            }
            SampleMethod::Percent(percent) => number(percent)? / 100.0,
            SampleMethod::Bucket(x, y) => number(x)? / number(y)?,
        };
        if !(0.0..=1.0).contains(&fraction) {
            return Err(Error::analysis(
                "INVALID_TABLESAMPLE_FRACTION",
                format!("Sampling fraction ({fraction}) must be on interval [0, 1]."),
            ));
        }
        let seed = seed.map(Typed::long).into_iter().collect();
        let random = self.call("rand", seed)?;
        let limit = Typed::constant(ScalarValue::from(fraction), DataType::Double, "");
        let condition = self.call("<", vec![random, limit])?;
        self.filter(planned, condition.expr)
    }

    /// The number of rows of `LIMIT` and `OFFSET`: a constant `INT`.
    pub(crate) fn row_count(&self, expression: &Expression, clause: &str) -> Result<usize> {
        let place = self.place(expression.span);
        let shown = expression.span.of(&self.text);
        let invalid = |condition: &'static str, why: &str| {
            let message = format!("The limit like expression \"{shown}\" is invalid. {why}");
            Error::analysis(condition, message).at(Some(&place))
        };
        let not_constant = || {
            invalid(
                "INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
                &format!("The {clause} expression must evaluate to a constant value."),
            )
        };
        let typed = self
            .resolve(expression, &Scope::default())
            .map_err(|error| match error.condition() {
                "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION" => not_constant(),
                _ => error,
            })?;
        let has_query = typed
            .expr
            .exists(|expr| Ok(matches!(expr, Expr::ScalarSubquery(_))))?;
        if has_query {
            return Err(not_constant());
        }
        if typed.data_type != DataType::Integer {
            let type_name = typed.data_type.sql();
            return Err(invalid(
                "INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE",
                &format!("The {clause} expression must be integer type, but got \"{type_name}\"."),
            ));
        }
        match crate::expression::fold(&typed)? {
            ScalarValue::Int32(Some(rows)) => usize::try_from(rows).map_err(|_| {
                invalid(
                    "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE",
                    &format!(
                        "The {clause} expression must be equal to or greater than 0, but got {rows}."
                    ),
                )
            }),
            _ => Err(invalid(
                "INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL",
                &format!("The evaluated {clause} expression must not be null."),
            )),
        }
    }
}
