//! The expressions of `SELECT`: stars, generators, names.

use functions::Typed;
use sql::{DataType, Expression, ExpressionKind};

use crate::analyser::Analyser;
use crate::error::{Error, Result, not_supported};
use crate::relation::number_of_aliases;
use crate::scope::{Column, Scope};

/// The rows of a generator in `SELECT`.
pub(crate) struct Generated {
    pub array: Typed,
    pub is_outer: bool,
    pub columns: Vec<Column>,
}

impl Analyser {
    /// The expressions of `SELECT`: stars are expanded, and rows of generators get columns.
    pub(crate) fn items(
        &self,
        expressions: &[Expression],
        scope: &mut Scope<'_>,
    ) -> Result<(Vec<Typed>, Vec<Generated>)> {
        let mut items = Vec::with_capacity(expressions.len());
        let mut generated: Vec<Generated> = Vec::new();
        for expression in expressions {
            if let ExpressionKind::UnresolvedStar { target, except } = &expression.kind {
                let star = self.star(target.as_deref(), except, scope);
                items.extend(star.map_err(|error| error.at(Some(&self.place(expression.span))))?);
                continue;
            }
            let (child, names) = match &expression.kind {
                ExpressionKind::Alias { child, names } => (child.as_ref(), names.as_slice()),
                _ => (expression, [].as_slice()),
            };
            if let Some(generator) = self.generator(child, scope)? {
                let mut columns = self.generated_columns(&generator.array, generator.is_outer)?;
                if !names.is_empty() {
                    if names.len() != columns.len() {
                        return Err(number_of_aliases(names.len(), columns.len()));
                    }
                    for (column, name) in columns.iter_mut().zip(names) {
                        column.name.clone_from(name);
                    }
                }
                for column in &columns {
                    let value = column.typed(&column.name);
                    scope.aliases.push((column.name.clone(), value.clone()));
                    items.push(value);
                }
                generated.push(Generated {
                    array: generator.array,
                    is_outer: generator.is_outer,
                    columns,
                });
                continue;
            }
            let mut item = self.resolve(child, scope)?;
            match names {
                [] => {
                    // The cast of a column is called as the column.
                    if let ExpressionKind::Cast { child, .. } = &child.kind
                        && let ExpressionKind::UnresolvedAttribute { parts, .. } = &child.kind
                    {
                        item.alias = parts.last().cloned();
                    }
                }
                [name] => {
                    item.alias = Some(name.clone());
                    scope.aliases.push((name.clone(), item.clone()));
                }
                _ => return Err(not_supported("More than one name for an expression")),
            }
            items.push(item);
        }
        Ok((items, generated))
    }

    /// `*`, `t.*` or `struct.*`, without the names after `EXCEPT`.
    pub(crate) fn star(
        &self,
        target: Option<&[String]>,
        except: &[Vec<String>],
        scope: &Scope<'_>,
    ) -> Result<Vec<Typed>> {
        let columns = scope.star(target);
        let mut values: Vec<Typed> = columns
            .iter()
            .map(|column| column.typed(&column.name))
            .collect();
        if let (true, Some(target)) = (values.is_empty(), target) {
            let expression = Expression {
                kind: ExpressionKind::UnresolvedAttribute {
                    parts: target.to_vec(),
                    plan_id: None,
                },
                span: sql::Span::default(),
            };
            let base = self.resolve(&expression, scope).map_err(|_| {
                let tables: Vec<String> = scope.columns.iter().map(|column| column.name.clone()).collect();
                Error::analysis(
                    "CANNOT_RESOLVE_STAR_EXPAND",
                    format!(
                        "Cannot resolve {}.* given input columns {}. Please check that the specified table or struct exists \
                         and is accessible in the input columns.",
                        crate::error::quoted_name(target),
                        tables.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    ),
                )
            })?;
            let DataType::Struct(fields) = base.data_type.clone() else {
                return Err(Error::analysis(
                    "CANNOT_RESOLVE_STAR_EXPAND",
                    format!(
                        "Cannot resolve {}.*: it is no struct.",
                        crate::error::quoted_name(target)
                    ),
                ));
            };
            for (index, field) in fields.iter().enumerate() {
                // Two fields can have the same name.
                let index = Typed::int(i32::try_from(index).unwrap_or_default());
                let mut value = self.call("__field_at", vec![base.clone(), index])?;
                value.alias = Some(field.name.clone());
                values.push(value);
            }
        }
        for name in except {
            let Some(last) = name.last() else { continue };
            let before = values.len();
            values.retain(|value| !scope.same(value.column_name(), last));
            if values.len() == before {
                return Err(scope.unresolved(name));
            }
        }
        Ok(values)
    }
}
