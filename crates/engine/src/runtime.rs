//! What the queries of a session share.

use std::fmt;
use std::sync::Arc;

use datafusion::execution::SessionState;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_proto::physical_plan::PhysicalExtensionCodec;
use io::Io;

use crate::conf::Conf;
use crate::error::Result;
use crate::memory::{Memory, MemoryBudget};
use crate::plan::{Queries, VltavaQueryPlanner, with_rules};

/// The outside world, the configuration, the memory budget and DataFusion's context. Clones are the same runtime.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    io: Io,
    conf: Conf,
    context: SessionContext,
    functions: Arc<dyn PhysicalExtensionCodec>,
}

impl Runtime {
    /// A runtime that reaches the world through `io`. `functions` encodes and decodes the functions of plans; the rest of
    /// the codec is not used.
    ///
    /// # Errors
    /// If DataFusion cannot be set up.
    pub fn new(io: Io, conf: Conf, functions: Arc<dyn PhysicalExtensionCodec>) -> Result<Runtime> {
        let budget = Arc::new(MemoryBudget::new(&conf));
        let environment = RuntimeEnvBuilder::new().with_memory_pool(budget);
        let builder = SessionStateBuilder::new()
            .with_config(datafusion_config().with_extension(Arc::new(io.clone())))
            .with_runtime_env(environment.build_arc()?)
            .with_default_features()
            .with_query_planner(Arc::new(VltavaQueryPlanner));
        let state = with_rules(builder, Queries::Bounded).build();
        let inner = Inner {
            io,
            conf,
            context: SessionContext::new_with_state(state),
            functions,
        };
        Ok(Runtime {
            inner: Arc::new(inner),
        })
    }

    /// The outside world.
    pub fn io(&self) -> &Io {
        &self.inner.io
    }

    /// The configuration; changes hold for what is started after them.
    pub fn conf(&self) -> &Conf {
        &self.inner.conf
    }

    /// DataFusion's context, with the tables of the session.
    pub fn context(&self) -> &SessionContext {
        &self.inner.context
    }

    /// What encodes and decodes the functions of plans.
    pub fn functions(&self) -> &Arc<dyn PhysicalExtensionCodec> {
        &self.inner.functions
    }

    /// The memory that the queries share.
    pub fn memory(&self) -> Memory {
        Memory::of(&self.inner.context.task_ctx())
    }

    /// DataFusion's state, for planning with the configuration as it is now.
    pub fn state(&self) -> SessionState {
        let state = self.inner.context.state();
        let time_zone = self.conf().get("spark.sql.session.timeZone");
        let config = state.config().clone();
        // Rebuilding must keep the catalog, and with it the views.
        let mut config = config.with_create_default_catalog_and_schema(false);
        config.options_mut().execution.time_zone = time_zone;
        let mut state = SessionStateBuilder::new_from_existing(state)
            .with_config(config)
            .build();
        // Expressions are given the configuration as it was at this mark.
        state.mark_start_execution();
        state
    }
}

/// How DataFusion is set so that it means what Spark means.
fn datafusion_config() -> SessionConfig {
    let mut config = SessionConfig::new().with_information_schema(false);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    options.execution.time_zone = Some("UTC".to_owned());
    config
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("conf", &self.inner.conf)
            .finish_non_exhaustive()
    }
}
