//! The tables of a session, for the analyser: temporary views, tables and views of the catalogue, and topics and files named
//! in place.
//!
//! ```text
//! FROM STREAM t        FROM kafka.`topic`        FROM parquet.`path`
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::{Catalog, Routine, Table};
use arrow::datatypes::{Field, Schema};
use datafusion::catalog::{TableFunctionArgs, TableProvider};
use datafusion::common::{Column, TableReference};
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder, lit};
use functions::{Place, Typed};
use parking_lot::Mutex;
use sql::{DataType, Property};
use values::types::to_arrow;

use super::session_object::session_name;
use super::view::renamed;
use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{BoundedTable, Recursion, StreamTable, WatermarkNode, WorkTable};
use crate::reader;
use crate::session::Session;
use crate::source::file::FileFormat;
use crate::tables::error::{Searched, not_found};
use crate::tables::name::{Named, TableName, quoted};
use crate::tables::provider::CatalogTable;
use crate::tables::temporary::TemporaryView;
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
    configuration: Option<BTreeMap<String, String>>,
    /// Whether temporary objects can be named: not in the text of a permanent view.
    sees_temporary: bool,
    /// Where the table is named that is looked up.
    place: Option<Arc<Place>>,
    /// The views that this text is within, by their names, outermost first; first the one that is being made.
    views: Vec<Vec<String>>,
    /// What the text named.
    named: Arc<Mutex<NamedObjects>>,
}

/// What a text named.
#[derive(Debug, Default)]
struct NamedObjects {
    /// Temporary objects: the kind, and the name in back quotes.
    temporary: Vec<(&'static str, String)>,
    /// Whether a table or view was among it.
    has_read: bool,
}

impl SessionCatalog {
    /// The tables that a statement of `session` can name.
    pub(crate) fn new(session: &Session) -> SessionCatalog {
        SessionCatalog {
            session: session.clone(),
            database: session.tables().database(),
            configuration: None,
            sees_temporary: true,
            place: None,
            views: Vec::new(),
            named: Arc::default(),
        }
    }

    /// The tables that the query of a new view of this name can name.
    pub(super) fn of_view(session: &Session, name: Vec<String>) -> SessionCatalog {
        SessionCatalog {
            views: vec![name],
            ..SessionCatalog::new(session)
        }
    }

    /// Whether the text named a table or view.
    pub(super) fn has_read(&self) -> bool {
        self.named.lock().has_read
    }

    /// That the text of a permanent object named no temporary one. `kind` and `name` are the object's.
    ///
    /// # Errors
    /// `INVALID_TEMP_OBJ_REFERENCE`.
    pub(super) fn refuse_temporary(&self, kind: &str, name: &str) -> Result<()> {
        let named = self.named.lock();
        let Some((temporary_kind, temporary)) = named.temporary.first() else {
            return Ok(());
        };
        Err(Error::analysis(
            "INVALID_TEMP_OBJ_REFERENCE",
            format!(
                "Cannot create the persistent object {name} of the type {kind} because it references to the temporary object \
                 {temporary} of the type {temporary_kind}. Please make the temporary object {temporary} persistent, or make \
                 the persistent object {name} temporary."
            ),
        ))
    }

