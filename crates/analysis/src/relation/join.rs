//! Joins.

use datafusion_common::JoinType as EngineJoin;
use datafusion_common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion_expr::expr::InSubquery;
use datafusion_expr::utils::split_conjunction_owned;
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};
use functions::Typed;
use sql::{JoinCriteria, JoinType};

use crate::analyser::Analyser;
use crate::environment::{Environment, Names};
use crate::error::{Error, Result, not_supported};
use crate::planned::{Planned, all_columns};
use crate::scope::{Column, Scope};
use crate::subquery::decorrelate::outer_columns;
use crate::subquery::lift::{has_correlated_value, has_subquery, is_correlated};

/// A join of two relations that are analysed.
pub(crate) struct Join<'r> {
    pub left: Planned,
    pub right: Planned,
    pub join_type: JoinType,
    pub criteria: &'r JoinCriteria,
    /// Whether the right side may name columns of the left one.
    pub is_lateral: bool,
}

/// A column that both sides of `USING` have: its name, and the column of each side.
type SharedColumn = (String, Column, Column);

impl Analyser {
    pub(crate) fn join(
        &self,
        join: Join<'_>,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        if join.is_lateral {
            check_lateral(&join)?;
        }
        let kind = engine_join(join.join_type);
        self.check_places(&join, kind)?;
        let shared = shared_columns(&join, environment.names)?;
        let mut condition: Option<Typed> = None;
        for (name, a, b) in &shared {
            let equal = self.call("==", vec![a.typed(name), b.typed(name)])?;
            condition = Some(match condition {
                None => equal,
                Some(before) => self.call("and", vec![before, equal])?,
            });
        }
        let mut condition = condition.map(|condition| condition.expr);
        if let JoinCriteria::On(on) = join.criteria {
            let all = [join.left.columns.clone(), join.right.columns.clone()].concat();
            let scope = Scope {
                hidden: [join.left.hidden.clone(), join.right.hidden.clone()].concat(),
                outer,
                environment: environment.clone(),
                ..Scope::of(&all)
            };
            condition = Some(self.condition(on, &scope, "JOIN")?);
        }
        let (left, right) = (join.left, join.right);
        let plan = match is_correlated(&right.plan) {
            true => {
                let decorrelated = self.decorrelated_rows(&left.plan, &right.plan)?;
                self.join_by_keys(left.plan, kind, decorrelated, condition)?
            }
            false => self.joined(left.plan, right.plan, kind, condition)?,
        };
        match kind {
            EngineJoin::LeftSemi | EngineJoin::LeftAnti => Ok(Planned {
                plan,
                columns: keys_first(left.columns, &shared),
                hidden: left.hidden,
            }),
            _ => self.both_sides(
                plan,
                [left.columns, right.columns],
                [left.hidden, right.hidden],
                kind,
                shared,
            ),
        }
    }

    /// Refuses a recursive table on a side whose rows may be given without a partner.
    fn check_places(&self, join: &Join<'_>, kind: EngineJoin) -> Result<()> {
        let (left, right) = match kind {
            EngineJoin::Inner => (false, false),
            EngineJoin::Right => (true, false),
            EngineJoin::Full => (true, true),
            _ => (false, !join.is_lateral),
        };
        if left {
            self.check_place(&join.left.plan)?;
        }
        if right {
            self.check_place(&join.right.plan)?;
        }
        Ok(())
    }

    /// The plan of a join. Subqueries in its condition are computed below or above it.
    fn joined(
        &self,
        left: LogicalPlan,
        right: LogicalPlan,
        kind: EngineJoin,
        condition: Option<Expr>,
    ) -> Result<LogicalPlan> {
        let (mut left, mut right) = (left, right);
        let (mut parts, mut above) = (Vec::new(), Vec::new());
        for mut part in condition.into_iter().flat_map(split_conjunction_owned) {
            if has_correlated_value(&part) {
                return Err(unsupported_value("Join"));
            }
            if !has_subquery(&part) {
                parts.push(part);
            } else if kind == EngineJoin::Inner {
                above.push(part);
            } else if are_of(&part, &right)? {
                right = self.lift(right, [&mut part])?;
                parts.push(part);
            } else if are_of(&part, &left)? {
                left = self.lift(left, [&mut part])?;
                parts.push(part);
            } else {
                return Err(not_supported(
                    "A subquery that names columns of both sides of an outer join",
                ));
            }
        }
        let builder = LogicalPlanBuilder::from(left);
        let plan = match parts.into_iter().reduce(Expr::and) {
            Some(condition) => builder.join_on(right, kind, [condition])?,
            None if kind == EngineJoin::Inner => builder.cross_join(right)?,
            None => builder.join_on(right, kind, [lit(true)])?,
        };
        let plan = plan.build()?;
        match above.into_iter().reduce(Expr::and) {
            Some(condition) => self.filtered(plan, condition),
            None => Ok(plan),
        }
    }

    /// The columns of a join that has those of both sides. A shared column is there once, in front.
    fn both_sides(
        &self,
        plan: LogicalPlan,
        [left, right]: [Vec<Column>; 2],
        [left_hidden, right_hidden]: [Vec<Column>; 2],
        kind: EngineJoin,
        mut shared: Vec<SharedColumn>,
    ) -> Result<Planned> {
        let is_outer_left = matches!(kind, EngineJoin::Right | EngineJoin::Full);
        let is_outer_right = matches!(kind, EngineJoin::Left | EngineJoin::Full);
        for (_, a, b) in &mut shared {
            a.nullable |= is_outer_left;
            b.nullable |= is_outer_right;
        }
        let mut planned = Planned {
            plan,
            columns: Vec::new(),
            hidden: [
                nullable_if(is_outer_left, left_hidden),
                nullable_if(is_outer_right, right_hidden),
            ]
            .concat(),
        };
        let mut columns = Vec::with_capacity(left.len() + right.len());
        for (name, a, b) in &shared {
            let column = match kind {
                EngineJoin::Right => {
                    planned.hidden.push(a.clone());
                    b.clone()
                }
                EngineJoin::Full => {
                    planned.hidden.extend([a.clone(), b.clone()]);
                    let both = vec![a.typed(name), b.typed(name)];
                    let mut value = self.call("coalesce", both)?;
                    value.alias = Some(a.name.clone());
                    let (extended, column) = self.extend(planned, &value)?;
                    planned = extended;
                    column
                }
                _ => {
                    planned.hidden.push(b.clone());
                    a.clone()
                }
            };
            columns.push(column);
        }
        let is_shared = |column: &Column| {
            let mut shared = shared.iter();
            shared.any(|(_, a, b)| a.id == column.id || b.id == column.id)
        };
        let rest = nullable_if(is_outer_left, left)
            .into_iter()
            .chain(nullable_if(is_outer_right, right));
        columns.extend(rest.filter(|column| !is_shared(column)));
        planned.columns = columns;
        Ok(planned)
    }
}

