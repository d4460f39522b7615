//! The expressions of `SELECT`: stars, generators, names.

use std::collections::HashMap;

use datafusion_common::Column as EngineColumn;
use datafusion_expr::Expr;
use functions::Typed;
use sql::{DataType, Expression, ExpressionKind, StructField};

use crate::analyser::Analyser;
use crate::error::{Error, Result, not_supported};
use crate::expression::not_extractable;
use crate::relation::number_of_aliases;
use crate::scope::{Column, Scope};
use crate::select::lateral::Lateral;

/// The rows of a generator in `SELECT`.
pub(crate) struct Generated {
    pub array: Typed,
    pub is_outer: bool,
    pub columns: Vec<Column>,
}

/// The expressions of a `SELECT`, resolved.
pub(crate) struct SelectList {
    pub items: Vec<Typed>,
    pub generated: Vec<Generated>,
    /// The items that others may name.
    pub laterals: Vec<Lateral>,
}

impl SelectList {
    /// The names that `GROUP BY` can use, and the values of their items.
    pub(crate) fn aliases(&self, scope: &Scope<'_>) -> Vec<(String, Typed)> {
        let laterals = self.laterals.iter();
        let items: HashMap<&EngineColumn, usize> = laterals
            .map(|lateral| (&lateral.column, lateral.item))
            .collect();
        let known = scope.aliases.iter().map(|(name, named)| {
            let item = match &named.expr {
                Expr::Column(column) => items.get(column),
                _ => None,
            };
            let value = item.map_or(named, |item| &self.items[*item]);
            (name.clone(), value.clone())
        });
        known.collect()
    }

    /// Adds the items by their names to `scope`, as `HAVING`, `QUALIFY` and `ORDER BY` see them, and queries within these.
    /// One that gives another value each time is computed once.
    pub(crate) fn name_outputs(&mut self, scope: &mut Scope<'_>, analyser: &Analyser) {
        let (mut outputs, mut within) = (Vec::new(), Vec::new());
        for (at, item) in self.items.iter().enumerate() {
            let known = self.laterals.iter().find(|lateral| lateral.item == at);
            let lateral = match known {
                Some(lateral) => lateral.clone(),
                None => {
                    let lateral = analyser.lateral(at, item);
                    self.laterals.push(lateral.clone());
                    lateral
                }
            };
            let name = item.column_name();
            let reference = lateral.reference(item);
            let value = match item.expr.is_volatile() {
                true => &reference,
                false => item,
            };
            outputs.push((name.to_owned(), value.clone()));
            let value = match &item.expr {
                Expr::Column(_) | Expr::Literal(..) => item,
                _ => &reference,
            };
            within.push((name.to_owned(), value.clone()));
        }
        scope.aliases = outputs;
        scope.aliases_within = Some(within);
    }
}

