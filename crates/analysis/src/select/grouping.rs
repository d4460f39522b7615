//! The keys of `GROUP BY`, and their sets: `ROLLUP`, `CUBE`, `GROUPING SETS`.

use std::collections::HashMap;

use datafusion_expr::Expr;
use functions::Typed;
use sql::{Argument, ArgumentValue, Expression, ExpressionKind, GroupingKind, Literal};

use crate::analyser::Analyser;
use crate::error::{Error, Result};
use crate::expression::canonical::canonical;
use crate::expression::has_aggregate;
use crate::relation::set_operation::has_map;
use crate::scope::Scope;
use crate::select::aggregation::{KeySets, outer_reference};
use crate::select::lateral::check_group_key;

/// The most sets of `CUBE`, `ROLLUP` and `GROUPING SETS`.
const SETS_MAX: usize = 4096;

/// The keys of a `GROUP BY`.
#[derive(Default)]
pub(crate) struct Grouped {
    /// The keys, each once.
    pub keys: Vec<Typed>,
    /// The sets of them.
    pub sets: KeySets,
    /// The expressions as they are listed; none where `ROLLUP (..)` and the like stand among them.
    pub listed: Vec<Typed>,
}

/// Keys, each once.
#[derive(Default)]
struct Keys {
    keys: Vec<Typed>,
    /// The index of the key of each form.
    by_form: HashMap<Expr, usize>,
}

impl Keys {
    /// The index of a key, which is added if it is new.
    fn add(&mut self, key: Typed) -> usize {
        let next = self.keys.len();
        let index = *self.by_form.entry(canonical(&key.expr)).or_insert(next);
        if index == next {
            self.keys.push(key);
        }
        index
    }

    /// The indices of keys, of which new ones are added.
    fn add_all(&mut self, keys: &[Typed]) -> Vec<usize> {
        keys.iter().map(|key| self.add(key.clone())).collect()
    }
}

/// Resolves the expressions of a set, adds new keys, and gives the indices of the keys.
type PlainSet<'a> = dyn Fn(&mut Keys, &[Expression]) -> Result<Vec<usize>> + 'a;

impl Analyser {
    /// The keys of `GROUP BY`, and the sets of them. `items` are the expressions of `SELECT`.
    pub(crate) fn grouping(
        &self,
        grouping: &[Expression],
        kind: &GroupingKind,
        items: &[Typed],
        scope: &Scope<'_>,
    ) -> Result<Grouped> {
        let mut keys = Keys::default();
        if *kind == GroupingKind::All {
            for item in items {
                if !has_aggregate(&item.expr) && !item.is_foldable() {
                    check_group_key(item)?;
                    keys.add(item.clone());
                }
            }
            return Ok(Grouped {
                keys: keys.keys,
                ..Grouped::default()
            });
        }
        let resolve = |set: &[Expression]| -> Result<Vec<Typed>> {
            let keys = set.iter().map(|key| self.group_key(key, items, scope));
            keys.collect()
        };
        let is_analytics = |expression: &Expression| analytics(expression).is_some();
        let has_sets = *kind != GroupingKind::GroupBy || grouping.iter().any(is_analytics);
        if !has_sets {
            let listed = resolve(grouping)?;
            keys.add_all(&listed);
            return Ok(Grouped {
                keys: keys.keys,
                sets: None,
                listed,
            });
        }
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        let plain = |keys: &mut Keys, set: &[Expression]| -> Result<Vec<usize>> {
            Ok(keys.add_all(&resolve(set)?))
        };
        let mut listed = Vec::new();
        if *kind != GroupingKind::GroupBy {
            listed = resolve(grouping)?;
        }
        let indices = keys.add_all(&listed);
        match kind {
            GroupingKind::Rollup => sets = rollup(&one_by_one(indices))?,
            GroupingKind::Cube => sets = cube(&one_by_one(indices))?,
            GroupingKind::GroupingSets(of_sets) => {
                check_sets(of_sets.len())?;
                sets = of_sets
                    .iter()
                    .map(|set| plain(&mut keys, set))
                    .collect::<Result<_>>()?;
            }
            _ => {
                for expression in grouping {
                    let more = match analytics(expression) {
                        Some(_) => self.element_sets(expression, &mut keys, &plain)?,
                        None => vec![plain(&mut keys, std::slice::from_ref(expression))?],
                    };
                    sets = crossed(&sets, &more)?;
                }
            }
        }
        for set in &mut sets {
            let mut seen = Vec::with_capacity(set.len());
            set.retain(|index| {
                let is_new = !seen.contains(index);
                seen.push(*index);
                is_new
            });
        }
        Ok(Grouped {
            keys: keys.keys,
            sets: Some(sets),
            listed,
        })
    }

    /// The sets of `ROLLUP (..)`, `CUBE (..)` or `GROUPING SETS (..)`.
    fn element_sets(
        &self,
        expression: &Expression,
        keys: &mut Keys,
        plain: &PlainSet<'_>,
    ) -> Result<Vec<Vec<usize>>> {
        let Some((name, arguments)) = analytics(expression) else {
            return Err(Error::internal("no grouping sets"));
        };
        let mut parts = Vec::with_capacity(arguments.len());
        let mut nested = Vec::new();
        for argument in arguments {
            if analytics(argument).is_some() {
                nested.extend(self.element_sets(argument, keys, plain)?);
            } else {
                let set = plain(keys, &set_of(argument))?;
                nested.push(set.clone());
                parts.push(set);
            }
        }
        match name {
            "rollup" => rollup(&parts),
            "cube" => cube(&parts),
            _ => Ok(nested),
        }
    }

