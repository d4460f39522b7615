//! Plans: our own logical nodes, DataFusion's rules and our own, the checks that Spark makes on streaming queries, and
//! their physical plan, which runs once per micro-batch.
//!
//! Holds: a streaming plan is analysed when the DataFrame is made, checked and planned once when the query starts, and
//! never again. Does not execute.

mod batch_plan;
mod batch_time;
mod bounded_table;
mod checks;
mod compile;
mod recursion;
mod rules;
mod time_window;
mod watermark;
mod window_call;

pub mod stream_table;

use datafusion::common::DFSchemaRef;

pub use batch_plan::BatchPlan;
pub use batch_plan::configured;
pub use batch_time::{BatchTimeNode, asks_for_time, is_current_timestamp, resolve_batch_time};
pub use bounded_table::{BoundedTable, bounded_scan};
pub use checks::check_output_mode;
pub use compile::{Compiled, VltavaQueryPlanner, compile};
pub use recursion::{Recursion, WorkTable};
pub use rules::Queries;
pub(crate) use rules::with_rules;
pub use stream_table::{StreamTable, is_streaming};
pub use time_window::{TimeWindowNode, resolve_time_windows};
pub use watermark::{WatermarkNode, event_time_delay};

/// For a node that appends one column to its input: the columns of the input that these output columns need.
fn without_last(schema: &DFSchemaRef, output_columns: &[usize]) -> Vec<usize> {
    let added = schema.fields().len() - 1;
    let columns = output_columns.iter().copied();
    columns.filter(|column| *column != added).collect()
}