impl Analyser {
    /// The expressions of `SELECT`: stars are expanded, and rows of generators get columns.
    pub(crate) fn items(
        &self,
        expressions: &[Expression],
        scope: &mut Scope<'_>,
    ) -> Result<SelectList> {
        let mut items = Vec::with_capacity(expressions.len());
        let mut generated: Vec<Generated> = Vec::new();
        let mut laterals = Vec::new();
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
                    let item = column.as_item();
                    // It is a column for the items after it, not an alias.
                    let value = Typed {
                        alias: None,
                        ..item.clone()
                    };
                    scope.aliases.push((column.name.clone(), value));
                    items.push(item);
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
                    let lateral = self.lateral(items.len(), &item);
                    scope.aliases.push((name.clone(), lateral.reference(&item)));
                    laterals.push(lateral);
                }
                _ => return Err(not_supported("More than one name for an expression")),
            }
            items.push(item);
        }
        Ok(SelectList {
            items,
            generated,
            laterals,
        })
    }

    /// `*`, `t.*` or `struct.*`, without the names after `EXCEPT`.
    pub(crate) fn star(
        &self,
        target: Option<&[String]>,
        except: &[Vec<String>],
        scope: &Scope<'_>,
    ) -> Result<Vec<Typed>> {
        let columns = scope.star(target);
        if let (true, Some(target)) = (columns.is_empty(), target) {
            return self.struct_star(target, except, scope);
        }
        let values = columns.iter().map(Column::as_item).collect();
        let starred = Scope {
            environment: scope.environment.clone(),
            ..Scope::of(&columns)
        };
        let mut excluded = Vec::with_capacity(except.len());
        for name in except {
            let Some((column, used)) = starred.find(name)? else {
                return Err(starred.unresolved(name));
            };
            let at = columns.iter().position(|known| known.expr() == column.expr);
            excluded.push((at.unwrap_or_default(), name[used..].to_vec()));
        }
        self.without(values, except, excluded, scope)
    }

    /// `struct.*`: the fields.
    fn struct_star(
        &self,
        target: &[String],
        except: &[Vec<String>],
        scope: &Scope<'_>,
    ) -> Result<Vec<Typed>> {
        let expression = Expression {
            kind: ExpressionKind::UnresolvedAttribute {
                parts: target.to_vec(),
                plan_id: None,
            },
            span: sql::Span::default(),
        };
        let base = self.resolve(&expression, scope).map_err(|_| {
            let mut names: Vec<String> = scope.columns.iter().map(|column| format!("`{}`", column.name)).collect();
            names.sort();
            Error::analysis(
                "CANNOT_RESOLVE_STAR_EXPAND",
                format!(
                    "Cannot resolve {}.* given input columns {}. Please check that the specified table or struct exists and is \
                     accessible in the input columns.",
                    crate::error::quoted_name(target),
                    names.join(", ")
                ),
            )
        })?;
        let DataType::Struct(fields) = &base.data_type else {
            return Err(Error::analysis(
                "_LEGACY_ERROR_TEMP_1050",
                format!(
                    "Can only star expand struct data types. Attribute: `List({})`.",
                    target.join(", ")
                ),
            ));
        };
        let values = self.fields_of(&base, fields)?;
        let mut excluded = Vec::with_capacity(except.len());
        for name in except {
            let is_named = |value: &Typed| scope.same(value.column_name(), &name[0]);
            let Some(at) = values.iter().position(is_named) else {
                return Err(scope.unresolved(name));
            };
            excluded.push((at, name[1..].to_vec()));
        }
        self.without(values, except, excluded, scope)
    }

    /// All fields of a struct. Two of them can have the same name.
    fn fields_of(&self, base: &Typed, fields: &[StructField]) -> Result<Vec<Typed>> {
        let mut values = Vec::with_capacity(fields.len());
        for (index, field) in fields.iter().enumerate() {
            let index = Typed::int(i32::try_from(index).unwrap_or_default());
            let mut value = self.call("__field_at", vec![base.clone(), index])?;
            value.alias = Some(field.name.clone());
            values.push(value);
        }
        Ok(values)
    }

    /// The values without those that `EXCEPT` names: by their place, or a field of the value there.
    fn without(
        &self,
        values: Vec<Typed>,
        except: &[Vec<String>],
        excluded: Vec<(usize, Vec<String>)>,
        scope: &Scope<'_>,
    ) -> Result<Vec<Typed>> {
        let same = |a: &[String], b: &[String]| a.iter().zip(b).all(|(a, b)| scope.same(a, b));
        for (index, (at, path)) in excluded.iter().enumerate() {
            // One of two overlapping names is the beginning of the other.
            let mut others = excluded[..index].iter();
            if others.any(|(other, names)| other == at && same(names, path)) {
                let names: Vec<String> = except.iter().map(|name| name.join(".")).collect();
                return Err(Error::analysis(
                    "EXCEPT_OVERLAPPING_COLUMNS",
                    format!(
                        "Columns in an EXCEPT list must be distinct and non-overlapping, but got ({}).",
                        names.join(", ")
                    ),
                ));
            }
        }
        let mut kept = Vec::with_capacity(values.len());
        for (at, value) in values.into_iter().enumerate() {
            let of_value = excluded.iter().filter(|(excluded, _)| *excluded == at);
            let paths: Vec<&[String]> = of_value.map(|(_, path)| path.as_slice()).collect();
            match paths.as_slice() {
                [] => kept.push(value),
                [[]] => {}
                paths => kept.push(self.without_fields(value, paths, scope)?),
            }
        }
        Ok(kept)
    }

    /// A struct without some fields. As in Spark, it is not NULL where the struct is.
    fn without_fields(&self, base: Typed, paths: &[&[String]], scope: &Scope<'_>) -> Result<Typed> {
        let fields = match &base.data_type {
            DataType::Struct(fields) => fields,
            DataType::Map(_, value) => {
                return Err(Error::analysis(
                    "EXCEPT_NESTED_COLUMN_INVALID_TYPE",
                    format!(
                        "EXCEPT column {}['{}'] was resolved and expected to be StructType, but found type {}.",
                        base.name,
                        paths[0].join("."),
                        value.sql()
                    ),
                ));
            }
            _ => return Err(not_extractable(&base, &paths[0][0])),
        };
        for path in paths {
            if !fields.iter().any(|field| scope.same(&field.name, &path[0])) {
                let known: Vec<String> = fields
                    .iter()
                    .map(|field| format!("`{}`", field.name))
                    .collect();
                return Err(Error::analysis(
                    "FIELD_NOT_FOUND",
                    format!(
                        "No such struct field `{}` in {}.",
                        path[0],
                        known.join(", ")
                    ),
                ));
            }
        }
        let mut arguments = Vec::new();
        for value in self.fields_of(&base, fields)? {
            let name = value.column_name().to_owned();
            let of_field = paths.iter().filter(|path| scope.same(&path[0], &name));
            let inner: Vec<&[String]> = of_field.map(|path| &path[1..]).collect();
            let value = match inner.as_slice() {
                [] => value,
                [[]] => continue,
                inner => self.without_fields(value, inner, scope)?,
            };
            arguments.extend([Typed::string(&name), value]);
        }
        let mut rest = self.call("named_struct", arguments)?;
        rest.alias = Some(base.column_name().to_owned());
        Ok(rest)
    }
}
