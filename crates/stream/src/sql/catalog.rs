//! The tables of a session, for the analyser: views, and topics and files named in place.
//!
//! ```text
//! FROM STREAM t        FROM kafka.`topic`        FROM parquet.`path`
//! ```

use std::sync::Arc;

use analysis::{Catalog, Table};
use datafusion::catalog::TableFunctionArgs;
use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder, lit};
use sql::Property;

use crate::dataframe::DataFrame;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Options;
use crate::plan::{BoundedTable, StreamTable, WatermarkNode};
use crate::reader;
use crate::session::Session;

/// The tables of a session.
pub(crate) struct SessionCatalog {
    session: Session,
}

impl SessionCatalog {
    /// The tables of `session`.
    pub(crate) fn new(session: &Session) -> SessionCatalog {
        SessionCatalog {
            session: session.clone(),
        }
    }

    fn find(
        &self,
        parts: &[String],
        options: &[Property],
        is_streaming: bool,
    ) -> Result<Option<DataFrame>> {
        let name = parts.join(".");
        if let Some(provider) = self.session.find_table(&name)? {
            if !is_streaming {
                return self.session.table(&name).map(Some);
            }
            if let Some(table) = provider.downcast_ref::<BoundedTable>()
                && let Some(spec) = table.stream()
            {
                return reader::stream_of(&self.session, spec.clone()).map(Some);
            }
            if let Some(table) = provider.downcast_ref::<StreamTable>() {
                return reader::stream_of(&self.session, table.spec().clone()).map(Some);
            }
            let frame = self.session.table(&name)?;
            if frame.is_streaming() {
                return Ok(Some(frame));
            }
            return Err(Error::new(
                ErrorKind::Analysis,
                format!("`{name}` cannot be read as a stream."),
            ));
        }
        match parts {
            [schema, table] if schema.eq_ignore_ascii_case("default") => {
                self.find(std::slice::from_ref(table), options, is_streaming)
            }
            [catalog, schema, table]
                if catalog.eq_ignore_ascii_case("spark_catalog")
                    && schema.eq_ignore_ascii_case("default") =>
            {
                self.find(std::slice::from_ref(table), options, is_streaming)
            }
            [format, place] => self.place(format, place, options, is_streaming).map(Some),
            _ => Ok(None),
        }
    }

    /// A topic of the default cluster, or files.
    fn place(
        &self,
        format: &str,
        place: &str,
        given: &[Property],
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
        for property in given {
            options.set(&property.key, property.value.clone().unwrap_or_default());
        }
        if is_streaming {
            let reader = self.session.read_stream().format(format);
            return reader.options(options.iter()).load();
        }
        let reader = self.session.read().format(format);
        reader.options(options.iter()).load()
    }
}

impl Catalog for SessionCatalog {
    fn table(
        &self,
        name: &[String],
        options: &[Property],
        is_streaming: bool,
    ) -> analysis::Result<Option<Table>> {
        let frame = self
            .find(name, options, is_streaming)
            .map_err(analysis::Error::of_caller)?;
        frame
            .map(|frame| Table::of_plan(name.to_vec(), frame.plan().clone()))
            .transpose()
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
}