fn engine_join(join_type: JoinType) -> EngineJoin {
    match join_type {
        JoinType::Inner | JoinType::Cross => EngineJoin::Inner,
        JoinType::LeftOuter => EngineJoin::Left,
        JoinType::RightOuter => EngineJoin::Right,
        JoinType::FullOuter => EngineJoin::Full,
        JoinType::LeftSemi => EngineJoin::LeftSemi,
        JoinType::LeftAnti => EngineJoin::LeftAnti,
    }
}

fn check_lateral(join: &Join<'_>) -> Result<()> {
    if matches!(
        join.criteria,
        JoinCriteria::Using(_) | JoinCriteria::Natural
    ) {
        return Err(Error::analysis(
            "UNSUPPORTED_FEATURE.LATERAL_JOIN_USING",
            "The feature is not supported: JOIN USING with LATERAL correlation.",
        ));
    }
    let name = match join.join_type {
        JoinType::Inner | JoinType::Cross | JoinType::LeftOuter => return Ok(()),
        JoinType::RightOuter => "RIGHT OUTER",
        JoinType::FullOuter => "FULL OUTER",
        JoinType::LeftSemi => "LEFT SEMI",
        JoinType::LeftAnti => "LEFT ANTI",
    };
    Err(Error::analysis(
        "INVALID_LATERAL_JOIN_TYPE",
        format!(
            "The {name} JOIN with LATERAL correlation is not allowed because an OUTER subquery cannot correlate to its join \
             partner. Remove the LATERAL correlation or use an INNER JOIN, or LEFT OUTER JOIN instead."
        ),
    ))
}

