//! Spark's analyser: an unresolved plan becomes a plan that DataFusion runs.
//!
//! Names are resolved, every expression gets its type in Spark and Spark's implicit casts, and functions are looked up in
//! the registry of `functions`. Columns of the plan have ids as their names (`#12`); the names that a user sees are
//! attached to the output only. DataFusion sees a plan with nothing left to coerce.
//!
//! Does not run anything, and reads no data; tables are asked of a [`Catalog`].

mod aggregation;
mod analyser;
mod argument;
mod block;
mod call;
mod canonical;
mod catalog;
mod computed_columns;
mod condition;
mod dependent;
mod environment;
mod error;
mod expression;
mod extent;
mod frame;
mod generator;
mod grouping;
mod hint;
mod identifier;
mod join;
mod keyed;
mod lateral;
mod lift;
mod literal;
mod order;
mod parts;
mod pipe;
mod pivot;
mod planned;
mod recursion;
mod relation;
mod routine;
mod row_limit;
mod scope;
mod select_list;
mod session_window;
mod set_operation;
mod subquery;
mod table;
mod values;
mod window;

pub use analyser::{Analyser, Rules};
pub use catalog::{Catalog, Table, TableColumn};
pub use environment::Names;
pub use error::{Error, Result};
pub use planned::{Planned, projection};
pub use routine::{Routine, RoutineParameter, RoutineResult};
pub use scope::Column;
