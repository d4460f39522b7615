//! The columns that an expression can name.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef};
use datafusion_common::Column as EngineColumn;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_expr::Expr;
use functions::{Result, Typed};
use sql::DataType;
use values::types::to_arrow;

use crate::environment::Environment;
use crate::error::{
    ambiguous, ambiguous_dataframes, dotted_name, missing_attribute, unresolved_column,
};
use crate::subquery::Unknown;

/// A column of a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its number, which no other column of the session has; a column that is only passed on keeps it.
    pub id: usize,
    /// The number it had before a join with itself.
    pub origin: Option<usize>,
    /// The name.
    pub name: String,
    /// The names of the table it comes from, outermost first; empty for a computed column.
    pub qualifier: Vec<String>,
    /// The type.
    pub data_type: DataType,
    /// Whether it can be NULL.
    pub nullable: bool,
}

impl Column {
    /// The name of the column in DataFusion's plan.
    pub fn engine_name(&self) -> String {
        engine_name(self.id)
    }

    /// The column as an expression.
    pub(crate) fn expr(&self) -> Expr {
        Expr::Column(EngineColumn::new_unqualified(self.engine_name()))
    }

    /// The column as a typed expression that is called `name`.
    pub(crate) fn typed(&self, name: &str) -> Typed {
        let mut typed = Typed::new(self.expr(), self.data_type.clone(), self.nullable, name);
        typed.alias = Some(name.to_owned());
        typed
    }

    /// The column under its own name.
    pub(crate) fn as_item(&self) -> Typed {
        self.typed(&self.name)
    }

    fn full_name(&self) -> String {
        let mut parts = self.qualifier.clone();
        parts.push(self.name.clone());
        parts
            .iter()
            .map(|part| format!("`{part}`"))
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// The name in DataFusion's plan of the column with a number.
pub(crate) fn engine_name(id: usize) -> String {
    format!("#{id}")
}

/// What an expression can name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope<'a> {
    /// The columns of the input.
    pub columns: Vec<Column>,
    /// Columns that can be named with their table only: the hidden side of `USING`.
    pub hidden: Vec<Column>,
    /// The numbers of the columns in the order of their tables.
    pub order: Vec<usize>,
    /// The query that this one stands in.
    pub outer: Option<&'a Scope<'a>>,
    /// Columns of the same `SELECT` that were named before: lateral column aliases; or all columns of a `SELECT` for its
    /// `HAVING`, `QUALIFY` and `ORDER BY`.
    pub aliases: Vec<(String, Typed)>,
    /// What `aliases` are for a query within, if something else: columns that stand for the items.
    pub aliases_within: Option<Vec<(String, Typed)>>,
    /// Whether `aliases` come before the columns of the input.
    pub prefers_aliases: bool,
    /// The SQL function whose body this is: `f.x` names its parameter `x`.
    pub routine: Option<String>,
    /// The tables and windows that can be named.
    pub environment: Environment,
    /// What `IN (query)` is where it is unknown.
    pub unknown: Unknown,
}

/// A column, and how many parts of the name it is called by; none if the name stands for nothing.
pub(crate) type Found = Option<(Typed, usize)>;

impl<'a> Scope<'a> {
    /// A scope of these columns.
    pub(crate) fn of(columns: &[Column]) -> Scope<'a> {
        Scope {
            columns: columns.to_vec(),
            ..Scope::default()
        }
    }

