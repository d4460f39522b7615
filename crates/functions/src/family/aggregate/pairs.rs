//! Correlation, covariance and linear regression of pairs of numbers.

use sql::DataType;

use super::statistic::{Statistic, fold};
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
        Kernel::Aggregate(|spec| Ok(fold::<6, State>(spec))),
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

/// How pairs are added. Each way gives the same but for the last digit, which is Spark's.
#[derive(Clone, Copy, Debug)]
struct Mode {
    /// Whether the first argument is `y`, as the functions of the regression line take it.
    is_y_first: bool,
    /// Whether squares are taken with the new mean, as products are.
    uses_new_mean: bool,
}

impl Statistic<6> for State {
    type Mode = Mode;

    fn mode(name: &str) -> Mode {
        Mode {
            is_y_first: matches!(
                name,
                "regr_slope" | "regr_intercept" | "regr_sxx" | "regr_syy"
            ),
            uses_new_mean: matches!(name, "corr" | "regr_r2"),
        }
    }

    fn add(&mut self, mode: Mode, first: f64, second: f64) {
        let (x, y) = match mode.is_y_first {
            true => (second, first),
            false => (first, second),
        };
        self.n += 1.0;
        let (dx, dy) = (x - self.x, y - self.y);
        let (px, py) = (dx / self.n, dy / self.n);
        self.x += px;
        self.y += py;
        self.xy += dx * (y - self.y);
        if mode.uses_new_mean {
            self.xx += dx * (x - self.x);
            self.yy += dy * (y - self.y);
        } else {
            self.xx += dx * (dx - px);
            self.yy += dy * (dy - py);
        }
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

    fn parts(&self) -> [f64; 6] {
        [self.n, self.x, self.y, self.xy, self.xx, self.yy]
    }

    fn of([n, x, y, xy, xx, yy]: [f64; 6]) -> State {
        State {
            n,
            x,
            y,
            xy,
            xx,
            yy,
        }
    }

    fn result(&self, name: &str) -> Option<f64> {
        let s = self;
        if s.n == 0.0 {
            return None;
        }
        match name {
            "covar_pop" => Some(s.xy / s.n),
            "covar_samp" if s.n > 1.0 => Some(s.xy / (s.n - 1.0)),
            "corr" => {
                let divisor = (s.xx * s.yy).sqrt();
                (divisor != 0.0).then(|| s.xy / divisor)
            }
            // Here `x` is the first argument, the one that depends on the other.
            "regr_r2" if s.yy != 0.0 && s.xx == 0.0 => Some(1.0),
            "regr_r2" if s.yy != 0.0 => {
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
