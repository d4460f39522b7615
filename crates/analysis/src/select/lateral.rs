//! Lateral column aliases: items of a `SELECT` that items after them name (Spark: `ResolveLateralColumnAliasReference`).
//!
//! A column of its own kind (`@12 name`) stands for such an item wherever it is named. Its value is computed once, in a
//! projection below the items that name it.

use std::collections::{HashMap, HashSet};

use datafusion_common::Column as EngineColumn;
use datafusion_common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion_expr::Expr;
use functions::Typed;

use crate::analyser::Analyser;
use crate::error::{Error, Result};

/// An item of `SELECT` that can be named, and the column that stands for it.
#[derive(Clone, Debug)]
pub(crate) struct Lateral {
    /// The place of the item in the list.
    pub item: usize,
    pub column: EngineColumn,
}

impl Lateral {
    /// What a name of the item resolves to.
    pub(crate) fn reference(&self, item: &Typed) -> Typed {
        Typed {
            expr: Expr::Column(self.column.clone()),
            ..item.clone()
        }
    }
}

impl Analyser {
    /// What an item can be named by.
    pub(crate) fn lateral(&self, item: usize, value: &Typed) -> Lateral {
        let name = format!("@{} {}", self.next_id(), value.column_name());
        Lateral {
            item,
            column: EngineColumn::new_unqualified(name),
        }
    }
}

/// Whether a column stands for an alias.
pub(crate) fn is_lateral(column: &EngineColumn) -> bool {
    column.relation.is_none() && column.name.starts_with('@')
}

/// The aliases that an expression names.
pub(crate) fn laterals_of(expr: &Expr) -> HashSet<String> {
    let mut named = laterals_in_subqueries(expr);
    // The closure does not fail.
    let _ = expr.apply(|expr| {
        named.extend(lateral_name(expr));
        Ok(TreeNodeRecursion::Continue)
    });
    named
}

/// The aliases that the subqueries of an expression name.
pub(crate) fn laterals_in_subqueries(expr: &Expr) -> HashSet<String> {
    let mut named = HashSet::new();
    // The closure does not fail.
    let _ = expr.apply(|expr| {
        let outer = match expr {
            Expr::ScalarSubquery(query) => query.outer_ref_columns.as_slice(),
            Expr::Exists(exists) => &exists.subquery.outer_ref_columns,
            Expr::InSubquery(membership) => &membership.subquery.outer_ref_columns,
            _ => &[],
        };
        named.extend(outer.iter().filter_map(lateral_name));
        Ok(TreeNodeRecursion::Continue)
    });
    named
}

/// The name of a column that stands for an alias.
fn lateral_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Column(column) | Expr::OuterReferenceColumn(_, column) if is_lateral(column) => {
            Some(column.name.clone())
        }
        _ => None,
    }
}

/// The alias that an expression names; of several, the one that was made first.
fn alias_in(expr: &Expr) -> Option<String> {
    let named = laterals_of(expr);
    let number = |name: &&String| name[1..].split(' ').next().map(str::parse::<usize>);
    let first = named
        .iter()
        .min_by_key(|name| number(name).and_then(std::result::Result::ok))?;
    Some(shown(first).to_owned())
}

/// The alias that a column stands for, by the name of the column.
fn shown(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(_, alias)| alias)
}

/// Replaces columns that stand for aliases by these values.
pub(crate) fn with_values(expr: Expr, values: &HashMap<String, Expr>) -> Result<Expr> {
    if values.is_empty() {
        return Ok(expr);
    }
    let replaced = expr.transform_up(|expr| {
        let value = match &expr {
            Expr::Column(column) if is_lateral(column) => values.get(&column.name),
            _ => None,
        };
        Ok(match value {
            Some(value) => Transformed::yes(value.clone()),
            None => Transformed::no(expr),
        })
    });
    Ok(replaced?.data)
}

/// Refuses an alias in a key of `GROUP BY`.
pub(crate) fn check_group_key(key: &Typed) -> Result<()> {
    match alias_in(&key.expr) {
        None => Ok(()),
        Some(_) => Err(unsupported(
            "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_GROUP_BY",
            "a lateral column alias via GROUP BY alias/ALL is not supported yet",
        )),
    }
}

/// Refuses an alias in an aggregate function.
pub(crate) fn check_aggregate(aggregate: &Expr, shown: &str) -> Result<()> {
    match alias_in(aggregate) {
        None => Ok(()),
        Some(name) => Err(unsupported(
            "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_FUNC",
            &format!("a lateral column alias `{name}` in the aggregate function \"{shown}\""),
        )),
    }
}

/// Refuses an alias in a window function.
pub(crate) fn check_window(window: &Typed) -> Result<()> {
    match alias_in(&window.expr) {
        None => Ok(()),
        Some(name) => Err(unsupported(
            "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_WINDOW",
            &format!(
                "a lateral column alias `{name}` in window expression \"{}\"",
                window.name
            ),
        )),
    }
}

/// Refuses an alias in an aggregation that has windows and `HAVING`. These are the items, and what they can name.
pub(crate) fn check_window_and_having(items: &[Typed], laterals: &[Lateral]) -> Result<()> {
    let items = items.iter();
    let named: HashSet<String> = items.flat_map(|item| laterals_of(&item.expr)).collect();
    let mut laterals = laterals.iter();
    match laterals.find(|lateral| named.contains(&lateral.column.name)) {
        None => Ok(()),
        Some(lateral) => Err(unsupported(
            "UNSUPPORTED_FEATURE.LATERAL_COLUMN_ALIAS_IN_AGGREGATE_WITH_WINDOW_AND_HAVING",
            &format!(
                "lateral column alias `{}` in the aggregate query both with window expressions and with having clause. Please \
                 rewrite the aggregate query by removing the having clause or removing lateral alias reference in the SELECT \
                 list",
                shown(&lateral.column.name)
            ),
        )),
    }
}

fn unsupported(condition: &'static str, what: &str) -> Error {
    let message = format!("The feature is not supported: Referencing {what}.");
    Error::analysis(condition, message)
}
