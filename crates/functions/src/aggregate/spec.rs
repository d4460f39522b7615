//! What an aggregate is made for.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::DataType as ArrowType;
use datafusion_common::ScalarValue;
use sql::DataType;

use crate::error::Place;
use crate::function::Function;
use crate::settings::Settings;
use crate::types::to_arrow;

/// An aggregate function with what was resolved: all that an aggregate depends on but its rows.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The function.
    pub function: &'static Function,
    /// The types of the values of a row. The keys of `WITHIN GROUP` come last.
    pub arguments: Vec<DataType>,
    /// The type of the result.
    pub result: DataType,
    /// Whether the result can be NULL.
    pub nullable: bool,
    /// The constant arguments, which are not among the values.
    pub constants: Vec<ScalarValue>,
    /// For each key of `WITHIN GROUP`: whether it is ascending, and whether NULL comes first.
    pub orders: Vec<(bool, bool)>,
    /// Whether NULL is passed over where it would count.
    pub ignore_nulls: bool,
    /// The session's settings.
    pub settings: Arc<Settings>,
    /// Where the call is, for errors.
    pub place: Option<Arc<Place>>,
}

impl Spec {
    /// The Arrow type of the result.
    pub(crate) fn return_type(&self) -> ArrowType {
        to_arrow(&self.result)
    }

    /// The Arrow type of a value.
    pub(crate) fn argument(&self, index: usize) -> ArrowType {
        to_arrow(&self.arguments[index])
    }

    /// Whether the function is one of the `try_` functions.
    pub(crate) fn is_try(&self) -> bool {
        self.function.name.starts_with("try_") || self.function.name.starts_with("__try_")
    }
}

/// Two aggregates are the same if they compute the same, wherever they are.
impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
            && self.arguments == other.arguments
            && self.result == other.result
            && self.nullable == other.nullable
            && self.constants == other.constants
            && self.orders == other.orders
            && self.ignore_nulls == other.ignore_nulls
            && self.settings == other.settings
    }
}

impl Eq for Spec {}

impl Hash for Spec {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
        self.return_type().hash(state);
        self.constants.hash(state);
    }
}
