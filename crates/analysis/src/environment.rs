//! What a query sees besides its input: the tables of `WITH` and the windows of `WINDOW`.

use std::rc::Rc;

use sql::{CommonTable, NamedWindow};

/// The names that are in force at a place of the statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// The tables of `WITH`, innermost last, each with what it sees itself.
    tables: Option<Rc<Tables>>,
    /// The windows of this query.
    pub windows: Rc<Vec<NamedWindow>>,
}

#[derive(Debug)]
struct Tables {
    table: CommonTable,
    before: Environment,
    next: Option<Rc<Tables>>,
}

impl Environment {
    /// The environment with another table of `WITH`, which sees what this environment sees.
    pub(crate) fn with_table(&self, table: &CommonTable) -> Environment {
        Environment {
            tables: Some(Rc::new(Tables {
                table: table.clone(),
                before: Environment {
                    tables: self.tables.clone(),
                    windows: Rc::default(),
                },
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
            tables: self.tables.clone(),
            windows: Rc::new(all),
        }
    }

    /// The environment of a query within this one: windows are not inherited.
    pub(crate) fn inner(&self) -> Environment {
        Environment {
            tables: self.tables.clone(),
            windows: Rc::default(),
        }
    }

    /// The table of `WITH` of this name, with what it sees.
    pub(crate) fn table(&self, name: &str) -> Option<(CommonTable, Environment)> {
        let mut tables = self.tables.as_ref();
        while let Some(entry) = tables {
            if entry.table.name.eq_ignore_ascii_case(name) {
                return Some((entry.table.clone(), entry.before.clone()));
            }
            tables = entry.next.as_ref();
        }
        None
    }

    /// The window of this name.
    pub(crate) fn window(&self, name: &str) -> Option<&NamedWindow> {
        self.windows
            .iter()
            .find(|window| window.name.eq_ignore_ascii_case(name))
    }
}
