//! Temporary views, of the session and global.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::{MemTable, ViewTable};
use datafusion::logical_expr::LogicalPlan;
use parking_lot::RwLock;

use super::Views;
use super::name::Named;
use crate::error::Result;
use crate::session::Session;
use crate::sql::SessionCatalog;

/// What a temporary view stands for.
#[derive(Clone)]
pub(crate) enum TemporaryView {
    /// A plan or a source.
    Table(Arc<dyn TableProvider>),
    /// Rows of a plan, kept in memory.
    Cached {
        /// The rows.
        rows: Arc<MemTable>,
        /// The plan, which is used once the session has written.
        plan: Arc<ViewTable>,
        /// What [`Tables::writes`](super::Tables::writes) said before the rows were read.
        writes: u64,
    },
    /// A text, which is analysed when the view is used.
    Text(Arc<TextView>),
}

/// The text of a temporary view, and what it depends on.
#[derive(Debug)]
pub(crate) struct TextView {
    /// The text of the query.
    pub(crate) text: String,
    /// The names of the columns and their comments; empty for those of the query.
    pub(crate) columns: Vec<(String, Option<String>)>,
    /// The current database when the view was made.
    pub(crate) database: String,
    /// Settings of the session when the view was made.
    pub(crate) configuration: BTreeMap<String, String>,
}

/// The name of a temporary view that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemporaryName {
    /// The name in lower case.
    pub(crate) name: String,
    /// Whether it is global.
    pub(crate) is_global: bool,
}

impl Session {
    /// The temporary view that a name stands for, if there is one.
    ///
    /// # Errors
    /// A name of too many parts.
    pub(crate) fn temporary_named(&self, parts: &[String]) -> Result<Option<TemporaryName>> {
        // Such names stand for tables only, and are refused there.
        let Ok(named) = self.named(parts, &self.tables().database()) else {
            return Ok(None);
        };
        let (name, is_global) = match named {
            Named::Either(name) => (name.table, false),
            Named::Temporary(name) => (name, false),
            Named::Global(name) => (name, true),
            Named::Table(_) => return Ok(None),
        };
        let is_known = self.has_temporary(&name, is_global);
        Ok(is_known.then_some(TemporaryName { name, is_global }))
    }

    /// The rows of the temporary view that a name stands for, if there is one.
    ///
    /// # Errors
    /// A name of too many parts.
    pub(crate) fn find_temporary(
        &self,
        parts: &[String],
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(found) = self.temporary_named(parts)? else {
            return Ok(None);
        };
        SessionCatalog::new(self).temporary_table(&found.name, found.is_global)
    }

    /// What a temporary view of this name in lower case stands for.
    pub(crate) fn temporary_view(&self, name: &str, is_global: bool) -> Option<TemporaryView> {
        self.views(is_global).read().get(name).cloned()
    }

    /// Whether there is a temporary view of this name in lower case.
    pub(crate) fn has_temporary(&self, name: &str, is_global: bool) -> bool {
        self.views(is_global).read().contains_key(name)
    }

    /// Makes a plan known as a temporary view, in place of what was called so.
    pub(crate) fn put_temporary_plan(&self, name: &str, is_global: bool, plan: LogicalPlan) {
        let view = Arc::new(ViewTable::new(plan, None));
        self.put_temporary(name, is_global, view);
    }

    /// Makes rows known as a temporary view, in place of what was called so.
    pub(crate) fn put_temporary(&self, name: &str, is_global: bool, table: Arc<dyn TableProvider>) {
        self.put_view(name, is_global, TemporaryView::Table(table));
    }

    /// Makes a temporary view known, in place of what was called so.
    pub(crate) fn put_view(&self, name: &str, is_global: bool, view: TemporaryView) {
        self.views(is_global).write().insert(name.to_owned(), view);
    }

    /// Gives a temporary view another name, which none has.
    pub(crate) fn rename_view(&self, name: &TemporaryName, to: &str) {
        let mut views = self.views(name.is_global).write();
        if let Some(view) = views.remove(&name.name) {
            views.insert(to.to_owned(), view);
        }
    }

    /// Forgets the temporary view that a name stands for; says whether there was one.
    ///
    /// # Errors
    /// A name of too many parts.
    pub(crate) fn drop_temporary(&self, parts: &[String]) -> Result<bool> {
        let Some(found) = self.temporary_named(parts)? else {
            return Ok(false);
        };
        Ok(self
            .views(found.is_global)
            .write()
            .remove(&found.name)
            .is_some())
    }

    fn views(&self, is_global: bool) -> &RwLock<Views> {
        match is_global {
            true => self.tables().global(),
            false => self.tables().temporary(),
        }
    }
}
