//! Logical plans of streaming queries: our own nodes, the checks Spark makes on them, and the
//! way to a physical plan that is run once per micro-batch.
//!
//! Holds: a plan is analysed when the DataFrame is made, checked and planned once when the query
//! starts, and never again. Does not execute.

mod batch_plan;
mod batch_time;
mod bounded_table;
mod checks;
mod compile;
mod time_window;
mod watermark;

pub(crate) mod stream_table;

pub use batch_plan::BatchPlan;
pub(crate) use batch_plan::configured;
pub(crate) use batch_time::{BatchTimeNode, asks_for_time, resolve_batch_time};
pub(crate) use bounded_table::BoundedTable;
pub(crate) use checks::check_output_mode;
pub(crate) use compile::{Compiled, VltavaQueryPlanner, compile};
pub(crate) use stream_table::{StreamTable, is_streaming};
pub(crate) use time_window::{TimeWindowNode, resolve_time_windows};
pub(crate) use watermark::{WatermarkNode, event_time_delay};
