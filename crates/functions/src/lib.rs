//! Spark's functions and operators: one registry, and what each entry computes.
//!
//! A function is resolved from typed arguments to a typed DataFusion expression: [`Function::resolve`] checks the number
//! and the types of the arguments, inserts Spark's implicit casts and says the type of the result. What runs is a
//! kernel over Arrow arrays. A name that is not in the registry is no function: there is no fallback to another engine's
//! functions.
//!
//! Does not read, write or wait, and knows no tables.

mod aggregate;
mod bytes_of_text;
mod call;
pub mod coerce;
mod columns;
mod error;
mod extent;
mod family;
mod function;
mod mersenne;
pub(crate) mod order;
mod refused;
mod settings;
mod text;
mod typed;
pub mod types;
mod udf;
mod window;

pub use aggregate::{AggregateFunction, Fold, Spec, filtered, over};
pub use call::{Call, Clauses, Lambdas, NoLambdas, SortKey, cast, fold, ordinal};
pub use error::{Error, Place, Result};
pub use extent::{check_nodes, too_complex};
pub use family::cast::{StoreAssignment, cast as explicit_cast, mismatch as store_mismatch, store};
pub use family::logic::{can_fail, where_true};
pub use family::window::own_frame;
pub use function::{Function, Group, Kernel, Kind, all, find};
pub use refused::refused;
pub use settings::Settings;
pub use typed::Typed;
pub use udf::{Arguments, LambdaFunction, Resolved, ScalarFunction, with_new_states};