    /// The scope in which columns of the input come before aliases.
    pub(crate) fn of_input(&self) -> Scope<'a> {
        Scope {
            prefers_aliases: false,
            ..self.clone()
        }
    }

    /// The scope of a condition.
    pub(crate) fn of_condition(&self) -> Scope<'a> {
        Scope {
            unknown: Unknown::Null,
            ..self.clone()
        }
    }

    /// The columns of `t.*`, or of `*`.
    pub(crate) fn star(&self, target: Option<&[String]>) -> Vec<Column> {
        let all = self.columns.iter();
        match target {
            None => all.cloned().collect(),
            Some(target) => {
                let of_table = |column: &&Column| self.is_qualifier(&column.qualifier, target);
                let mut columns: Vec<Column> = all.filter(of_table).cloned().collect();
                let hidden = self.hidden.iter().filter(of_table);
                let shown = columns.len();
                columns.extend(hidden.cloned());
                if columns.len() > shown {
                    // A key of `USING` stands where the table has it.
                    columns.sort_by_key(|column| self.order.iter().position(|id| *id == column.id));
                    columns.dedup_by_key(|column| column.id);
                }
                columns
            }
        }
    }

    /// What `parts` stand for: a column of this query, a lateral alias, or a column of a query around it.
    ///
    /// # Errors
    /// `AMBIGUOUS_REFERENCE`.
    pub(crate) fn find(&self, parts: &[String]) -> Result<Found> {
        let here = self.find_here(parts)?;
        if here.is_some() {
            return Ok(here);
        }
        let Some(outer) = self.outer else {
            return Ok(None);
        };
        // As in Spark, the query around that one is out of reach.
        let found = match (&outer.aliases_within, outer.prefers_aliases) {
            (Some(aliases), _) => {
                let within = Scope {
                    aliases: aliases.clone(),
                    ..outer.clone()
                };
                within.find_here(parts)?
            }
            (None, true) => outer.find_here(parts)?,
            // A lateral alias is known in its own `SELECT` only.
            (None, false) => outer.find_own(parts)?,
        };
        let Some((found, used)) = found else {
            return Ok(None);
        };
        Ok(Some((outer.as_outer(found)?, used)))
    }

    /// What `parts` stand for in this query itself.
    fn find_here(&self, parts: &[String]) -> Result<Found> {
        if self.prefers_aliases {
            let found = self.find_alias(parts);
            if !matches!(found, Ok(None)) {
                // Where several items have the name, the column of the input is meant.
                return found.or_else(|ambiguous| match self.find_own(parts)? {
                    None => Err(ambiguous),
                    own => Ok(own),
                });
            }
        }
        let own = self.find_own(parts)?;
        if own.is_some() {
            return Ok(own);
        }
        self.find_alias(parts)
    }

    /// The column of a DataFrame with this number.
    ///
    /// # Errors
    /// `MISSING_ATTRIBUTES.RESOLVED_ATTRIBUTE_MISSING_FROM_INPUT`; `AMBIGUOUS_COLUMN_REFERENCE` in a join of a DataFrame
    /// with itself.
    pub(crate) fn reference(&self, name: &str, id: usize) -> Result<Typed> {
        let all = self.columns.iter().chain(&self.hidden);
        let mut found = all
            .filter(|column| column.id == id || column.origin == Some(id))
            .collect::<Vec<_>>();
        found.dedup_by_key(|column| column.id);
        match found.as_slice() {
            [column] => Ok(column.as_item()),
            [] => Err(missing_attribute(
                name,
                &self.columns,
                self.environment.names,
            )),
            _ => Err(ambiguous_dataframes(name)),
        }
    }

    fn find_alias(&self, parts: &[String]) -> Result<Found> {
        if let (Some(routine), [first, rest @ ..]) = (&self.routine, parts)
            && first.eq_ignore_ascii_case(routine)
            && !rest.is_empty()
        {
            let found = self.find_alias_named(rest)?;
            return Ok(found.map(|(typed, used)| (typed, used + 1)));
        }
        self.find_alias_named(parts)
    }

    fn find_alias_named(&self, parts: &[String]) -> Result<Found> {
        let aliased: Vec<&(String, Typed)> = self
            .aliases
            .iter()
            .filter(|(name, _)| self.same(name, &parts[0]))
            .collect();
        match aliased.as_slice() {
            [] => Ok(None),
            [(name, typed)] => {
                let mut typed = typed.clone();
                // Spark shows that an alias of the same SELECT is meant; the column of a time window is none.
                typed.name = match typed.alias {
                    Some(_) if !self.prefers_aliases && self.routine.is_none() => {
                        format!("lateralAliasReference({})", parts[0])
                    }
                    _ => name.clone(),
                };
                typed.alias = Some(parts[0].clone());
                Ok(Some((typed, 1)))
            }
            [(_, first), rest @ ..]
                if !self.prefers_aliases
                    && rest.iter().all(|(_, other)| other.expr == first.expr) =>
            {
                Ok(Some((first.clone(), 1)))
            }
            _ if self.prefers_aliases => {
                let known = aliased.iter().map(|(name, _)| name.clone());
                Err(unresolved_column(&parts[..1], known.collect()))
            }
            _ => {
                let names: Vec<String> = aliased
                    .iter()
                    .map(|(name, _)| format!("`{name}`"))
                    .collect();
                Err(functions::Error::analysis(
                    "AMBIGUOUS_LATERAL_COLUMN_ALIAS",
                    format!(
                        "Lateral column alias {} is ambiguous and has {} matches.",
                        names[0],
                        names.len()
                    ),
                ))
            }
        }
    }

    /// An expression over this scope, for a query within: its columns are marked as columns of the query around.
    pub(crate) fn as_outer(&self, typed: Typed) -> Result<Typed> {
        let all = self.columns.iter().chain(&self.hidden);
        let fields: HashMap<String, FieldRef> = all
            .map(|column| {
                let name = column.engine_name();
                let field = Field::new(&name, to_arrow(&column.data_type), true);
                (name, Arc::new(field))
            })
            .collect();
        let whole = Arc::new(Field::new("outer", to_arrow(&typed.data_type), true));
        let expr = typed.expr.transform_up(|expr| {
            Ok(match expr {
                Expr::Column(column) => {
                    let field = fields.get(&column.name).unwrap_or(&whole);
                    Transformed::yes(Expr::OuterReferenceColumn(Arc::clone(field), column))
                }
                other => Transformed::no(other),
            })
        })?;
        Ok(Typed {
            expr: expr.data,
            ..typed
        })
    }

    fn find_own(&self, parts: &[String]) -> Result<Found> {
        // The longest table name first: `a.b.c` is column `c` of `a.b`, then field `c` of column `b` of `a`, then field
        // `b.c` of column `a`.
        for qualifier in (0..parts.len().min(4)).rev() {
            let (table, name) = (&parts[..qualifier], &parts[qualifier]);
            let matches = |column: &&Column| {
                self.same(&column.name, name)
                    && (table.is_empty() || self.is_qualifier(&column.qualifier, table))
            };
            let mut found: Vec<&Column> = self.columns.iter().filter(matches).collect();
            if found.is_empty() && qualifier > 0 {
                found = self.hidden.iter().filter(matches).collect();
            }
            found.dedup_by_key(|column| column.id);
            match found.as_slice() {
                [] => {}
                [column] => return Ok(Some((column.typed(name), qualifier + 1))),
                several => {
                    let names: Vec<String> =
                        several.iter().map(|column| column.full_name()).collect();
                    return Err(ambiguous(&parts[..=qualifier], &names));
                }
            }
        }
        Ok(None)
    }

    /// The error for a name that stands for nothing.
    pub(crate) fn unresolved(&self, parts: &[String]) -> functions::Error {
        let known = self.columns.iter().map(|column| {
            let mut name = column.qualifier.clone();
            if parts.len() == 1 {
                name.clear();
            }
            name.push(column.name.clone());
            dotted_name(&name).replace('.', "`.`").replace("``", "`")
        });
        // The parameters of a SQL function are all that its body can name.
        let parameters = self.aliases.iter().filter(|_| self.routine.is_some());
        let parameters = parameters.map(|(name, _)| name.clone());
        unresolved_column(parts, known.chain(parameters).collect())
    }

    /// Whether two names are the same.
    pub(crate) fn same(&self, a: &str, b: &str) -> bool {
        self.environment.names.same(a, b)
    }

    /// Whether a table named `target` is the one whose full name is `qualifier`.
    fn is_qualifier(&self, qualifier: &[String], target: &[String]) -> bool {
        qualifier.len() >= target.len()
            && qualifier[qualifier.len() - target.len()..]
                .iter()
                .zip(target)
                .all(|(a, b)| self.same(a, b))
    }
}
