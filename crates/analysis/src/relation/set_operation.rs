//! `UNION`, `INTERSECT` and `EXCEPT`.

use std::sync::Arc;

use datafusion_common::{Column as EngineColumn, JoinType as EngineJoin};
use datafusion_expr::expr::Sort;
use datafusion_expr::{Distinct, Expr, LogicalPlan, LogicalPlanBuilder, Union};
use functions::coerce::wider_type;
use functions::{Place, cast};
use sql::{DataType, SetOperator};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::planned::{Planned, all_columns, projection};
use crate::scope::Column;

impl Analyser {
    pub(crate) fn set_operation(
        &self,
        left: Planned,
        right: Planned,
        operator: SetOperator,
        is_all: bool,
        place: &Arc<Place>,
    ) -> Result<Planned> {
        let name = match operator {
            SetOperator::Union => "UNION",
            SetOperator::Intersect => "INTERSECT",
            SetOperator::Except => "EXCEPT",
        };
        let name = if is_all && operator != SetOperator::Union {
            format!("{name} ALL")
        } else {
            name.to_owned()
        };
        let (left, right) = (left.visible()?, right.visible()?);
        if left.columns.len() != right.columns.len() {
            return Err(number_of_columns(&name, &left.columns, &right.columns));
        }
        let mut types = Vec::with_capacity(left.columns.len());
        for (index, (a, b)) in left.columns.iter().zip(&right.columns).enumerate() {
            let Some(common) = wider_type(&a.data_type, &b.data_type, self.settings.ansi) else {
                return Err(Error::analysis(
                    "INCOMPATIBLE_COLUMN_TYPE",
                    format!(
                        "{name} can only be performed on tables with compatible column types. The {} column of the second \
                         table is \"{}\" type which is not compatible with \"{}\" at the same column of the first table.",
                        functions::ordinal(index),
                        b.data_type.sql(),
                        a.data_type.sql()
                    ),
                ));
            };
            types.push(common);
        }
        if !(is_all && operator == SetOperator::Union) {
            check_no_map(&left.columns)?;
        }
        let left_columns = left.columns.clone();
        let names = self.environment().names;
        let right_nullable: Vec<bool> =
            right.columns.iter().map(|column| column.nullable).collect();
        let left = self.cast_all(left, &types, Some(place))?;
        let mut left = left.qualified_as(&left_columns, names);
        let mut right = self.cast_all(right, &types, Some(place))?;
        if operator == SetOperator::Union {
            // Both sides have the same names in the plan.
            let renamed = right
                .columns
                .iter()
                .zip(&left.columns)
                .map(|(from, to)| from.expr().alias(to.engine_name()));
            let right = projection(right.plan, renamed)?;
            for (column, nullable) in left.columns.iter_mut().zip(right_nullable) {
                column.nullable |= nullable;
            }
            let mut inputs = inputs_of_union(left.plan, is_all);
            inputs.push(Arc::new(right));
            let union = LogicalPlan::Union(Union::try_new_with_loose_types(inputs)?);
            let united = Planned::new(union, left.columns).in_order()?;
            return if is_all {
                Ok(united)
            } else {
                united.map(|plan| plan.distinct())
            };
        }
        if is_all {
            // The n-th of equal rows on one side belongs to the n-th on the other.
            left = self.numbered(left)?;
            right = self.numbered(right)?;
        } else {
            left = left.map(|plan| plan.distinct())?;
        }
        let kind = if operator == SetOperator::Intersect {
            EngineJoin::LeftSemi
        } else {
            EngineJoin::LeftAnti
        };
        let mut kept = self.keep_equal(left, right, kind)?;
        kept.columns.truncate(left_columns.len());
        kept.visible()
    }

