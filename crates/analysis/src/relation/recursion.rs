//! `WITH RECURSIVE`: a table that names itself.
//!
//! `anchor UNION ALL term`: the term runs over the rows of the run before, until it gives none.

use std::cell::Cell;
use std::rc::Rc;

use datafusion_common::tree_node::TreeNodeRecursion;
use datafusion_expr::{LogicalPlan, LogicalPlanBuilder};
use functions::coerce::wider_type;
use functions::{Typed, cast};
use sql::{CommonTable, Relation, RelationKind, SetOperator};

use crate::analyser::Analyser;
use crate::environment::{Environment, Named};
use crate::error::{Error, Result};
use crate::planned::{Planned, all_columns, projection};
use crate::relation::table::{alias_of, rename};
use crate::scope::{Column, Scope};

/// The rows of the run before, as the term of a recursive table sees them.
#[derive(Debug)]
pub(crate) struct WorkTable {
    /// The name that DataFusion knows it by.
    name: String,
    plan: LogicalPlan,
    columns: Vec<Column>,
    /// Whether it was named.
    is_used: Cell<bool>,
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
        let before = seen.with_table(&table.name, Named::Anchor);
        let Some((anchor, term, is_all)) = union_of(&table.query) else {
            return self.common_table(table, &before, outer);
        };
        let mut anchor = self.relation(anchor, &before, outer)?.visible()?;
        if !table.columns.is_empty() {
            rename(&mut anchor.columns, &alias_of(table))?;
        }
        let work = Rc::new(self.work_table(&anchor, table.max_recursion)?);
        let inner = seen.with_table(&table.name, Named::Recursive(Rc::clone(&work)));
        let term = self.in_recursion(&work.name, || self.relation(term, &inner, outer))?;
        let term = term.visible()?;
        if !work.is_used.get() {
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
        self.recursive_query(table, anchor, term, &work)
    }

    fn work_table(&self, anchor: &Planned, max_recursion: Option<u32>) -> Result<WorkTable> {
        let columns: Vec<Column> = anchor
            .columns
            .iter()
            .map(|column| Column {
                nullable: true,
                ..column.clone()
            })
            .collect();
        let fields = columns.iter();
        let fields = fields.map(|column| (column.engine_name(), column.data_type.clone()));
        let level_limit = max_recursion.map(i64::from);
        let catalog = self.catalog();
        let (name, plan) = catalog.work_table(self.next_id(), level_limit, fields.collect())?;
        Ok(WorkTable {
            name,
            plan,
            columns,
            is_used: Cell::new(false),
        })
    }

    /// A place where the term of a recursive table names the table: its columns are new.
    pub(crate) fn use_of_work_table(&self, work: &WorkTable, name: &str) -> Result<Planned> {
        work.is_used.set(true);
        // The scan's columns are qualified with the table.
        let scanned = all_columns(&work.plan).into_iter().zip(&work.columns);
        let values: Vec<Typed> = scanned
            .map(|(expr, column)| Typed {
                expr,
                ..column.as_item()
            })
            .collect();
        let mut planned = self.project_new(work.plan.clone(), &values)?;
        for column in &mut planned.columns {
            column.qualifier = vec![name.to_owned()];
        }
        Ok(planned)
    }

    fn recursive_query(
        &self,
        table: &CommonTable,
        anchor: Planned,
        term: Planned,
        work: &WorkTable,
    ) -> Result<Planned> {
        if anchor.columns.len() != term.columns.len() {
            return Err(crate::relation::set_operation::number_of_columns(
                "UNION",
                &anchor.columns,
                &term.columns,
            ));
        }
        let mut values = Vec::with_capacity(term.columns.len());
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
            let value = cast(column.as_item(), &wanted.data_type, &self.settings, None)?;
            values.push(value.expr.alias(wanted.engine_name()));
        }
        let term_plan = projection(term.plan, values)?;
        let plan = LogicalPlanBuilder::from(anchor.plan)
            .to_recursive_query(work.name.clone(), term_plan, false)?
            .build()?;
        let mut columns = anchor.columns;
        for (column, other) in columns.iter_mut().zip(&term.columns) {
            column.nullable |= other.nullable;
        }
        let planned = Planned::new(plan, columns);
        self.aliased(planned, Some(&alias_of(table)))
    }
}

impl Analyser {
    /// Runs `analyse` for the term of the recursive query of this name.
    fn in_recursion<T>(&self, name: &str, analyse: impl FnOnce() -> Result<T>) -> Result<T> {
        let recursions = self.recursions();
        recursions.borrow_mut().push(name.to_owned());
        let result = analyse();
        recursions.borrow_mut().pop();
        result
    }

    /// Refuses a plan that reads the run before of a recursive query, as the input of an aggregate, a window function or a
    /// sort, or on the side of a join whose rows may be given without a partner.
    ///
    /// # Errors
    /// `INVALID_RECURSIVE_REFERENCE.PLACE`.
    pub(crate) fn check_place(&self, plan: &LogicalPlan) -> Result<()> {
        match self.is_of_run(plan)? {
            true => Err(place_of_reference()),
            false => Ok(()),
        }
    }

    /// Whether a plan reads the run before of a recursive query whose term is being analysed.
    pub(crate) fn is_of_run(&self, plan: &LogicalPlan) -> Result<bool> {
        let recursions = self.recursions().borrow();
        if recursions.is_empty() {
            return Ok(false);
        }
        let mut is_found = false;
        plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                is_found |= recursions
                    .iter()
                    .any(|name| name == scan.table_name.table());
            }
            Ok(match is_found {
                true => TreeNodeRecursion::Stop,
                false => TreeNodeRecursion::Continue,
            })
        })?;
        Ok(is_found)
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

/// The error for a recursive table that is named where the rows of a run would not do for themselves.
fn place_of_reference() -> Error {
    Error::analysis(
        "INVALID_RECURSIVE_REFERENCE.PLACE",
        "Invalid recursive reference found inside WITH RECURSIVE clause. Recursive references cannot be used on the right side \
         of left outer/semi/anti joins, on the left side of right outer joins, in full outer joins, in aggregates, window \
         functions or sorts",
    )
}

/// The error for a recursive table that names itself where it has no rows yet.
pub(crate) fn named_in_anchor() -> Error {
    Error::analysis(
        "INVALID_RECURSIVE_CTE",
        "Invalid recursive definition found. Recursive queries must contain an UNION or an UNION ALL statement with 2 children. \
         The first child needs to be the anchor term without any recursive references. Any top level inner CTE must not contain \
         self references.",
    )
}
