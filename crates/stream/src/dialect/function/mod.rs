//! Functions that DataFusion does not have, or has with another meaning.

mod current_timestamp;
mod divide;
mod window;

use datafusion::common::Result;
use datafusion::execution::FunctionRegistry;
use std::sync::Arc;

pub(crate) use current_timestamp::{current_timestamp, is_current_timestamp};
pub(crate) use divide::divide;
pub(crate) use window::{window, window_call};

/// Makes Spark's functions known to a registry, in place of DataFusion's of the same name.
pub(crate) fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    registry.register_udf(Arc::new(window::udf()))?;
    registry.register_udf(Arc::new(current_timestamp::udf()))?;
    registry.register_udf(Arc::new(divide::udf()))?;
    Ok(())
}