    /// The relation with its columns cast to these types, for the part of the statement at `place`.
    pub(crate) fn cast_all(
        &self,
        planned: Planned,
        types: &[DataType],
        place: Option<&Arc<Place>>,
    ) -> Result<Planned> {
        let mut values = Vec::with_capacity(types.len());
        for (column, to) in planned.columns.iter().zip(types) {
            values.push(cast(column.as_item(), to, &self.settings, place)?);
        }
        self.project(planned.plan, &values)
    }

    /// The relation with one more column: the number of each row among the rows that are equal to it.
    fn numbered(&self, planned: Planned) -> Result<Planned> {
        let keys = planned.columns.iter();
        let keys: Vec<EngineColumn> = keys
            .map(|column| EngineColumn::new_unqualified(column.engine_name()))
            .collect();
        let order = keys
            .iter()
            .map(|key| Expr::Column(key.clone()).sort(true, true));
        let order = order.collect();
        let (plan, number) = self.numbered_by(planned.plan, &keys, order)?;
        let mut columns = planned.columns;
        columns.push(number);
        Ok(Planned::new(plan, columns))
    }

    /// The plan with one more column: the number of each row, in this order, among those that are equal in the keys.
    pub(crate) fn numbered_by(
        &self,
        plan: LogicalPlan,
        keys: &[EngineColumn],
        order: Vec<Sort>,
    ) -> Result<(LogicalPlan, Column)> {
        let mut number = self.call("row_number", Vec::new())?;
        if let Expr::WindowFunction(window) = &mut number.expr {
            window.params.partition_by = keys.iter().cloned().map(Expr::Column).collect();
            window.params.order_by = order;
        }
        let column = self.column_of(&number);
        let plan = LogicalPlanBuilder::window_plan(plan, [number.expr])?;
        let mut exprs = all_columns(&plan);
        if let Some(last) = exprs.pop() {
            exprs.push(last.alias(column.engine_name()));
        }
        let plan = projection(plan, exprs)?;
        Ok((plan, column))
    }
}

/// The inputs of a union that has the columns of `plan`, or the plan alone. So a chain of unions is one node: DataFusion's work
/// grows with the square of the depth. Equal rows of a union whose rows are `distinct` stay if all rows count.
fn inputs_of_union(plan: LogicalPlan, all_rows_count: bool) -> Vec<Arc<LogicalPlan>> {
    let mut inner = &plan;
    loop {
        inner = match inner {
            LogicalPlan::Projection(same) if same.expr == all_columns(&same.input) => &same.input,
            LogicalPlan::Distinct(Distinct::All(input)) if !all_rows_count => input,
            LogicalPlan::Union(union) => return union.inputs.clone(),
            _ => return vec![Arc::new(plan)],
        };
    }
}

/// The error for two sides of a set operation with different numbers of columns.
pub(crate) fn number_of_columns(operator: &str, left: &[Column], right: &[Column]) -> Error {
    Error::analysis(
        "NUM_COLUMNS_MISMATCH",
        format!(
            "{operator} can only be performed on inputs with the same number of columns, but the first input has {} columns \
             and the second input has {} columns.",
            left.len(),
            right.len()
        ),
    )
}

/// That rows can be compared: not if a column is a map.
pub(crate) fn check_no_map(columns: &[Column]) -> Result<()> {
    match columns.iter().find(|column| has_map(&column.data_type)) {
        None => Ok(()),
        Some(column) => Err(Error::analysis(
            "UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE",
            format!(
                "The feature is not supported: Cannot have MAP type columns in DataFrame which calls set operations (INTERSECT, \
                 EXCEPT, etc.), but the type of column `{}` is \"{}\".",
                column.name,
                column.data_type.sql()
            ),
        )),
    }
}

/// Whether a type is a map or has one in it.
pub(crate) fn has_map(data_type: &DataType) -> bool {
    match data_type {
        DataType::Map(..) => true,
        DataType::Array(element) => has_map(element),
        DataType::Struct(fields) => fields.iter().any(|field| has_map(&field.data_type)),
        _ => false,
    }
}
