//! Functions that DataFusion does not have, or has with another meaning.

mod arithmetic;
mod cast;
mod codec;
mod current_timestamp;
mod date_format;
mod decimal;
mod divide;
mod json;
mod window;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::config::ConfigOptions;
use datafusion::execution::FunctionRegistry;
use format::time::Zone;

use super::ansi::AnsiRewrite;
use crate::error::Error;
pub(crate) use arithmetic::checked;
pub(crate) use cast::{is_plain_cast, spark_cast};
pub(crate) use codec::{
    decode, decode_aggregate, decode_lambda, encode, encode_aggregate, encode_lambda,
};
pub(crate) use current_timestamp::{current_timestamp, is_current_timestamp};
pub(crate) use date_format::date_format;
pub(crate) use decimal::decimal_operator;
pub(crate) use divide::divide;
pub(crate) use json::{from_json, json_lines, to_json};
pub(crate) use window::{window, window_call};

/// Makes Spark's functions known to a registry, in place of DataFusion's of the same name.
pub(crate) fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    registry.register_udf(Arc::new(window::udf()))?;
    registry.register_udf(Arc::new(current_timestamp::udf()))?;
    registry.register_udf(Arc::new(divide::udf()))?;
    // DataFusion's `to_char`, of patterns that are not Java's, is called `date_format` too.
    registry.deregister_udf("to_char")?;
    registry.register_udf(Arc::new(date_format::udf()))?;
    for udf in decimal::udfs() {
        registry.register_udf(Arc::new(udf))?;
    }
    registry.register_udf(Arc::new(json::from_json_udf()))?;
    registry.register_udf(Arc::new(json::to_json_udf()))?;
    registry.register_function_rewrite(Arc::new(AnsiRewrite))?;
    Ok(())
}

/// The session's time zone.
fn session_zone(options: &ConfigOptions) -> Result<Zone> {
    let name = options.execution.time_zone.as_deref().unwrap_or("UTC");
    Zone::parse(name).ok_or_else(|| {
        Error::illegal_argument(format!(
            "\"{name}\" in spark.sql.session.timeZone is no time zone"
        ))
        .into()
    })
}
