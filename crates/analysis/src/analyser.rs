//! The state of analysing one statement.

use std::cell::Cell;
use std::sync::Arc;

use functions::{Place, Settings};
use sql::{Expression, Span};

use crate::error::Result;
use crate::scope::Scope;

/// Analyses one statement.
#[derive(Debug)]
pub struct Analyser {
    pub(crate) text: Arc<str>,
    pub(crate) settings: Arc<Settings>,
    next_id: Cell<usize>,
}

impl Analyser {
    /// An analyser of a statement whose text is `text`.
    pub fn new(text: &str, settings: Settings) -> Analyser {
        Analyser {
            text: text.into(),
            settings: Arc::new(settings),
            next_id: Cell::new(0),
        }
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

    /// Resolves an expression without columns.
    ///
    /// # Errors
    /// Names that stand for nothing, types that do not fit.
    pub fn constant(&self, expression: &Expression) -> Result<functions::Typed> {
        self.resolve(expression, &Scope::default())
    }
}
