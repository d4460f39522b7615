//! The engine: runs plans of tables that end and of tables that do not.
//!
//! A batch is a function of (plan, offset ranges, state version, watermark, batch timestamp). Run it twice, get the same
//! output; what makes a query exactly-once is that all five are written down before the batch runs.
//!
//! Plans are DataFusion's, with nodes and operators of ours; functions come with the plan. No wall clock in operators, no
//! broker internals, no SQL text. Storage is seen only through [`io::Objects`].

pub mod batch;
pub mod checkpoint;
pub mod conf;
pub mod conf_key;
pub mod error;
pub mod executor;
pub mod memory;
mod operator;
pub mod options;
pub mod plan;
pub mod progress;
pub mod query;
mod runtime;
pub mod sink;
pub mod source;
pub mod trigger;
mod type_name;

pub use runtime::Runtime;
pub use type_name::type_name;
