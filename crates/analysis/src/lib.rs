//! Spark's analyser: an unresolved plan becomes a plan that DataFusion runs.
//!
//! Names are resolved, every expression gets its type in Spark and Spark's implicit casts, and functions are looked up in
//! the registry of `functions`. Columns of the plan have ids as their names (`#12`); the names that a user sees are
//! attached to the output only. DataFusion sees a plan with nothing left to coerce.
//!
//! Does not run anything, and reads no data; tables are asked of a [`Catalog`].

mod aggregation;
mod analyser;
mod block;
mod catalog;
mod environment;
mod error;
mod expression;
mod frame;
mod generator;
mod literal;
mod pivot;
mod planned;
mod relation;
mod scope;
mod subquery;
mod window;

pub use analyser::Analyser;
pub use catalog::{Catalog, Table, TableColumn};
pub use error::{Error, Result};
pub use planned::Planned;
pub use scope::Column;
