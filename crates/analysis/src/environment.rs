//! What a query sees besides its input: the tables of `WITH` and the windows of `WINDOW`.

use std::rc::Rc;

use sql::NamedWindow;

use crate::extent::Extent;
use crate::planned::Planned;
use crate::relation::recursion::WorkTable;

/// When two names are the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Names {
    /// `spark.sql.caseSensitive`.
    pub case_sensitive: bool,
}

impl Names {
    /// Whether `a` and `b` are the same name.
    pub fn same(self, a: &str, b: &str) -> bool {
        match self.case_sensitive {
            true => a == b,
            false => a.eq_ignore_ascii_case(b) || !a.is_ascii() && self.key(a) == self.key(b),
        }
    }

    /// One form for all names that are the same.
    pub fn key(self, name: &str) -> String {
        match self.case_sensitive {
            true => name.to_owned(),
            false => name.to_lowercase(),
        }
    }
}

/// The names that are in force at a place of the statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// When two names are the same.
    pub names: Names,
    /// The tables of `WITH`, the innermost first.
    tables: Option<Rc<Tables>>,
    /// The windows of this query.
    pub windows: Rc<Vec<NamedWindow>>,
}

#[derive(Debug)]
struct Tables {
    entry: Entry,
    next: Option<Rc<Tables>>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    named: Named,
}

/// What a name of `WITH` stands for.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// A table that is analysed.
    Common(Rc<Common>),
    /// The table that is being analysed, for its own term: the rows of the run before.
    Recursive(Rc<WorkTable>),
    /// The table that is being analysed, where it must not name itself.
    Anchor,
}

/// A table of `WITH`.
#[derive(Debug)]
pub(crate) struct Common {
    /// Its rows. They may name columns of the query around the `WITH`.
    pub planned: Planned,
    /// How large its plan is.
    pub extent: Extent,
}

impl Environment {
    /// An environment without tables and windows.
    pub(crate) fn new(names: Names) -> Environment {
        Environment {
            names,
            ..Environment::default()
        }
    }

    /// The environment with another table of `WITH`.
    pub(crate) fn with_table(&self, name: &str, named: Named) -> Environment {
        let name = name.to_owned();
        Environment {
            names: self.names,
            tables: Some(Rc::new(Tables {
                entry: Entry { name, named },
                next: self.tables.clone(),
            })),
            windows: Rc::clone(&self.windows),
        }
    }

    /// The environment with the windows of a query.
    pub(crate) fn with_windows(&self, windows: &[NamedWindow]) -> Environment {
        let mut all = self.windows.as_ref().clone();
        all.extend_from_slice(windows);
        Environment {
            names: self.names,
            tables: self.tables.clone(),
            windows: Rc::new(all),
        }
    }

    /// The environment of a query within this one: windows are not inherited.
    pub(crate) fn inner(&self) -> Environment {
        Environment {
            names: self.names,
            tables: self.tables.clone(),
            windows: Rc::default(),
        }
    }

    /// The table of `WITH` of this name.
    pub(crate) fn table(&self, name: &str) -> Option<&Named> {
        let mut tables = self.tables.as_ref();
        while let Some(Tables { entry, next }) = tables.map(Rc::as_ref) {
            if self.names.same(&entry.name, name) {
                return Some(&entry.named);
            }
            tables = next.as_ref();
        }
        None
    }

    /// The window of this name.
    pub(crate) fn window(&self, name: &str) -> Option<&NamedWindow> {
        self.windows
            .iter()
            .find(|window| self.names.same(&window.name, name))
    }
}
