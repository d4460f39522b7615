//! A relation that is analysed: DataFusion's plan with Spark's columns.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion_common::NullEquality;
use datafusion_expr::expr::Sort;
use datafusion_expr::{Expr, JoinType, LogicalPlan, LogicalPlanBuilder, Projection};
use functions::Typed;

use crate::analyser::Analyser;
use crate::environment::Names;
use crate::error::Result;
use crate::scope::{Column, engine_name};

/// A plan whose columns are called by their ids.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: LogicalPlan,
    /// Its columns as a user sees them. The plan may have more, in another order: see [`Planned::in_order`].
    pub columns: Vec<Column>,
    /// Columns of the plan that can be named with their table only; not part of `*`.
    pub(crate) hidden: Vec<Column>,
}

impl Planned {
    /// A plan with these columns.
    pub(crate) fn new(plan: LogicalPlan, columns: Vec<Column>) -> Planned {
        Planned {
            plan,
            columns,
            hidden: Vec::new(),
        }
    }

    /// The plan with another on top of it that has the same columns.
    pub(crate) fn map(
        self,
        make: impl FnOnce(LogicalPlanBuilder) -> datafusion_common::Result<LogicalPlanBuilder>,
    ) -> Result<Planned> {
        let plan = make(LogicalPlanBuilder::from(self.plan))?.build()?;
        Ok(Planned { plan, ..self })
    }

    /// The rows sorted.
    pub(crate) fn sort(self, keys: Vec<Sort>) -> Result<Planned> {
        self.map(|plan| plan.sort(keys))
    }

    /// The plan whose columns have the qualifiers that those of `input` have which they pass on.
    pub(crate) fn qualified_as(mut self, input: &[Column], names: Names) -> Planned {
        for column in &mut self.columns {
            let same = input.iter().find(|old| old.id == column.id);
            if let Some(old) = same.filter(|old| names.same(&old.name, &column.name)) {
                column.qualifier.clone_from(&old.qualifier);
                column.origin = old.origin;
            }
        }
        self
    }

    /// The plan with its columns, and no others, in their order.
    pub(crate) fn in_order(self) -> Result<Planned> {
        let exprs: Vec<Expr> = self.columns.iter().map(Column::expr).collect();
        let plan = projection(self.plan, exprs)?;
        Ok(Planned::new(plan, self.columns))
    }

    /// The plan without its hidden columns, in the order of the others.
    pub(crate) fn visible(self) -> Result<Planned> {
        let fields = self.plan.schema().fields();
        let is_in_order = fields.len() == self.columns.len()
            && fields
                .iter()
                .zip(&self.columns)
                .all(|(field, column)| *field.name() == column.engine_name());
        match self.hidden.is_empty() && is_in_order {
            true => Ok(self),
            false => self.in_order(),
        }
    }
}

impl Analyser {
    /// A new column for a value; its name is that of the expression's column.
    pub(crate) fn column_of(&self, typed: &Typed) -> Column {
        Column {
            id: self.next_id(),
            origin: None,
            name: typed.column_name().to_owned(),
            qualifier: Vec::new(),
            data_type: typed.data_type.clone(),
            nullable: typed.nullable,
        }
    }

    /// `plan` with these values as its columns. A column that is only passed on keeps its number, the first time.
    pub(crate) fn project(&self, plan: LogicalPlan, values: &[Typed]) -> Result<Planned> {
        let mut passed = HashSet::new();
        let columns = values.iter().map(|value| {
            let column = self.column_of(value);
            match id_of(&value.expr) {
                Some(id) if passed.insert(id) => Column { id, ..column },
                _ => column,
            }
        });
        self.project_as(plan, values, columns.collect())
    }

    /// `plan` with these values as its columns, which are all new.
    pub(crate) fn project_new(&self, plan: LogicalPlan, values: &[Typed]) -> Result<Planned> {
        let columns = values.iter().map(|value| self.column_of(value));
        self.project_as(plan, values, columns.collect())
    }

    /// `plan` with these values as these columns.
    fn project_as(
        &self,
        plan: LogicalPlan,
        values: &[Typed],
        columns: Vec<Column>,
    ) -> Result<Planned> {
        let mut exprs: Vec<Expr> = values.iter().map(|value| value.expr.clone()).collect();
        let plan = self.lift(plan, &mut exprs)?;
        let exprs =
            exprs
                .into_iter()
                .zip(&columns)
                .map(|(expr, column)| match expr == column.expr() {
                    true => expr,
                    false => expr.alias(column.engine_name()),
                });
        let plan = projection(plan, exprs)?;
        Ok(Planned::new(plan, columns))
    }

    /// The rows for which `condition` holds.
    pub(crate) fn filter(&self, input: Planned, condition: Expr) -> Result<Planned> {
        let plan = self.filtered(input.plan, condition)?;
        Ok(Planned { plan, ..input })
    }

    /// The plan with one more column.
    pub(crate) fn extend(&self, input: Planned, value: &Typed) -> Result<(Planned, Column)> {
        let column = self.column_of(value);
        let mut exprs: Vec<Expr> = all_columns(&input.plan);
        let mut expr = value.expr.clone();
        let plan = self.lift(input.plan, [&mut expr])?;
        exprs.push(expr.alias(column.engine_name()));
        let plan = projection(plan, exprs)?;
        Ok((Planned { plan, ..input }, column))
    }

    /// The rows of `left` that have an equal row in `right`, or that have none. NULL is equal to NULL.
    pub(crate) fn keep_equal(
        &self,
        left: Planned,
        right: Planned,
        kind: JoinType,
    ) -> Result<Planned> {
        let names = |columns: &[Column]| -> Vec<datafusion_common::Column> {
            let names = columns.iter().map(|column| engine_name(column.id));
            names
                .map(datafusion_common::Column::new_unqualified)
                .collect()
        };
        let keys = (names(&left.columns), names(&right.columns));
        let right = right.plan;
        left.map(|plan| plan.join_detailed(right, kind, keys, None, NullEquality::NullEqualsNull))
    }
}

/// `plan` with these expressions as its columns. DataFusion's builder would search the whole plan for the name of each; ours
/// are ids, which are right already.
///
/// # Errors
/// If two columns have the same name, or an expression names a column that is not there.
pub fn projection(plan: LogicalPlan, exprs: impl IntoIterator<Item = Expr>) -> Result<LogicalPlan> {
    let exprs = exprs.into_iter().collect();
    Ok(LogicalPlan::Projection(Projection::try_new(
        exprs,
        Arc::new(plan),
    )?))
}

/// The number of the column that an expression is.
pub(crate) fn id_of(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Column(column) if column.relation.is_none() => {
            column.name.strip_prefix('#')?.parse().ok()
        }
        _ => None,
    }
}

/// All columns of a plan as expressions.
pub(crate) fn all_columns(plan: &LogicalPlan) -> Vec<Expr> {
    plan.schema()
        .columns()
        .into_iter()
        .map(Expr::Column)
        .collect()
}
