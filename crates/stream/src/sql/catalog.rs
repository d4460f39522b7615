//! The tables of a session, for the analyser: temporary views, tables and views of the catalogue, and topics and files named
//! in place.
//!
//! ```text
//! FROM STREAM t        FROM kafka.`topic`        FROM parquet.`path`
//! ```

use std::sync::Arc;

use analysis::{Catalog, Routine, Table};
use arrow::datatypes::{Field, Schema};
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::catalog::{TableFunctionArgs, TableProvider};
use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder, lit};
use functions::Typed;
use functions::types::to_arrow;
use parking_lot::Mutex;
use sql::{DataType, Property};

use super::run::plan_with;
use super::session_object::session_name;
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{BoundedTable, StreamTable, WatermarkNode};
use crate::reader;
use crate::session::Session;
use crate::source::file::FileFormat;
use crate::tables::error::{Searched, not_found};
use crate::tables::name::{Named, TableName};
use crate::tables::provider::CatalogTable;
use crate::tables::view;

/// Formats besides those of files that can be named in place of a database.
const PLACES: [&str; 3] = ["kafka", "rate", "rate-micro-batch"];

/// The tables that a text can name: that of a statement, or of a view.
#[derive(Clone)]
pub(crate) struct SessionCatalog {
    session: Session,
    /// The current database of the text.
    database: String,
    /// Settings that the text was written for, if it is that of a view.
    configuration: Option<std::collections::BTreeMap<String, String>>,
    /// The views that this text is within, outermost first; first the one that is being made.
    views: Vec<TableName>,
    /// The temporary views that the text named.
    temporary: Arc<Mutex<Vec<String>>>,
}

impl SessionCatalog {
    /// The tables that a statement of `session` can name.
    pub(crate) fn new(session: &Session) -> SessionCatalog {
        SessionCatalog::recording(session, None)
    }

    /// The tables that the query of a new view can name.
    pub(super) fn recording(session: &Session, view: Option<TableName>) -> SessionCatalog {
        SessionCatalog {
            session: session.clone(),
            database: session.tables().database(),
            configuration: None,
            views: view.into_iter().collect(),
            temporary: Arc::default(),
        }
    }

    /// The temporary views that were named, as messages show them.
    pub(super) fn temporary_views(&self) -> Vec<String> {
        self.temporary.lock().clone()
    }

    /// The settings that the text means.
    pub(crate) fn settings(&self) -> functions::Settings {
        let mut settings = self.session.settings();
        settings.database.clone_from(&self.database);
        if let Some(configuration) = &self.configuration
            && let Some(ansi) = configuration.get("spark.sql.ansi.enabled")
        {
            settings.ansi = ansi.eq_ignore_ascii_case("true");
        }
        settings
    }

    /// The value of a setting that is a limit; -1 is none.
    fn limit(&self, name: &str) -> i64 {
        let value = self.session.conf().get(name);
        value.and_then(|value| value.parse().ok()).unwrap_or(-1)
    }

    fn find(
        &self,
        parts: &[String],
        options: &[Property],
        is_streaming: bool,
    ) -> Result<(Vec<String>, LogicalPlan)> {
        let missing = || not_found(parts, Searched::Query, &self.database);
        // The text of a permanent view does not see temporary views.
        let is_view = self.configuration.is_some();
        match self.session.named(parts, &self.database)? {
            Named::Either(name) => {
                let temporary = match is_view {
                    true => None,
                    false => self.session.temporary_table(&name.table, false),
                };
                match temporary {
                    Some(table) => self.temporary(&name.table, table, is_streaming),
                    None => self
                        .table(&name, options, is_streaming)?
                        .ok_or_else(missing),
                }
            }
            Named::Temporary(name) => {
                let table = self.session.temporary_table(&name, false);
                self.temporary(&name, table.ok_or_else(missing)?, is_streaming)
            }
            Named::Global(name) => {
                let table = self.session.temporary_table(&name, true);
                self.temporary(&name, table.ok_or_else(missing)?, is_streaming)
            }
            Named::Table(name) => {
                if let Some(found) = self.table(&name, options, is_streaming)? {
                    return Ok(found);
                }
                match parts {
                    [format, place] if is_place(format) => {
                        let frame = self.place(format, place, options, is_streaming)?;
                        Ok((parts.to_vec(), frame.plan().clone()))
                    }
                    _ => Err(missing()),
                }
            }
        }
    }

