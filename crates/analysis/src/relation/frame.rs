//! Relations that only DataFrames have, not SQL.

use std::collections::HashSet;

use datafusion_expr::Expr;
use functions::Typed;
use sql::{Expression, ExpressionKind, Literal, Span};

use crate::analyser::Analyser;
use crate::environment::Names;
use crate::error::{Error, Result};
use crate::planned::{Planned, all_columns, id_of};
use crate::scope::{Column, Scope};
use crate::select::block::Block;

impl Analyser {
    /// All columns, with `columns` in the places of those that are called so, else at the end (`DataFrame.withColumns`).
    pub(crate) fn with_columns(
        &self,
        input: Planned,
        columns: &[(String, Expression)],
        block: &Block<'_>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let names = block.environment.names;
        let mut expressions = vec![Expression::new(
            ExpressionKind::UnresolvedStar {
                target: None,
                except: Vec::new(),
            },
            Span::default(),
        )];
        for (index, (name, value)) in columns.iter().enumerate() {
            let is_known = |(other, _): &(String, Expression)| names.same(other, name);
            if columns[..index].iter().any(is_known) {
                return Err(Error::analysis(
                    "COLUMN_ALREADY_EXISTS",
                    format!(
                        "The column `{}` already exists. Choose another name or rename the existing column.",
                        name.to_lowercase()
                    ),
                ));
            }
            let kind = ExpressionKind::Alias {
                child: Box::new(value.clone()),
                names: vec![name.clone()],
            };
            expressions.push(Expression::new(kind, value.span));
        }
        let before = input.columns.len();
        let mut planned = self.select(block, input, &expressions, None, outer)?;
        let new = planned.columns.split_off(before);
        let mut all = planned.columns;
        for column in new {
            let mut is_replaced = false;
            for old in &mut all[..before] {
                if names.same(&old.name, &column.name) {
                    *old = column.clone();
                    is_replaced = true;
                }
            }
            if !is_replaced {
                all.push(column);
            }
        }
        let values: Vec<Typed> = all.iter().map(Column::as_item).collect();
        Ok(self
            .project(planned.plan, &values)?
            .qualified_as(&all, names))
    }

    /// `right` with other numbers for its columns, if `left` has one of them too.
    pub(crate) fn apart(&self, left: &Planned, right: Planned) -> Result<Planned> {
        let known: HashSet<&str> = names(left).collect();
        if !names(&right).any(|name| known.contains(name)) {
            return Ok(right);
        }
        let renumber = |column: &Column| Column {
            id: self.next_id(),
            origin: Some(column.origin.unwrap_or(column.id)),
            ..column.clone()
        };
        let columns: Vec<Column> = right.columns.iter().map(renumber).collect();
        let hidden: Vec<Column> = right.hidden.iter().map(renumber).collect();
        let before = right.columns.iter().chain(&right.hidden);
        let exprs: Vec<Expr> = before
            .zip(columns.iter().chain(&hidden))
            .map(|(old, new)| old.expr().alias(new.engine_name()))
            .collect();
        let right = right.map(|plan| plan.project(exprs))?;
        Ok(Planned {
            columns,
            hidden,
            ..right
        })
    }
}

impl Planned {
    /// The column of this relation that is called by `parts`, or a field of it, for use in relations made of this one.
    ///
    /// # Errors
    /// `UNRESOLVED_COLUMN` or `AMBIGUOUS_REFERENCE`.
    pub fn reference(&self, parts: &[String]) -> Result<Expression> {
        let scope = Scope {
            hidden: self.hidden.clone(),
            ..Scope::of(&self.columns)
        };
        let found = scope.find(parts)?;
        let Some((id, used)) = found.and_then(|(typed, used)| Some((id_of(&typed.expr)?, used)))
        else {
            return Err(scope.unresolved(parts));
        };
        let reference = |kind| Expression::new(kind, Span::default());
        let column = reference(ExpressionKind::AttributeReference {
            name: parts[used - 1].clone(),
            id,
        });
        let fields = parts[used..].iter();
        Ok(fields.fold(column, |base, field| {
            let name = ExpressionKind::Literal(Literal::String(field.clone()));
            reference(ExpressionKind::UnresolvedExtractValue {
                base: Box::new(base),
                extraction: Box::new(reference(name)),
            })
        }))
    }
}

/// The names of a plan's columns in DataFusion.
fn names(planned: &Planned) -> impl Iterator<Item = &str> {
    let fields = planned.plan.schema().fields().iter();
    fields.map(|field| field.name().as_str())
}

/// The relation with other names for columns (`DataFrame.withColumnsRenamed`).
pub(crate) fn renamed(planned: Planned, renames: &[(String, String)], rules: Names) -> Planned {
    let mut planned = planned;
    for column in &mut planned.columns {
        for (old, new) in renames {
            if rules.same(&column.name, old) {
                column.name.clone_from(new);
                column.qualifier.clear();
            }
        }
    }
    planned
}

/// The relation without the columns that are called so (`DataFrame.drop`).
pub(crate) fn without(planned: Planned, names: &[String], rules: Names) -> Result<Planned> {
    let mut planned = planned;
    let is_dropped = |column: &Column| {
        let mut names = names.iter();
        names.any(|name| rules.same(name, &column.name))
    };
    planned.columns.retain(|column| !is_dropped(column));
    planned.visible()
}

/// One of the rows that are equal in the columns called so, or in all (`DataFrame.dropDuplicates`).
pub(crate) fn deduplicated(planned: Planned, names: &[String], rules: Names) -> Result<Planned> {
    let planned = planned.visible()?;
    if names.is_empty() {
        return planned.map(|plan| plan.distinct());
    }
    let mut keys = Vec::with_capacity(names.len());
    for name in names {
        let before = keys.len();
        let found = planned.columns.iter();
        let found = found.filter(|column| rules.same(&column.name, name));
        keys.extend(found.map(Column::expr));
        if keys.len() == before {
            let known: Vec<&str> = planned
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            return Err(Error::analysis(
                "UNRESOLVED_COLUMN_AMONG_FIELD_NAMES",
                format!(
                    "Cannot resolve column name \"{name}\" among ({}).",
                    known.join(", ")
                ),
            ));
        }
    }
    let all = all_columns(&planned.plan);
    planned.map(|plan| plan.distinct_on(keys, all, None))
}