    fn note_temporary(&self, kind: &'static str, name: &str) {
        self.named
            .lock()
            .temporary
            .push((kind, format!("`{name}`")));
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
        self.named.lock().has_read = true;
        match self.session.named(parts, &self.database)? {
            Named::Either(name) => {
                let temporary = match self.sees_temporary {
                    true => self.temporary_table(&name.table, false)?,
                    false => None,
                };
                match temporary {
                    Some(table) => self.temporary(&name.table, table, is_streaming),
                    None => self
                        .table(&name, options, is_streaming)?
                        .ok_or_else(missing),
                }
            }
            Named::Temporary(name) => {
                let table = self.temporary_table(&name, false)?;
                self.temporary(&name, table.ok_or_else(missing)?, is_streaming)
            }
            Named::Global(name) => {
                let table = self.temporary_table(&name, true)?;
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

    /// The rows of the temporary view of this name in lower case, if there is one.
    ///
    /// # Errors
    /// What is wrong in its text now.
    pub(crate) fn temporary_table(
        &self,
        name: &str,
        is_global: bool,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(view) = self.session.temporary_view(name, is_global) else {
            return Ok(None);
        };
        Ok(Some(match view {
            TemporaryView::Table(table) => table,
            TemporaryView::Cached { rows, plan, writes } => {
                match self.session.tables().writes() == writes {
                    true => rows,
                    false => plan,
                }
            }
            TemporaryView::Text(view) => {
                let inner = SessionCatalog {
                    database: view.database.clone(),
                    configuration: Some(view.configuration.clone()),
                    views: self.within(vec![name.to_owned()])?,
                    ..self.clone()
                };
                let frame = inner.rows_of_view(&view.text)?;
                let frame = renamed(&frame, &format!("`{name}`"), &view.columns)?;
                Arc::new(ViewTable::new(frame.plan().clone(), None))
            }
        }))
    }

    /// The views around this text, and the one of this name within it.
    ///
    /// # Errors
    /// `RECURSIVE_VIEW`, `VIEW_EXCEED_MAX_NESTED_DEPTH`.
    fn within(&self, name: Vec<String>) -> Result<Vec<Vec<String>>> {
        let shown = quoted(&name);
        let mut views = self.views.clone();
        views.push(name);
        let last = views.len() - 1;
        if let Some(first) = views[..last].iter().position(|outer| *outer == views[last]) {
            let cycle: Vec<String> = views[first..].iter().map(|it| quoted(it)).collect();
            return Err(Error::analysis(
                "RECURSIVE_VIEW",
                format!(
                    "Recursive view {shown} detected (cycle: {}).",
                    cycle.join(" -> ")
                ),
            ));
        }
        if views.len() > view::DEPTH_MAX {
            return Err(Error::analysis(
                "VIEW_EXCEED_MAX_NESTED_DEPTH",
                format!(
                    "The depth of view {shown} exceeds the maximum view resolution depth ({}).\nAnalysis is aborted to avoid \
                     errors. If you want to work around this, please try to increase the value of \
                     \"spark.sql.view.maxNestedViewDepth\".",
                    view::DEPTH_MAX
                ),
            ));
        }
        Ok(views)
    }

    /// A temporary view.
    fn temporary(
        &self,
        name: &str,
        provider: Arc<dyn TableProvider>,
        is_streaming: bool,
    ) -> Result<(Vec<String>, LogicalPlan)> {
        self.note_temporary("VIEW", name);
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
        let inner = SessionCatalog {
            database: definition.database.clone(),
            configuration: Some(definition.configuration.clone()),
            sees_temporary: false,
            views: self.within(name.parts())?,
            ..self.clone()
        };
        let frame = inner.rows_of_view(&definition.text)?;
        view::output(&self.session, name, table, &frame)
    }

    /// The rows of the innermost view, which has this text.
    fn rows_of_view(self, text: &str) -> Result<DataFrame> {
        let session = self.session.clone();
        let object = self.views.last().map(|name| name.join("."));
        let object = format!("VIEW {}", object.unwrap_or_default());
        let reference = self.place.clone();
        let query = sql::parse_query(text)?;
        let analyser = session.analyser_with(text, self);
        let analyser = analyser.of_view(&object, reference);
        DataFrame::of_planned(&session, analyser.query(&query)?)
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
        place: &Arc<Place>,
    ) -> analysis::Result<Option<Table>> {
        let here = SessionCatalog {
            place: Some(Arc::clone(place)),
            ..self.clone()
        };
        let (name, plan) = here
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
        id: usize,
        level_limit: Option<i64>,
        columns: Vec<(String, DataType)>,
    ) -> analysis::Result<(String, LogicalPlan)> {
        let recursion = Recursion {
            id,
            level_limit: level_limit
                .unwrap_or_else(|| self.limit("spark.sql.cteRecursionLevelLimit")),
            row_limit: self.limit("spark.sql.cteRecursionRowLimit"),
        };
        let name = recursion.to_string();
        let fields = columns
            .into_iter()
            .map(|(name, data_type)| Field::new(name, to_arrow(&data_type), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let source = provider_as_source(Arc::new(WorkTable::new(recursion, schema)));
        let table = TableReference::bare(name.as_str());
        let plan = LogicalPlanBuilder::scan(table, source, None)?.build()?;
        Ok((name, plan))
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
        if !self.sees_temporary {
            return None;
        }
        let variable = self.session.objects().variable(name)?;
        let is_named = !self.settings().case_sensitive || variable.name == name;
        is_named.then(|| {
            self.note_temporary("VARIABLE", &variable.name);
            variable.typed()
        })
    }

    fn warn(&self, message: &str) {
        tracing::warn!("{message}");
    }

    fn routine(&self, name: &[String]) -> analysis::Result<Option<Arc<Routine>>> {
        let temporary = session_name(name).filter(|_| self.sees_temporary);
        if let Some(found) = temporary.and_then(|name| self.session.objects().routine(name)) {
            self.note_temporary("FUNCTION", found.routine.plain_name());
            return Ok(Some(Arc::clone(&found.routine)));
        }
        let permanent = || match self.session.function_name(name, &self.database)? {
            Some(name) => self.session.catalogue_function(&name),
            None => Ok(None),
        };
        let found = permanent().map_err(analysis::Error::of_caller)?;
        Ok(found.map(|found| Arc::clone(&found.routine)))
    }
}
