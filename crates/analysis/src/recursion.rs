//! `WITH RECURSIVE`: a table that names itself.
//!
//! `anchor UNION ALL term`: the term runs over the rows of the run before, until it gives none. Each row carries the number
//! of its run in a column that nobody can name, so that a recursion without end is an error.

use std::cell::Cell;
use std::rc::Rc;

use datafusion_common::Column as EngineColumn;
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};
use functions::coerce::wider_type;
use functions::{Typed, cast};
use sql::{CommonTable, DataType, Relation, RelationKind, SetOperator};

use crate::analyser::Analyser;
use crate::environment::{Environment, Named};
use crate::error::{Error, Result, not_supported, quoted_name};
use crate::planned::{Planned, all_columns};
use crate::scope::{Column, Scope};
use crate::table::{alias_of, rename};

/// The rows of the run before, as the term of a recursive table sees them.
#[derive(Debug)]
pub(crate) struct WorkTable {
    /// The name that DataFusion knows it by.
    name: String,
    plan: LogicalPlan,
    columns: Vec<Column>,
    /// How often it was named.
    uses: Cell<usize>,
}

impl WorkTable {
    /// The relation that a use of the table is.
    pub(crate) fn planned(&self) -> Planned {
        self.uses.set(self.uses.get() + 1);
        Planned {
            plan: self.plan.clone(),
            columns: self.columns.clone(),
            hidden: Vec::new(),
        }
    }
}

impl Analyser {
    /// The rows of a table of `WITH RECURSIVE`. It need not name itself.
    pub(crate) fn recursive_table(
        &self,
        table: &CommonTable,
        environment: &Environment,
        outer: Option<&Scope<'_>>,
    ) -> Result<Planned> {
        let seen = environment.inner();
        let Some((anchor, term, is_all)) = union_of(&table.query) else {
            let planned = self.common_table(table, &seen, outer);
            return planned.map_err(|error| without_anchor(error, &table.name));
        };
        let anchor = self.relation(anchor, &seen, outer);
        let mut anchor = anchor
            .map_err(|error| without_anchor(error, &table.name))?
            .visible()?;
        if !table.columns.is_empty() {
            rename(&mut anchor.columns, &alias_of(table))?;
        }
        let level = self.column_of(&Typed::long(0));
        let work = Rc::new(self.work_table(&anchor, &level)?);
        let inner = seen.with_table(&table.name, Named::Recursive(Rc::clone(&work)));
        let term = self.relation(term, &inner, outer)?.visible()?;
        if work.uses.get() == 0 {
            let term = self.apart(&anchor, term)?;
            let place = self.place(table.query.span);
            let union = self.set_operation(anchor, term, SetOperator::Union, is_all, &place)?;
            return self.aliased(union, Some(&alias_of(table)));
        }
        if !is_all {
            return Err(Error::analysis(
                "UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE",
                "The UNION operator is not yet supported within recursive common table expressions (WITH clauses that refer \
                 to themselves, directly or indirectly). Please use UNION ALL instead.",
            ));
        }
        if work.uses.get() > 1 {
            return Err(not_supported(
                "A recursive table that is named more than once in its own query",
            ));
        }
        self.recursive_query(table, anchor, term, &work, &level)
    }

    fn work_table(&self, anchor: &Planned, level: &Column) -> Result<WorkTable> {
        // A number makes the name one of this statement's.
        let name = format!("recursion {}", level.id);
        let columns: Vec<Column> = anchor
            .columns
            .iter()
            .map(|column| Column {
                id: self.next_id(),
                nullable: true,
                ..column.clone()
            })
            .collect();
        let fields = columns.iter().chain([level]);
        let fields = fields.map(|column| (column.engine_name(), column.data_type.clone()));
        let scan = self.catalog().work_table(&name, fields.collect())?;
        // The scan's columns are qualified with the table.
        let scanned = all_columns(&scan);
        let exprs = scanned
            .into_iter()
            .zip(columns.iter().chain([level]))
            .map(|(expr, column)| expr.alias(column.engine_name()));
        let plan = LogicalPlanBuilder::from(scan)
            .project(exprs.collect::<Vec<_>>())?
            .build()?;
        Ok(WorkTable {
            name,
            plan,
            columns,
            uses: Cell::new(0),
        })
    }

