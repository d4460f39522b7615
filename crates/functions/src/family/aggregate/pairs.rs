//! Correlation, covariance and linear regression of pairs of numbers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use sql::DataType;

use crate::aggregate::{Cell, PerGroup, Rows};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::{Accepts, DOUBLE};

pub(super) const FUNCTIONS: &[Function] = &[
    pair(
        "corr",
        "corr(x, y) - Returns Pearson's coefficient of correlation of the pairs.",
    ),
    pair(
        "covar_pop",
        "covar_pop(x, y) - Returns the population covariance of the pairs.",
    ),
    pair(
        "covar_samp",
        "covar_samp(x, y) - Returns the sample covariance of the pairs.",
    ),
    pair(
        "regr_intercept",
        "regr_intercept(y, x) - Returns where the regression line crosses the axis of `y`.",
    ),
    pair(
        "regr_r2",
        "regr_r2(y, x) - Returns the coefficient of determination of the pairs.",
    ),
    pair(
        "regr_slope",
        "regr_slope(y, x) - Returns the slope of the regression line.",
    ),
    pair(
        "regr_sxx",
        "regr_sxx(y, x) - Returns the sum of the squared distances of `x` from its mean.",
    ),
    pair(
        "regr_sxy",
        "regr_sxy(y, x) - Returns the sum of the products of the distances from the means.",
    ),
    pair(
        "regr_syy",
        "regr_syy(y, x) - Returns the sum of the squared distances of `y` from its mean.",
    ),
    Function::aggregate(
        "regr_avgx",
        (2, 2),
        "regr_avgx(y, x) - Returns the mean of `x` of the pairs without NULL.",
        |call| mean_of(call, 1),
        Kernel::Rewritten,
    ),
    Function::aggregate(
        "regr_avgy",
        (2, 2),
        "regr_avgy(y, x) - Returns the mean of `y` of the pairs without NULL.",
        |call| mean_of(call, 0),
        Kernel::Rewritten,
    ),
];

const fn pair(name: &'static str, usage: &'static str) -> Function {
    Function::aggregate(
        name,
        (2, 2),
        usage,
        |call| call.accept(&[DOUBLE])?.aggregate(DataType::Double, true),
        Kernel::Aggregate(|spec| {
            Ok(PerGroup::boxed(Pairs {
                name: spec.function.name,
            }))
        }),
    )
}

/// The mean of one value where the other is not NULL.
fn mean_of(call: Call<'_>, index: usize) -> Result<Typed> {
    let call = call.accept(&[Accepts::Numeric])?;
    let name = call.text();
    let mut value = call.arguments[index].clone();
    let other = call.arguments[1 - index].expr.clone();
    value.expr = datafusion_expr::when(other.is_not_null(), value.expr).end()?;
    value.nullable = true;
    Ok(call.call("avg", vec![value])?.named(name))
}

#[derive(Debug)]
struct Pairs {
    name: &'static str,
}

/// The number of pairs, the means, and the sums of the products of the distances from them.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    n: f64,
    x: f64,
    y: f64,
    xy: f64,
    xx: f64,
    yy: f64,
}

impl State {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        let (dx, dy) = (x - self.x, y - self.y);
        let (px, py) = (dx / self.n, dy / self.n);
        self.x += px;
        self.y += py;
        self.xy += dx * (y - self.y);
        self.xx += dx * (x - self.x);
        self.yy += dy * (y - self.y);
    }

    fn join(&mut self, other: &State) {
        let (n1, n2) = (self.n, other.n);
        let n = n1 + n2;
        if n == 0.0 {
            return;
        }
        let (dx, dy) = (other.x - self.x, other.y - self.y);
        let (px, py) = (dx / n, dy / n);
        self.xy = self.xy + other.xy + dx * py * n1 * n2;
        self.xx = self.xx + other.xx + dx * px * n1 * n2;
        self.yy = self.yy + other.yy + dy * py * n1 * n2;
        self.x += px * n2;
        self.y += py * n2;
        self.n = n;
    }
}

impl Pairs {
    /// The regression functions take `y` first.
    fn is_y_first(&self) -> bool {
        self.name.starts_with("regr_")
    }

    fn result(&self, s: &State) -> Option<f64> {
        if s.n == 0.0 {
            return None;
        }
        match self.name {
            "covar_pop" => Some(s.xy / s.n),
            "covar_samp" if s.n > 1.0 => Some(s.xy / (s.n - 1.0)),
            "corr" => {
                let divisor = (s.xx * s.yy).sqrt();
                (divisor != 0.0).then(|| s.xy / divisor)
            }
            "regr_r2" if s.xx != 0.0 && s.yy == 0.0 => Some(1.0),
            "regr_r2" if s.xx != 0.0 => {
                let corr = s.xy / (s.xx * s.yy).sqrt();
                Some(corr * corr)
            }
            "regr_slope" if s.xx != 0.0 => Some(s.xy / s.xx),
            "regr_intercept" if s.xx != 0.0 => Some(s.y - s.xy / s.xx * s.x),
            "regr_sxx" => Some(s.xx),
            "regr_sxy" => Some(s.xy),
            "regr_syy" => Some(s.yy),
            _ => None,
        }
    }
}

impl Cell for Pairs {
    type State = State;

    fn empty(&self) -> State {
        State::default()
    }

    fn update(&mut self, states: &mut [State], values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let (a, b) = (
            values[0].as_primitive::<Float64Type>(),
            values[1].as_primitive::<Float64Type>(),
        );
        let (x, y) = if self.is_y_first() { (b, a) } else { (a, b) };
        let nulls = NullBuffer::union(x.nulls(), y.nulls());
        rows.each(nulls.as_ref(), |group, row| {
            states[group].add(x.value(row), y.value(row))
        });
        Ok(())
    }

    fn merge(&mut self, states: &mut [State], saved: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let of = |index: usize| saved[index].as_primitive::<Float64Type>();
        rows.each(None, |group, row| {
            states[group].join(&State {
                n: of(0).value(row),
                x: of(1).value(row),
                y: of(2).value(row),
                xy: of(3).value(row),
                xx: of(4).value(row),
                yy: of(5).value(row),
            });
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![ArrowType::Float64; 6]
    }

    fn save(&self, states: &[State]) -> Result<Vec<ArrayRef>> {
        let column = |of: fn(&State) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(states.iter().map(of)))
        };
        Ok(vec![
            column(|s| s.n),
            column(|s| s.x),
            column(|s| s.y),
            column(|s| s.xy),
            column(|s| s.xx),
            column(|s| s.yy),
        ])
    }

    fn results(&self, states: &[State]) -> Result<ArrayRef> {
        let results: Float64Array = states.iter().map(|state| self.result(state)).collect();
        Ok(Arc::new(results))
    }
}
