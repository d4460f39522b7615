//! `PIVOT` and `UNPIVOT`.

use datafusion_common::ScalarValue;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::{Expr, lit, when};
use functions::{Typed, cast};
use sql::{DataType, Expression, ExpressionKind, Pivot, Unpivot};

use crate::analyser::Analyser;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::expression::{fold, has_aggregate};
use crate::planned::Planned;
use crate::relation::set_operation::has_map;
use crate::relation::values::without_promotion;
use crate::scope::{Column, Scope};

impl Analyser {
    /// `PIVOT`: a column for each value and aggregate, grouped by the columns that the clause does not name.
    pub(crate) fn pivot(
        &self,
        input: Planned,
        pivot: &Pivot,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let input = input.visible()?;
        let scope = self.scope(&input, environment, outer);
        let mut columns = Vec::with_capacity(pivot.columns.len());
        for name in &pivot.columns {
            let column = self.resolve(&attribute(std::slice::from_ref(name)), &scope)?;
            if has_map(&column.data_type) {
                return Err(Error::analysis(
                    "INCOMPARABLE_PIVOT_COLUMN",
                    format!("Invalid pivot column `{name}`. Pivot columns must be comparable."),
                ));
            }
            columns.push(column);
        }
        let mut aggregates = Vec::with_capacity(pivot.aggregates.len());
        for expression in &pivot.aggregates {
            let aggregate = self.resolve(expression, &scope)?;
            if !has_aggregate(&aggregate.expr) {
                return Err(Error::analysis(
                    "_LEGACY_ERROR_TEMP_1006",
                    format!(
                        "Aggregate expression required for pivot, but '{}' did not appear in any aggregate function.",
                        aggregate.name
                    ),
                ));
            }
            aggregates.push(aggregate);
        }
        let mut named: Vec<Expr> = columns.iter().map(|column| column.expr.clone()).collect();
        for aggregate in &aggregates {
            aggregate.expr.apply(|expr| {
                if matches!(expr, Expr::Column(_)) {
                    named.push(expr.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        let keys: Vec<Typed> = input
            .columns
            .iter()
            .filter(|column| !named.contains(&column.expr()))
            .map(Column::as_item)
            .collect();
        let mut values = Vec::new();
        for pivot_value in &pivot.values {
            let (condition, text) = self.pivot_condition(&columns, &pivot_value.value, &scope)?;
            let prefix = pivot_value.alias.clone().unwrap_or(text);
            let present = self.call("count", vec![Typed::int(1)])?;
            let present = filtered(present.expr, &condition)?.gt(lit(0_i64));
            for aggregate in &aggregates {
                let name = match (aggregates.len(), &aggregate.alias) {
                    (1, _) => prefix.clone(),
                    (_, Some(alias)) => format!("{prefix}_{alias}"),
                    (_, None) => format!("{prefix}_{}", aggregate.name),
                };
                let value = filtered(aggregate.expr.clone(), &condition)?;
                let null = Typed::null(aggregate.data_type.clone()).expr;
                let expr = when(present.clone(), value).otherwise(null)?;
                let mut value = Typed::new(expr, aggregate.data_type.clone(), true, &name);
                value.alias = Some(name);
                values.push(value);
            }
        }
        self.check_place(&input.plan)?;
        self.aggregate(input, keys, values)
    }

    /// Whether a row has a value in the columns of the pivot, and the text of the value.
    fn pivot_condition(
        &self,
        columns: &[Typed],
        value: &Expression,
        scope: &Scope<'_>,
    ) -> Result<(Expr, String)> {
        let parts: Vec<Expression> = match &value.kind {
            ExpressionKind::UnresolvedFunction(call)
                if call.name == ["struct"] && columns.len() > 1 =>
            {
                let parts = call
                    .arguments
                    .iter()
                    .filter_map(|argument| match &argument.value {
                        sql::ArgumentValue::Expression(part) => Some(part.clone()),
                        sql::ArgumentValue::Table { .. } => None,
                    });
                parts.collect()
            }
            _ => vec![value.clone()],
        };
        if parts.len() != columns.len() {
            return Err(Error::analysis(
                "PIVOT_VALUE_DATA_TYPE_MISMATCH",
                "Invalid pivot value: value data type does not match the pivot columns.",
            ));
        }
        let mut condition = lit(true);
        for (column, part) in columns.iter().zip(&parts) {
            let part = self.resolve(part, scope)?;
            if !part.is_foldable() {
                return Err(Error::analysis(
                    "NON_LITERAL_PIVOT_VALUES",
                    format!(
                        "Literal expressions required for pivot values, found \"{}\".",
                        part.name
                    ),
                ));
            }
            condition = condition.and(self.call("<=>", vec![column.clone(), part])?.expr);
        }
        let shown = self.resolve(value, scope)?;
        let text = match fold(&cast(shown, &DataType::String, &self.settings, None)?)? {
            ScalarValue::Utf8(Some(text)) => text,
            _ => "null".to_owned(),
        };
        Ok((condition, text))
    }

    /// `UNPIVOT`: a row for each of the columns that the clause names.
    pub(crate) fn unpivot(
        &self,
        input: Planned,
        unpivot: &Unpivot,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let input = input.visible()?;
        let scope = self.scope(&input, environment, outer);
        let width = unpivot.value_columns.len();
        let mut rows: Vec<(String, Vec<Typed>)> = Vec::with_capacity(unpivot.columns.len());
        for columns in &unpivot.columns {
            let mut values = Vec::with_capacity(width);
            for name in &columns.columns {
                values.push(self.resolve(&attribute(name), &scope)?);
            }
            if values.len() != width {
                return Err(Error::analysis(
                    "UNPIVOT_VALUE_SIZE_MISMATCH",
                    format!(
                        "All unpivot value columns must have the same size as there are value column names ({width})."
                    ),
                ));
            }
            let names: Vec<&str> = values.iter().map(Typed::column_name).collect();
            let name = columns.alias.clone().unwrap_or_else(|| names.join("_"));
            rows.push((name, values));
        }
        let mut types = Vec::with_capacity(width);
        for index in 0..width {
            let given = rows
                .iter()
                .filter_map(|(_, values)| values.get(index))
                .map(|value| &value.data_type);
            let Some(common) = without_promotion(given, self.settings.ansi) else {
                return Err(Error::analysis(
                    "UNPIVOT_VALUE_DATA_TYPE_MISMATCH",
                    "Unpivot value columns must share a least common type, some types do not.",
                ));
            };
            types.push(common);
        }
        let kept: Vec<_> = input
            .columns
            .iter()
            .filter(|column| {
                !rows
                    .iter()
                    .any(|(_, values)| values.iter().any(|value| value.expr == column.expr()))
            })
            .cloned()
            .collect();
        let mut structs = Vec::with_capacity(rows.len());
        for (name, values) in rows {
            let mut arguments = vec![Typed::string(&unpivot.name_column), Typed::string(&name)];
            for ((value, to), column) in values.into_iter().zip(&types).zip(&unpivot.value_columns)
            {
                arguments.push(Typed::string(column));
                arguments.push(cast(value, to, &self.settings, None)?);
            }
            structs.push(self.call("named_struct", arguments)?);
        }
        let array = self.call("array", structs)?;
        let (mut planned, new) = self.generate(input, &array, false)?;
        if !unpivot.includes_nulls {
            let mut any = lit(false);
            for column in new.iter().skip(1) {
                any = any.or(column.expr().is_not_null());
            }
            planned = self.filter(planned, any)?;
        }
        planned.columns = [kept, new].concat();
        planned.visible()
    }
}

/// An aggregate over the rows for which `condition` holds.
fn filtered(expr: Expr, condition: &Expr) -> Result<Expr> {
    use datafusion_common::tree_node::Transformed;
    let expr = expr.transform_up(|expr| {
        Ok(match expr {
            Expr::AggregateFunction(mut aggregate) => {
                let filter = match aggregate.params.filter.take() {
                    Some(filter) => filter.and(condition.clone()),
                    None => condition.clone(),
                };
                aggregate.params.filter = Some(Box::new(filter));
                Transformed::yes(Expr::AggregateFunction(aggregate))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(expr.data)
}

fn attribute(parts: &[String]) -> Expression {
    Expression {
        kind: ExpressionKind::UnresolvedAttribute {
            parts: parts.to_vec(),
            plan_id: None,
        },
        span: sql::Span::default(),
    }
}
