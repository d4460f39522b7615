//! An entry of the registry.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use arrow::array::ArrayRef;
use datafusion_expr::WindowUDF;
use sql::DataType;

use crate::aggregate::{Fold, Spec};
use crate::call::Call;
use crate::error::Result;
use crate::family;
use crate::typed::Typed;
use crate::udf::{Arguments, LambdaArguments, State};

/// A function of Spark's.
pub struct Function {
    /// The name, in lower case.
    pub name: &'static str,
    /// The group of Spark's documentation.
    pub group: Group,
    /// What it gives.
    pub kind: Kind,
    /// The fewest and the most arguments.
    pub arity: (usize, usize),
    /// One line of documentation, which begins with the call: `upper(str) - Returns ..`. Empty for a function that only
    /// this crate calls; such a name begins with `__`, which no query can call.
    pub usage: &'static str,
    /// The names of the arguments, for calls such as `f(name => value)`; empty if it takes none by name.
    pub parameters: &'static [&'static str],
    /// Makes an expression of a call.
    pub resolve: fn(Call<'_>) -> Result<Typed>,
    /// What runs.
    pub kernel: Kernel,
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value for each row.
    Scalar,
    /// A value for many rows.
    Aggregate,
    /// A value for each row from the rows of a window.
    Window,
    /// Many rows for each row: `resolve` gives an `ARRAY<STRUCT<..>>`, whose elements are the rows.
    Generator,
}

/// The groups of Spark's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Spark's")]
pub enum Group {
    Aggregate,
    Array,
    Bitwise,
    Collection,
    Conditional,
    Conversion,
    Csv,
    Date,
    Generator,
    Hash,
    Json,
    Lambda,
    Map,
    Math,
    Misc,
    Operator,
    Predicate,
    String,
    Struct,
    Url,
    Window,
}

/// What runs for a function.
#[derive(Clone, Copy)]
pub enum Kernel {
    /// `resolve` gives an expression of other functions.
    Rewritten,
    /// The same result for the same arguments. Must give an array of the promised type with [`Arguments::rows`] rows.
    Scalar(fn(&Arguments<'_>) -> Result<ArrayRef>),
    /// Like `Scalar`, but each call gives another result.
    Volatile(fn(&Arguments<'_>) -> Result<ArrayRef>),
    /// Like `Volatile`, with a state that lives as long as the query's plan: the first call makes it.
    Stateful(fn(&Arguments<'_>, &mut State) -> Result<ArrayRef>),
    /// A function of lambdas.
    HigherOrder(fn(&LambdaArguments<'_>) -> Result<ArrayRef>),
    /// The state of an aggregate.
    Aggregate(fn(&Spec) -> Result<Box<dyn Fold>>),
    /// A function over windows.
    Window(fn(&[DataType], &DataType) -> Arc<WindowUDF>),
}

impl Function {
    /// A scalar function of `arity.0` to `arity.1` arguments.
    pub(crate) const fn scalar(
        name: &'static str,
        group: Group,
        arity: (usize, usize),
        usage: &'static str,
        resolve: fn(Call<'_>) -> Result<Typed>,
        kernel: Kernel,
    ) -> Function {
        Function {
            name,
            group,
            kind: Kind::Scalar,
            arity,
            usage,
            parameters: &[],
            resolve,
            kernel,
        }
    }

    /// A scalar function of one argument.
    pub(crate) const fn of_one(
        name: &'static str,
        group: Group,
        usage: &'static str,
        resolve: fn(Call<'_>) -> Result<Typed>,
        kernel: fn(&Arguments<'_>) -> Result<ArrayRef>,
    ) -> Function {
        Function::scalar(name, group, (1, 1), usage, resolve, Kernel::Scalar(kernel))
    }

    /// An aggregate of `arity.0` to `arity.1` arguments.
    pub(crate) const fn aggregate(
        name: &'static str,
        arity: (usize, usize),
        usage: &'static str,
        resolve: fn(Call<'_>) -> Result<Typed>,
        kernel: Kernel,
    ) -> Function {
        Function::scalar(name, Group::Aggregate, arity, usage, resolve, kernel)
            .kind(Kind::Aggregate)
    }

    /// The function with another kind.
    pub(crate) const fn kind(mut self, kind: Kind) -> Function {
        self.kind = kind;
        self
    }

    /// The function with names for its arguments.
    pub(crate) const fn parameters(mut self, names: &'static [&'static str]) -> Function {
        self.parameters = names;
        self
    }

    /// Whether a query can call it.
    pub fn is_public(&self) -> bool {
        !self.name.starts_with("__")
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// As many arguments as wanted.
pub(crate) const MANY: usize = usize::MAX;

static REGISTRY: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let mut registry = HashMap::new();
    for function in family::functions() {
        let earlier = registry.insert(function.name, function);
        assert!(earlier.is_none(), "{} is defined twice", function.name);
    }
    registry
});

/// The function of this name, whatever the case.
pub fn find(name: &str) -> Option<&'static Function> {
    REGISTRY.get(name.to_ascii_lowercase().as_str()).copied()
}

/// All functions that a query can call, by name.
pub fn all() -> Vec<&'static Function> {
    let mut all: Vec<_> = REGISTRY
        .values()
        .copied()
        .filter(|f| f.is_public())
        .collect();
    all.sort_by_key(|function| function.name);
    all
}
