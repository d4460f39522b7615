//! The state of analysing one statement.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion_common::Column;
use datafusion_expr::Expr;
use functions::{Call, Place, Settings, Typed};
use sql::{Expression, Span};

use crate::catalog::{Catalog, NoTables};
use crate::environment::{Environment, Names};
use crate::error::{Error, Result};
use crate::expression::routine::Routine;
use crate::extent::Extent;
use crate::planned::Planned;
use crate::scope::{Scope, engine_name};

/// Settings that only names in `GROUP BY` and `ORDER BY` depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `spark.sql.groupByOrdinal`: whole numbers in `GROUP BY` are positions in `SELECT`.
    pub group_by_ordinal: bool,
    /// `spark.sql.orderByOrdinal`: whole numbers in `ORDER BY` are positions in `SELECT`.
    pub order_by_ordinal: bool,
    /// `spark.sql.groupByAliases`: `GROUP BY` can name aliases of `SELECT`.
    pub group_by_aliases: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            group_by_ordinal: true,
            order_by_ordinal: true,
            group_by_aliases: true,
        }
    }
}

/// Analyses one statement.
pub struct Analyser {
    pub(crate) text: Arc<str>,
    /// The object whose text it is; none for a statement.
    object: Option<Arc<str>>,
    /// Where the view is named whose text it is. Errors show that place.
    reference: Option<Arc<Place>>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) rules: Rules,
    catalog: Arc<dyn Catalog>,
    /// The number of the next column.
    next_id: Arc<AtomicUsize>,
    /// Relations that were analysed before.
    analysed: Vec<Planned>,
    /// Aggregates of queries that are named in a query within, by the numbers of the columns they are called there.
    outer_aggregates: RefCell<Vec<(usize, Expr)>>,
    counts: Rc<Counts>,
}

/// What is counted over the whole statement, also within the texts that it names.
#[derive(Default)]
struct Counts {
    /// How large the plan is that is being made.
    extent: Cell<Extent>,
    /// The names of the recursive queries whose terms are being analysed, outermost first.
    recursions: RefCell<Vec<String>>,
    /// The SQL functions whose bodies are being analysed, outermost first.
    routines: RefCell<Vec<String>>,
}

/// The bytes of the stack that are free whenever a relation or an expression is resolved. DataFusion copies, compares and
/// drops an expression recursively: a thousand levels take 1.5 MiB in a debug build.
const STACK_FREE: usize = 2 << 20;
/// The bytes that the stack grows by.
const STACK_SEGMENT: usize = 16 << 20;

/// Runs `resolve` with enough free stack.
pub(crate) fn with_stack<T>(resolve: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(STACK_FREE, STACK_SEGMENT, resolve)
}

impl Analyser {
    /// An analyser of a statement whose text is `text`.
    pub fn new(text: &str, settings: Settings) -> Analyser {
        Analyser {
            text: text.into(),
            object: None,
            reference: None,
            settings: Arc::new(settings),
            rules: Rules::default(),
            catalog: Arc::new(NoTables),
            next_id: Arc::default(),
            analysed: Vec::new(),
            outer_aggregates: RefCell::default(),
            counts: Rc::default(),
        }
    }

    /// An analyser of another text that a part of the statement stands for: the body of a SQL function.
    pub(crate) fn within(&self, text: &str) -> Analyser {
        Analyser {
            text: text.into(),
            object: self.object.clone(),
            reference: None,
            settings: Arc::clone(&self.settings),
            rules: self.rules,
            catalog: Arc::clone(&self.catalog),
            next_id: Arc::clone(&self.next_id),
            analysed: Vec::new(),
            outer_aggregates: RefCell::default(),
            counts: Rc::clone(&self.counts),
        }
    }

    /// The analyser for the text of `object`, such as `VIEW v`, which is named at `reference`.
    #[must_use]
    pub fn of_view(self, object: &str, reference: Option<Arc<Place>>) -> Analyser {
        Analyser {
            object: Some(object.into()),
            reference,
            ..self
        }
    }

    /// The analyser with the tables of a session.
    #[must_use]
    pub fn with_catalog(self, catalog: Arc<dyn Catalog>) -> Analyser {
        Analyser { catalog, ..self }
    }

    /// The analyser with the counter that numbers the columns of a session. Plans of one session can be put together.
    #[must_use]
    pub fn with_ids(self, next_id: Arc<AtomicUsize>) -> Analyser {
        Analyser { next_id, ..self }
    }

    /// The analyser with the relations that [`RelationKind::Analysed`](sql::RelationKind::Analysed) stands for, by their
    /// place in the list. They were analysed with the same counter.
    #[must_use]
    pub fn with_analysed(self, analysed: Vec<Planned>) -> Analyser {
        Analyser { analysed, ..self }
    }

    /// The names of the recursive queries whose terms are being analysed.
    pub(crate) fn recursions(&self) -> &RefCell<Vec<String>> {
        &self.counts.recursions
    }

