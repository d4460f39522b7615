//! What a block computes between its input and its output: window functions and lateral aliases, each once, as a column.

use std::collections::HashSet;

use datafusion_common::Column as EngineColumn;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::extent::check_depth;
use crate::planned::{all_columns, projection};
use crate::scope::engine_name;
use crate::select::lateral::laterals_of;

/// Columns that expressions compute. An expression may name other columns of these.
pub(crate) struct ComputedColumns<'a> {
    analyser: &'a Analyser,
    found: Vec<(Expr, EngineColumn)>,
}

impl<'a> ComputedColumns<'a> {
    pub(crate) fn new(analyser: &'a Analyser) -> ComputedColumns<'a> {
        ComputedColumns {
            analyser,
            found: Vec::new(),
        }
    }

    /// Adds a column.
    pub(crate) fn add(&mut self, value: Expr, column: EngineColumn) -> Result<()> {
        let mut value = value;
        self.replace_windows(&mut value)?;
        self.found.push((value, column));
        Ok(())
    }

    /// Puts columns in the places of window functions.
    pub(crate) fn replace_windows(&mut self, expr: &mut Expr) -> Result<()> {
        let replaced = std::mem::take(expr).transform_up(|expr| {
            if !is_window(&expr) {
                return Ok(Transformed::no(expr));
            }
            let column = match self.found.iter().find(|(known, _)| *known == expr) {
                Some((_, column)) => column.clone(),
                None => {
                    let name = engine_name(self.analyser.next_id());
                    let column = EngineColumn::new_unqualified(name);
                    self.found.push((expr, column.clone()));
                    column
                }
            };
            Ok(Transformed::yes(Expr::Column(column)))
        })?;
        *expr = replaced.data;
        Ok(())
    }

    /// `plan` with the columns that these expressions name, and with what those need.
    pub(crate) fn build_for<'e>(
        &mut self,
        wanted: impl IntoIterator<Item = &'e Expr>,
        plan: LogicalPlan,
    ) -> Result<LogicalPlan> {
        let mut named = HashSet::new();
        for expr in wanted {
            named.extend(names_of(expr));
        }
        let mut needed = Vec::new();
        loop {
            let is_named = |(_, column): &(Expr, EngineColumn)| named.contains(&column.name);
            let found = std::mem::take(&mut self.found);
            let (more, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(is_named);
            self.found = rest;
            if more.is_empty() {
                return self.computed(needed, plan);
            }
            named = more.iter().flat_map(|(expr, _)| names_of(expr)).collect();
            needed.extend(more);
        }
    }

    /// `plan` with all columns.
    pub(crate) fn build(mut self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let all = std::mem::take(&mut self.found);
        self.computed(all, plan)
    }

    /// `plan` with these columns: first those that need none of the others, and so on.
    fn computed(
        &self,
        columns: Vec<(Expr, EngineColumn)>,
        plan: LogicalPlan,
    ) -> Result<LogicalPlan> {
        let (mut plan, mut rest, mut levels) = (plan, columns, 0);
        while !rest.is_empty() {
            levels += 1;
            check_depth(levels)?;
            let names: HashSet<String> = rest.iter().map(|(_, to)| to.name.clone()).collect();
            let is_next = |(expr, _): &(Expr, EngineColumn)| names.is_disjoint(&names_of(expr));
            let (next, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(is_next);
            if next.is_empty() {
                return Err(Error::internal("columns that need each other"));
            }
            plan = self.level(next, plan)?;
            rest = later;
        }
        Ok(plan)
    }

    /// `plan` with columns that need no other.
    fn level(&self, columns: Vec<(Expr, EngineColumn)>, plan: LogicalPlan) -> Result<LogicalPlan> {
        let mut projected = all_columns(&plan);
        let (mut values, names): (Vec<Expr>, Vec<EngineColumn>) = columns.into_iter().unzip();
        let mut plan = self.analyser.lift(plan, &mut values)?;
        let windows: Vec<Expr> = values.iter().filter(|v| is_window(v)).cloned().collect();
        if !windows.is_empty() {
            self.analyser.check_place(&plan)?;
            plan = LogicalPlanBuilder::window_plan(plan, windows)?;
        }
        for (value, name) in values.into_iter().zip(names) {
            let value = match is_window(&value) {
                true => {
                    let name = value.schema_name().to_string();
                    Expr::Column(EngineColumn::new_unqualified(name))
                }
                false => value,
            };
            projected.push(value.alias(name.name));
        }
        projection(plan, projected)
    }
}

/// The columns that an expression names, without those that its subqueries read themselves.
fn names_of(expr: &Expr) -> HashSet<String> {
    let mut names = laterals_of(expr);
    let columns = expr.column_refs();
    names.extend(columns.into_iter().map(|column| column.name.clone()));
    names
}

fn is_window(value: &Expr) -> bool {
    matches!(value, Expr::WindowFunction(_))
}