    /// A temporary view.
    fn temporary(
        &self,
        name: &str,
        provider: Arc<dyn TableProvider>,
        is_streaming: bool,
    ) -> Result<(Vec<String>, LogicalPlan)> {
        self.temporary.lock().push(format!("`{name}`"));
        let stream = |spec| reader::stream_of(&self.session, spec);
        let scan = |provider| -> Result<DataFrame> {
            let plan = LogicalPlanBuilder::scan(name, provider_as_source(provider), None)?;
            DataFrame::of_plan(&self.session, plan.build()?)
        };
        let frame = if !is_streaming {
            scan(provider)?
        } else if let Some(table) = provider.downcast_ref::<BoundedTable>()
            && let Some(spec) = table.stream()
        {
            stream(spec.clone())?
        } else if let Some(table) = provider.downcast_ref::<StreamTable>() {
            stream(table.spec().clone())?
        } else {
            let frame = scan(provider)?;
            if !frame.is_streaming() {
                return Err(no_stream(name));
            }
            frame
        };
        Ok((vec![name.to_owned()], frame.plan().clone()))
    }

    /// A table or a view of the catalogue.
    fn table(
        &self,
        name: &TableName,
        options: &[Property],
        is_streaming: bool,
    ) -> Result<Option<(Vec<String>, LogicalPlan)>> {
        let Some(table) = self.session.catalogue_table(name)? else {
            return Ok(None);
        };
        if table.is_view() {
            if is_streaming {
                return Err(no_stream(&name.table));
            }
            let plan = self.view(name, &table)?;
            return Ok(Some((name.parts(), plan)));
        }
        let options = given(options);
        let table = CatalogTable::try_new(&self.session, name, table, &options)?;
        if is_streaming {
            let frame = reader::stream_of(&self.session, table.stream()?)?;
            return Ok(Some((name.parts(), frame.plan().clone())));
        }
        let source = provider_as_source(Arc::new(table));
        let plan = LogicalPlanBuilder::scan(self.session.next_read_name(), source, None)?;
        Ok(Some((name.parts(), plan.build()?)))
    }

    /// The rows of a view of the catalogue, whose text is analysed now.
    fn view(&self, name: &TableName, table: &catalog::Table) -> Result<LogicalPlan> {
        let Some(definition) = &table.view else {
            return Err(no_stream(&name.table));
        };
        if let Some(first) = self.views.iter().position(|outer| outer == name) {
            let cycle = self.views[first..].iter().chain([name]);
            let cycle: Vec<String> = cycle.map(TableName::quoted).collect();
            return Err(Error::analysis(
                "RECURSIVE_VIEW",
                format!(
                    "Recursive view {} detected (cycle: {}).",
                    name.quoted(),
                    cycle.join(" -> ")
                ),
            ));
        }
        if self.views.len() >= view::DEPTH_MAX {
            return Err(Error::analysis(
                "VIEW_EXCEED_MAX_NESTED_DEPTH",
                format!(
                    "The depth of view {} exceeds the maximum view resolution depth ({}).\nAnalysis is aborted to avoid \
                     errors. If you want to work around this, please try to increase the value of \
                     \"spark.sql.view.maxNestedViewDepth\".",
                    name.quoted(),
                    view::DEPTH_MAX
                ),
            ));
        }
        let mut views = self.views.clone();
        views.push(name.clone());
        let inner = SessionCatalog {
            session: self.session.clone(),
            database: definition.database.clone(),
            configuration: Some(definition.configuration.clone()),
            views,
            temporary: Arc::clone(&self.temporary),
        };
        let query = sql::parse_query(&definition.text)?;
        let frame = plan_with(&self.session, &definition.text, &query, inner)?;
        view::output(&self.session, name, table, &frame)
    }