    /// The relation that was analysed before with this number.
    pub(crate) fn analysed(&self, index: usize) -> Result<Planned> {
        let found = self.analysed.get(index).cloned();
        found.ok_or_else(|| Error::internal(format!("no analysed relation has the number {index}")))
    }

    /// The analyser with other rules than the defaults.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Analyser {
        Analyser { rules, ..self }
    }

    /// Notes an aggregate of the query around; returns the number of the column that it is called by.
    pub(crate) fn name_outer_aggregate(&self, aggregate: Expr) -> usize {
        let id = self.next_id();
        self.outer_aggregates.borrow_mut().push((id, aggregate));
        id
    }

    /// The aggregate that a query within names by this column.
    pub(crate) fn outer_aggregate(&self, column: &Column) -> Option<Expr> {
        let known = self.outer_aggregates.borrow();
        let mut known = known.iter();
        let found = known.find(|(id, _)| engine_name(*id) == column.name);
        found.map(|(_, aggregate)| aggregate.clone())
    }

    /// The tables of the session.
    pub(crate) fn catalog(&self) -> &dyn Catalog {
        self.catalog.as_ref()
    }

    /// What a statement sees before any table of `WITH` and any window.
    pub(crate) fn environment(&self) -> Environment {
        Environment::new(Names {
            case_sensitive: self.settings.case_sensitive,
        })
    }

    /// Runs `analyse`, which makes a plan, and tells how large it is.
    pub(crate) fn measured<T>(&self, analyse: impl FnOnce() -> Result<T>) -> Result<(T, Extent)> {
        let around = self.counts.extent.take();
        let made = analyse();
        let extent = self.counts.extent.replace(around);
        Ok((made?, extent))
    }

    /// Counts a plan that is put into the one that is being made.
    ///
    /// # Errors
    /// `FAILED_TO_PARSE_TOO_COMPLEX` if that becomes too large.
    pub(crate) fn add_copy(&self, copy: Extent) -> Result<()> {
        let extent = self.counts.extent.get().with_copy(copy)?;
        self.counts.extent.set(extent);
        Ok(())
    }

    /// Runs `analyse` for the body of a SQL function.
    ///
    /// # Errors
    /// `CYCLIC_FUNCTION_REFERENCE` within the body of the same function.
    pub(crate) fn in_routine<T>(
        &self,
        routine: &Routine,
        analyse: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let name = routine.name.join(".");
        let mut path = self.counts.routines.borrow().clone();
        let is_cyclic = path.contains(&name);
        path.push(name.clone());
        if is_cyclic {
            return Err(Error::analysis(
                "CYCLIC_FUNCTION_REFERENCE",
                format!("Cyclic function reference detected: {}.", path.join(" -> ")),
            ));
        }
        crate::extent::check_depth(path.len())?;
        self.counts.routines.borrow_mut().push(name);
        let done = self.measured(|| with_stack(analyse));
        self.counts.routines.borrow_mut().pop();
        let (body, extent) = done?;
        self.add_copy(extent)?;
        Ok(body)
    }

    /// `UNRESOLVED_ROUTINE`.
    pub(crate) fn unresolved_routine(&self, parts: &[String]) -> Error {
        crate::error::unresolved_routine(parts, &self.settings.database)
    }

    /// Resolves a function of the registry that no query names.
    pub(crate) fn call(&self, name: &str, arguments: Vec<Typed>) -> Result<Typed> {
        self.function(name, arguments, Span::default())
    }

    /// Resolves a function of the registry for a part of the query.
    pub(crate) fn function(&self, name: &str, arguments: Vec<Typed>, span: Span) -> Result<Typed> {
        let Some(function) = functions::find(name) else {
            return Err(self.unresolved_routine(&[name.to_owned()]));
        };
        let place = (span != Span::default()).then(|| self.place(span));
        let mut lambdas = functions::NoLambdas;
        Call::new(function, arguments, &self.settings, place, &mut lambdas).resolve()
    }

    /// A number for a column.
    pub(crate) fn next_id(&self) -> usize {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// A part of the statement, for errors. In the text of a view it is where the view is named.
    pub(crate) fn place(&self, span: Span) -> Arc<Place> {
        match &self.reference {
            Some(reference) => Arc::clone(reference),
            None => self.place_in_text(span),
        }
    }

    /// A part of the text.
    pub(crate) fn place_in_text(&self, span: Span) -> Arc<Place> {
        // An expression that a program put in has its place in another text.
        let is_inside = self.text.get(span.start..span.end).is_some();
        let span = if is_inside { span } else { Span::default() };
        Arc::new(Place {
            text: Arc::clone(&self.text),
            start: span.start,
            end: span.end,
            object: self.object.clone(),
        })
    }

    /// Resolves an expression without columns.
    ///
    /// # Errors
    /// Names that stand for nothing, types that do not fit.
    pub fn constant(&self, expression: &Expression) -> Result<Typed> {
        self.resolve(expression, &Scope::default())
    }
}