/// The error for a scalar subquery that names outer columns, where it must not.
pub(crate) fn unsupported_value(operator: &str) -> Error {
    Error::analysis(
        "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_SCALAR_SUBQUERY",
        format!(
            "Unsupported subquery expression: Correlated scalar subqueries can only be used in filters, aggregations, \
             projections, and UPDATE/MERGE/DELETE commands: {operator}."
        ),
    )
}

/// Whether a condition and its subqueries name no other columns than those of `plan`.
fn are_of(condition: &Expr, plan: &LogicalPlan) -> Result<bool> {
    let columns = all_columns(plan);
    let mut are_of = true;
    condition.apply(|expr| {
        let query = match expr {
            Expr::Exists(exists) => &exists.subquery,
            Expr::InSubquery(InSubquery { subquery, expr, .. }) => {
                let mut named = expr.column_refs().into_iter();
                are_of &= named.all(|column| columns.contains(&Expr::Column(column.clone())));
                subquery
            }
            _ => return Ok(TreeNodeRecursion::Continue),
        };
        let mut named = outer_columns(&query.subquery).into_iter();
        are_of &= named.all(|column| columns.contains(&Expr::Column(column)));
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(are_of)
}

/// The columns of `USING` and `NATURAL`.
fn shared_columns(join: &Join<'_>, rules: Names) -> Result<Vec<SharedColumn>> {
    let (left, right) = (&join.left, &join.right);
    let names: Vec<String> = match join.criteria {
        JoinCriteria::Using(names) => names.clone(),
        JoinCriteria::Natural => {
            let has = |name: &str| {
                let mut columns = right.columns.iter();
                columns.any(|other| rules.same(&other.name, name))
            };
            let names = left.columns.iter().map(|column| column.name.clone());
            names.filter(|name| has(name)).collect()
        }
        _ => Vec::new(),
    };
    let shared = names.into_iter().map(|name| {
        let a = key_column(left, &name, "left", rules)?;
        let b = key_column(right, &name, "right", rules)?;
        Ok((name, a, b))
    });
    shared.collect()
}

/// The columns of the left side, those that it shares in front.
fn keys_first(columns: Vec<Column>, shared: &[SharedColumn]) -> Vec<Column> {
    let is_shared = |column: &Column| shared.iter().any(|(_, a, _)| a.id == column.id);
    let keys = shared.iter().map(|(_, a, _)| a.clone());
    let rest = columns.iter().filter(|column| !is_shared(column));
    keys.chain(rest.cloned()).collect()
}

fn nullable_if(is_outer: bool, mut columns: Vec<Column>) -> Vec<Column> {
    for column in &mut columns {
        column.nullable |= is_outer;
    }
    columns
}

/// The one column of a side of `USING` of this name.
fn key_column(planned: &Planned, name: &str, side: &str, names: Names) -> Result<Column> {
    let mut found = planned
        .columns
        .iter()
        .filter(|column| names.same(&column.name, name));
    // As in Spark, the first of several.
    match found.next() {
        Some(column) => Ok(column.clone()),
        None => {
            let mut known: Vec<String> = planned
                .columns
                .iter()
                .map(|column| format!("`{}`", column.name))
                .collect();
            known.sort();
            Err(Error::analysis(
                "UNRESOLVED_USING_COLUMN_FOR_JOIN",
                format!(
                    "USING column `{name}` cannot be resolved on the {side} side of the join. The {side}-side columns: [{}].",
                    known.join(", ")
                ),
            ))
        }
    }
}
