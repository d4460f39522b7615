//! Spark's analyser: an unresolved plan becomes a plan that DataFusion runs.
//!
//! Names are resolved, every expression gets its type in Spark and Spark's implicit casts, and functions are looked up in
//! the registry of `functions`. Columns of the plan have ids as their names (`#12`); the names that a user sees are
//! attached to the output only. DataFusion sees a plan with nothing left to coerce.
//!
//! Does not run anything, and reads no data; tables are asked of a [`Catalog`].

mod analyser;
mod catalog;
mod environment;
mod error;
mod extent;
mod planned;
mod scope;

mod expression;
mod relation;
mod select;
mod subquery;

pub use analyser::{Analyser, Rules};
pub use catalog::{Catalog, Table, TableColumn};
pub use environment::Names;
pub use error::{Error, Result};
pub use expression::routine::{Routine, RoutineParameter, RoutineResult};
pub use planned::{Planned, projection};
pub use scope::Column;