    /// A key: a place in `SELECT`, an expression over the input, or an alias of `SELECT`.
    pub(crate) fn group_key(
        &self,
        expression: &Expression,
        items: &[Typed],
        scope: &Scope<'_>,
    ) -> Result<Typed> {
        let place = self.place(expression.span);
        let (child, alias) = match &expression.kind {
            ExpressionKind::Alias { child, names } => (child.as_ref(), names.first()),
            _ => (expression, None),
        };
        if let ExpressionKind::Literal(Literal::Integer(position)) = &expression.kind
            && self.rules.group_by_ordinal
        {
            let item = usize::try_from(*position)
                .ok()
                .and_then(|at| at.checked_sub(1))
                .and_then(|at| items.get(at));
            let Some(item) = item else {
                let error = Error::analysis(
                    "GROUP_BY_POS_OUT_OF_RANGE",
                    format!(
                        "GROUP BY position {position} is not in select list (valid range is [1, {}]).",
                        items.len()
                    ),
                );
                return Err(error.at(Some(&place)));
            };
            if has_aggregate(&item.expr) {
                let error = Error::analysis(
                    "GROUP_BY_POS_AGGREGATE",
                    format!(
                        "GROUP BY {position} refers to an expression {} that contains an aggregate function. Aggregate \
                         functions are not allowed in GROUP BY.",
                        item.name
                    ),
                );
                return Err(error.at(Some(&place)));
            }
            check_group_key(item)?;
            return Ok(item.clone());
        }
        let mut key = self.resolve(child, scope)?;
        check_group_key(&key)?;
        if has_aggregate(&key.expr) {
            let error = Error::analysis(
                "GROUP_BY_AGGREGATE",
                format!(
                    "Aggregate functions are not allowed in GROUP BY, but found {}.",
                    key.name
                ),
            );
            return Err(error.at(Some(&place)));
        }
        if !values::types::is_orderable(&key.data_type) && !has_map(&key.data_type) {
            let error = Error::analysis(
                "GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE",
                format!(
                    "The expression \"{}\" cannot be used as a grouping expression because its data type \"{}\" is not an \
                     orderable data type.",
                    key.name,
                    key.data_type.sql()
                ),
            );
            return Err(error.at(Some(&place)));
        }
        if key.expr.contains_outer() {
            return Err(outer_reference(&key.name).at(Some(&place)));
        }
        if let Some(alias) = alias {
            key.alias = Some(alias.clone());
        }
        Ok(key)
    }
}

/// The name and the arguments of a call of `rollup`, `cube` or `grouping sets`.
fn analytics(expression: &Expression) -> Option<(&str, Vec<&Expression>)> {
    let ExpressionKind::UnresolvedFunction(call) = &expression.kind else {
        return None;
    };
    let [name] = call.name.as_slice() else {
        return None;
    };
    if !matches!(name.as_str(), "rollup" | "cube" | "grouping sets") {
        return None;
    }
    let arguments = call.arguments.iter().filter_map(expression_of);
    Some((name, arguments.collect()))
}

fn expression_of(argument: &Argument) -> Option<&Expression> {
    match &argument.value {
        ArgumentValue::Expression(expression) => Some(expression),
        ArgumentValue::Table { .. } => None,
    }
}

/// The expressions of a set, which is written as a call of `struct`.
fn set_of(expression: &Expression) -> Vec<Expression> {
    match &expression.kind {
        ExpressionKind::UnresolvedFunction(call) if call.name == ["struct"] => call
            .arguments
            .iter()
            .filter_map(expression_of)
            .cloned()
            .collect(),
        _ => vec![expression.clone()],
    }
}

fn one_by_one(indices: Vec<usize>) -> Vec<Vec<usize>> {
    indices.into_iter().map(|index| vec![index]).collect()
}

/// All beginnings, the longest first.
fn rollup(parts: &[Vec<usize>]) -> Result<Vec<Vec<usize>>> {
    check_sets(parts.len() + 1)?;
    let beginnings = (0..=parts.len()).rev();
    Ok(beginnings.map(|count| parts[..count].concat()).collect())
}

/// All subsets, the largest first.
fn cube(parts: &[Vec<usize>]) -> Result<Vec<Vec<usize>>> {
    let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
    for part in parts {
        sets = crossed(&sets, &[part.clone(), Vec::new()])?;
    }
    Ok(sets)
}

fn check_sets(count: usize) -> Result<()> {
    match count > SETS_MAX {
        true => Err(Error::analysis(
            "GROUPING_SIZE_LIMIT_EXCEEDED",
            format!("Grouping sets size cannot be greater than {SETS_MAX}."),
        )),
        false => Ok(()),
    }
}

/// Every set of one with every set of the other.
fn crossed(a: &[Vec<usize>], b: &[Vec<usize>]) -> Result<Vec<Vec<usize>>> {
    check_sets(a.len() * b.len())?;
    let pairs = a
        .iter()
        .flat_map(|a| b.iter().map(move |b| [a.as_slice(), b.as_slice()].concat()));
    Ok(pairs.collect())
}
