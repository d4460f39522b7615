//! The state of analysing one statement.

use std::cell::Cell;
use std::sync::Arc;

use functions::{Call, Place, Settings, Typed};
use sql::{Expression, Span};

use crate::catalog::{Catalog, NoTables, TableColumn};
use crate::error::{Error, Result};
use crate::scope::{Column, Scope};

/// Analyses one statement.
pub struct Analyser {
    pub(crate) text: Arc<str>,
    pub(crate) settings: Arc<Settings>,
    catalog: Arc<dyn Catalog>,
    next_id: Cell<usize>,
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
            next_id: Cell::new(0),
            depth: Cell::new(0),
            tables: Cell::new(0),
        }
    }

    /// The analyser with the tables of a session.
    #[must_use]
    pub fn with_catalog(self, catalog: Arc<dyn Catalog>) -> Analyser {
        Analyser { catalog, ..self }
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
        let id = self.next_id.get();
        self.next_id.set(id + 1);
        id
    }

    /// A part of the statement, for errors.
    pub(crate) fn place(&self, span: Span) -> Arc<Place> {
        Arc::new(Place {
            text: Arc::clone(&self.text),
            start: span.start,
            end: span.end,
        })
    }

    /// Resolves the expressions of a `SELECT` over these columns. In the results, column `i` of them is called as
    /// [`Column::engine_name`] of the id `i`.
    ///
    /// # Errors
    /// Names that stand for nothing, types that do not fit, and generators.
    pub fn expressions(
        self,
        columns: &[(Option<String>, TableColumn)],
        expressions: &[Expression],
    ) -> Result<Vec<Typed>> {
        let columns = columns.iter().map(|(qualifier, column)| Column {
            id: self.next_id(),
            name: column.name.clone(),
            qualifier: qualifier.iter().cloned().collect(),
            data_type: column.data_type.clone(),
            nullable: column.nullable,
        });
        let columns: Vec<Column> = columns.collect();
        self.items_over(&columns, expressions)
    }

    /// Resolves an expression without columns.
    ///
    /// # Errors
    /// Names that stand for nothing, types that do not fit.
    pub fn constant(&self, expression: &Expression) -> Result<Typed> {
        self.resolve(expression, &Scope::default())
    }
}
