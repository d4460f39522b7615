//! What a query sees besides its input: the tables of `WITH` and the windows of `WINDOW`.

use std::rc::Rc;

use sql::{CommonTable, NamedWindow};

use crate::recursion::WorkTable;
use crate::scope::Scope;

/// When two names are the same.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Names {
    /// `spark.sql.caseSensitive`.
    pub case_sensitive: bool,
}

impl Names {
    /// Whether `a` and `b` are the same name.
    pub(crate) fn same(self, a: &str, b: &str) -> bool {
        match self.case_sensitive {
            true => a == b,
            false => a.eq_ignore_ascii_case(b),
        }
    }
}

/// The names that are in force at a place of the statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// When two names are the same.
    pub names: Names,
    /// The tables of `WITH`, innermost last, each with what it sees itself.
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
enum Entry {
    /// A table of `WITH`.
    Common {
        table: CommonTable,
        /// `RECURSIVE`.
        is_recursive: bool,
        before: Environment,
        /// Which scope was around the `WITH`.
        outer: usize,
    },
    /// The table that is being analysed, for its own term.
    Recursive { name: String, work: Rc<WorkTable> },
}

/// What a name of `WITH` stands for.
pub(crate) enum Named<'a> {
    /// A table, with what it sees and the query around its `WITH`.
    Common {
        table: Box<CommonTable>,
        is_recursive: bool,
        seen: Environment,
        outer: Option<&'a Scope<'a>>,
    },
    /// The rows of the run before.
    Recursive(Rc<WorkTable>),
}

impl Environment {
    /// An environment without tables and windows.
    pub(crate) fn new(names: Names) -> Environment {
        Environment {
            names,
            ..Environment::default()
        }
    }

    /// The environment with another table of `WITH`, which sees what this environment sees.
    pub(crate) fn with_table(
        &self,
        table: &CommonTable,
        is_recursive: bool,
        outer: Option<&Scope<'_>>,
    ) -> Environment {
        self.with(Entry::Common {
            table: table.clone(),
            is_recursive,
            before: self.inner(),
            outer: outer.map_or(0, Scope::address),
        })
    }

    /// The environment of the term of a recursive table.
    pub(crate) fn with_work_table(&self, name: &str, work: Rc<WorkTable>) -> Environment {
        let name = name.to_owned();
        self.with(Entry::Recursive { name, work })
    }

    fn with(&self, entry: Entry) -> Environment {
        Environment {
            names: self.names,
            tables: Some(Rc::new(Tables {
                entry,
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

    /// The table of `WITH` of this name, with what it sees, for a query within `outer`.
    pub(crate) fn table<'a>(&self, name: &str, outer: Option<&'a Scope<'a>>) -> Option<Named<'a>> {
        let mut tables = self.tables.as_ref();
        while let Some(Tables { entry, next }) = tables.map(Rc::as_ref) {
            match entry {
                Entry::Recursive { name: known, work } if self.names.same(known, name) => {
                    return Some(Named::Recursive(Rc::clone(work)));
                }
                Entry::Common {
                    table,
                    is_recursive,
                    before,
                    outer: address,
                } if self.names.same(&table.name, name) => {
                    let mut around = outer;
                    while let Some(scope) = around
                        && scope.address() != *address
                    {
                        around = scope.outer;
                    }
                    return Some(Named::Common {
                        table: Box::new(table.clone()),
                        is_recursive: *is_recursive,
                        seen: before.clone(),
                        outer: around,
                    });
                }
                _ => tables = next.as_ref(),
            }
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
