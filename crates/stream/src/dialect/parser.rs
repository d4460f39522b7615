//! SQL expressions as text, for `select_expr`, `expr` and `filter`.

use datafusion::common::DFSchema;
use datafusion::execution::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::sql::sqlparser::ast::{ExprWithAlias, SelectItem};
use datafusion::sql::sqlparser::dialect::DatabricksDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};

use crate::error::{Error, ErrorKind, Result};

/// The expressions of a comma-separated list such as `a + 1 AS b, count(*)`, over the columns of
/// `schema`; `*` is kept as a column of that name.
///
/// # Errors
/// `PARSE_SYNTAX_ERROR`, or what planning finds wrong.
pub(crate) fn parse_expressions(
    state: &SessionState,
    text: &str,
    schema: &DFSchema,
) -> Result<Vec<Expr>> {
    let mut parser = Parser::new(&DatabricksDialect {})
        .try_with_sql(text)
        .map_err(syntax_error)?;
    let items = parser
        .parse_comma_separated(|parser| parser.parse_select_item())
        .map_err(syntax_error)?;
    let mut exprs = Vec::with_capacity(items.len());
    for item in items {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias)),
            SelectItem::Wildcard(_) => {
                exprs.push(Expr::Column(datafusion::common::Column::from_name("*")));
                continue;
            }
            other => return Err(Error::unsupported(format!("the expression {other}"))),
        };
        let name = match &alias {
            Some(alias) => alias.value.clone(),
            None => crate::sql::column_name(&expr),
        };
        let mut expr = expr;
        crate::sql::rewrite_expression(&mut expr);
        let expr = ExprWithAlias { expr, alias: None };
        let planned = state
            .create_logical_expr_from_sql_expr(expr, schema)
            .map_err(crate::sql::planning_error)?;
        exprs.push(match &planned {
            Expr::Column(column) if column.name == name => planned,
            _ => planned.alias(name),
        });
    }
    Ok(exprs)
}

/// A parser's complaint as Spark's error.
pub(crate) fn syntax_error(error: ParserError) -> Error {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
        ParserError::RecursionLimitExceeded => "the text is nested too deeply".to_owned(),
    };
    Error::with_condition(ErrorKind::Parse, "PARSE_SYNTAX_ERROR", message)
}