    /// A topic of the default cluster, or files.
    fn place(
        &self,
        format: &str,
        place: &str,
        properties: &[Property],
        is_streaming: bool,
    ) -> Result<DataFrame> {
        let mut options = Options::new();
        if format.eq_ignore_ascii_case("kafka") {
            let servers = self.session.conf().get("spark.vltava.bootstrap.servers");
            options.set(
                "kafka.bootstrap.servers",
                servers.unwrap_or_else(|| "localhost:9092".to_owned()),
            );
            options.set("subscribe", place);
        } else {
            options.set("path", place);
        }
        for (name, value) in given(properties).iter() {
            options.set(name, value);
        }
        if is_streaming {
            let reader = self.session.read_stream().format(format);
            return reader.options(options.iter()).load();
        }
        let reader = self.session.read().format(format);
        reader.options(options.iter()).load()
    }
}

/// Whether a name in front of a point is a format.
fn is_place(format: &str) -> bool {
    let format = format.to_ascii_lowercase();
    FileFormat::named(&format).is_some() || PLACES.contains(&format.as_str())
}

fn no_stream(name: &str) -> Error {
    Error::new(
        ErrorKind::Analysis,
        format!("`{name}` cannot be read as a stream."),
    )
}

/// The options behind a table's name.
fn given(properties: &[Property]) -> Options {
    let pairs = properties.iter();
    pairs
        .map(|property| (property.key.as_str(), property.value.as_str()))
        .collect()
}

impl Session {
    /// The table or view called `name`, of one to three parts.
    ///
    /// # Errors
    /// `TABLE_OR_VIEW_NOT_FOUND`.
    pub fn table(&self, name: &str) -> Result<DataFrame> {
        let parts = sql::parse_name(name)?;
        let (_, plan) = SessionCatalog::new(self).find(&parts, &[], false)?;
        DataFrame::of_plan(self, plan)
    }
}

impl Catalog for SessionCatalog {
    fn table(
        &self,
        name: &[String],
        options: &[Property],
        is_streaming: bool,
    ) -> analysis::Result<Option<Table>> {
        let (name, plan) = self
            .find(name, options, is_streaming)
            .map_err(analysis::Error::of_caller)?;
        Table::of_plan(name, plan).map(Some)
    }

    fn range(&self, start: i64, end: i64, step: i64) -> analysis::Result<LogicalPlan> {
        let arguments = [lit(start), lit(end), lit(step)];
        let state = self.session.state();
        let Some(function) = state.table_functions().get("range") else {
            return Err(analysis::Error::internal(
                "the engine has no function `range`",
            ));
        };
        let arguments = TableFunctionArgs::new(&arguments, &state);
        let table = function.create_table_provider_with_args(arguments)?;
        let source = provider_as_source(table);
        let name = self.session.next_read_name();
        Ok(LogicalPlanBuilder::scan(name, source, None)?.build()?)
    }

    fn work_table(
        &self,
        name: &str,
        columns: Vec<(String, DataType)>,
    ) -> analysis::Result<LogicalPlan> {
        let fields = columns
            .into_iter()
            .map(|(name, data_type)| Field::new(name, to_arrow(&data_type), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let source = provider_as_source(Arc::new(CteWorkTable::new(name, schema)));
        Ok(LogicalPlanBuilder::scan(name, source, None)?.build()?)
    }

    fn recursion_level_limit(&self) -> i64 {
        self.limit("spark.sql.cteRecursionLevelLimit")
    }

    fn recursion_row_limit(&self) -> i64 {
        self.limit("spark.sql.cteRecursionRowLimit")
    }

    fn watermark(
        &self,
        plan: LogicalPlan,
        column: &Column,
        delay_us: i64,
    ) -> analysis::Result<LogicalPlan> {
        let node = WatermarkNode::try_new(plan, column.clone(), delay_us / 1000)
            .map_err(analysis::Error::of_caller)?;
        Ok(LogicalPlan::Extension(Extension {
            node: Arc::new(node),
        }))
    }

    fn variable(&self, name: &str) -> Option<Typed> {
        let variable = self.session.objects().variable(name)?;
        let is_named = !self.settings().case_sensitive || variable.name == name;
        is_named.then(|| variable.typed())
    }

    fn routine(&self, name: &[String]) -> analysis::Result<Option<Arc<Routine>>> {
        let found = session_name(name).and_then(|name| self.session.objects().routine(name));
        Ok(found.map(|found| Arc::clone(&found.routine)))
    }
}
