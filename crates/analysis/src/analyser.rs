//! The state of analysing one statement.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use functions::{Call, Place, Settings, Typed};
use sql::{Expression, Span};

use crate::catalog::{Catalog, NoTables};
use crate::error::{Error, Result};
use crate::planned::Planned;
use crate::scope::Scope;

/// Analyses one statement.
pub struct Analyser {
    pub(crate) text: Arc<str>,
    pub(crate) settings: Arc<Settings>,
    catalog: Arc<dyn Catalog>,
    /// The number of the next column.
    next_id: Arc<AtomicUsize>,
    /// Relations that were analysed before.
    analysed: Vec<Planned>,
    /// How many tables of `WITH` are being analysed within each other.
    depth: Cell<usize>,
    /// How often a table of `WITH` was analysed.
    tables: Cell<usize>,
}

/// How deep tables of `WITH` may name each other.
const DEPTH_MAX: usize = 200;
/// How often tables of `WITH` are analysed in one statement.
const TABLES_MAX: usize = 2000;

impl Analyser {
    /// An analyser of a statement whose text is `text`.
    pub fn new(text: &str, settings: Settings) -> Analyser {
        Analyser {
            text: text.into(),
            settings: Arc::new(settings),
            catalog: Arc::new(NoTables),
            next_id: Arc::default(),
            analysed: Vec::new(),
            depth: Cell::new(0),
            tables: Cell::new(0),
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

    /// The relation that was analysed before with this number.
    pub(crate) fn analysed(&self, index: usize) -> Result<Planned> {
        let found = self.analysed.get(index).cloned();
        found.ok_or_else(|| Error::internal(format!("no analysed relation has the number {index}")))
    }

    /// The tables of the session.
    pub(crate) fn catalog(&self) -> &dyn Catalog {
        self.catalog.as_ref()
    }

    /// Begins a table of `WITH`.
    ///
    /// # Errors
    /// If tables name each other too deep, or were analysed too often: each place that names a table analyses it.
    pub(crate) fn enter(&self) -> Result<()> {
        self.depth.set(self.depth.get() + 1);
        self.tables.set(self.tables.get() + 1);
        if self.depth.get() > DEPTH_MAX || self.tables.get() > TABLES_MAX {
            return Err(Error::analysis(
                "FAILED_TO_PARSE_TOO_COMPLEX",
                "The statement, including potential SQL functions and referenced views, was too complex to parse.",
            ));
        }
        Ok(())
    }

    /// Ends a table of `WITH`.
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    /// Resolves a function of the registry that no query names.
    pub(crate) fn call(&self, name: &str, arguments: Vec<Typed>) -> Result<Typed> {
        self.function(name, arguments, Span::default())
    }

    /// Resolves a function of the registry for a part of the query.
    pub(crate) fn function(&self, name: &str, arguments: Vec<Typed>, span: Span) -> Result<Typed> {
        let Some(function) = functions::find(name) else {
            return Err(crate::error::unresolved_routine(&[name.to_owned()]));
        };
        let place = (span != Span::default()).then(|| self.place(span));
        let mut lambdas = functions::NoLambdas;
        Call::new(function, arguments, &self.settings, place, &mut lambdas).resolve()
    }

    /// A number for a column.
    pub(crate) fn next_id(&self) -> usize {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// A part of the statement, for errors.
    pub(crate) fn place(&self, span: Span) -> Arc<Place> {
        // An expression that a program put in has its place in another text.
        let is_inside = self.text.get(span.start..span.end).is_some();
        let span = if is_inside { span } else { Span::default() };
        Arc::new(Place {
            text: Arc::clone(&self.text),
            start: span.start,
            end: span.end,
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