    fn recursive_query(
        &self,
        table: &CommonTable,
        anchor: Planned,
        term: Planned,
        work: &WorkTable,
        level: &Column,
    ) -> Result<Planned> {
        if anchor.columns.len() != term.columns.len() {
            return Err(crate::set_operation::number_of_columns(
                "UNION",
                &anchor.columns,
                &term.columns,
            ));
        }
        let carried = EngineColumn::new_unqualified(level.engine_name());
        let is_source = |plan: &LogicalPlan| *plan == work.plan;
        let Some(term_plan) = self.carry(&term.plan, &is_source, &carried)? else {
            return Err(place_of_reference());
        };
        let limit = match table.max_recursion {
            Some(limit) => i64::from(limit),
            None => self.catalog().recursion_level_limit(),
        };
        let next = Typed::new(
            Expr::Column(carried) + lit(1_i64),
            DataType::Long,
            false,
            "",
        );
        let rows = self.catalog().recursion_row_limit();
        let limits = vec![next, Typed::long(limit), Typed::long(rows)];
        let next = self.call("__recursion_level", limits)?;
        let mut values = Vec::with_capacity(term.columns.len() + 1);
        for (column, wanted) in term.columns.iter().zip(&anchor.columns) {
            let wider = wider_type(&wanted.data_type, &column.data_type, self.settings.ansi);
            if wider.as_ref() != Some(&wanted.data_type) {
                return Err(Error::analysis(
                    "CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE",
                    format!(
                        "Failed to merge incompatible data types \"{}\" and \"{}\".",
                        wanted.data_type.sql(),
                        column.data_type.sql()
                    ),
                ));
            }
            let value = column.as_item();
            values.push(cast(value, &wanted.data_type, &self.settings, None)?);
        }
        values.push(next);
        let exprs = values
            .into_iter()
            .zip(anchor.columns.iter().chain([level]))
            .map(|(value, column)| value.expr.alias(column.engine_name()));
        let term_plan = LogicalPlanBuilder::from(term_plan)
            .project(exprs.collect::<Vec<_>>())?
            .build()?;
        let mut first = all_columns(&anchor.plan);
        first.push(lit(0_i64).alias(level.engine_name()));
        let plan = LogicalPlanBuilder::from(anchor.plan)
            .project(first)?
            .to_recursive_query(work.name.clone(), term_plan, false)?
            .project(anchor.columns.iter().map(Column::expr).collect::<Vec<_>>())?
            .build()?;
        let mut columns = anchor.columns;
        for (column, other) in columns.iter_mut().zip(&term.columns) {
            column.nullable |= other.nullable;
        }
        let planned = Planned::new(plan, columns);
        self.aliased(planned, Some(&alias_of(table)))
    }
}

/// The two sides of the union that a recursive table is, and whether it is `ALL`.
fn union_of(query: &Relation) -> Option<(&Relation, &Relation, bool)> {
    match &query.kind {
        RelationKind::SetOperation {
            left,
            right,
            operator: SetOperator::Union,
            is_all,
        } => Some((left, right, *is_all)),
        _ => None,
    }
}

/// The error for a reference to the table where rows of the run before cannot be told apart.
pub(crate) fn place_of_reference() -> Error {
    Error::analysis(
        "INVALID_RECURSIVE_REFERENCE.PLACE",
        "Invalid recursive reference found inside WITH RECURSIVE clause. Recursive references cannot be used on the right side \
         of left outer/semi/anti joins, on the left side of right outer joins, in full outer joins, in aggregates, and in \
         subquery expressions.",
    )
}

/// The error for a table that names itself where it must not.
fn without_anchor(error: Error, name: &str) -> Error {
    let own = quoted_name(&[name.to_owned()]);
    // The error may be one of the session's tables.
    let text = error.to_string();
    if !text.contains("[TABLE_OR_VIEW_NOT_FOUND]") || !text.contains(&own) {
        return error;
    }
    Error::analysis(
        "INVALID_RECURSIVE_CTE",
        "Invalid recursive definition found. Recursive queries must contain an UNION or an UNION ALL statement with 2 children. \
         The first child needs to be the anchor term without any recursive references.",
    )
}
