//! Variance, deviation, skewness, kurtosis.

use sql::DataType;

use super::statistic::{Statistic, fold};
use crate::call::Call;
use crate::error::Result;
use crate::function::{Function, Kernel};
use crate::typed::Typed;
use crate::types::DOUBLE;

pub(super) const FUNCTIONS: &[Function] = &[
    moment("std", "std(expr) - Returns the sample standard deviation."),
    moment(
        "stddev",
        "stddev(expr) - Returns the sample standard deviation.",
    ),
    moment(
        "stddev_samp",
        "stddev_samp(expr) - Returns the sample standard deviation.",
    ),
    moment(
        "stddev_pop",
        "stddev_pop(expr) - Returns the population standard deviation.",
    ),
    moment("variance", "variance(expr) - Returns the sample variance."),
    moment("var_samp", "var_samp(expr) - Returns the sample variance."),
    moment(
        "var_pop",
        "var_pop(expr) - Returns the population variance.",
    ),
    moment("skewness", "skewness(expr) - Returns the skewness."),
    moment("kurtosis", "kurtosis(expr) - Returns the kurtosis."),
];

const fn moment(name: &'static str, usage: &'static str) -> Function {
    Function::aggregate(
        name,
        (1, 1),
        usage,
        resolve,
        Kernel::Aggregate(|spec| Ok(fold::<5, State>(spec))),
    )
}

fn resolve(call: Call<'_>) -> Result<Typed> {
    call.accept(&[DOUBLE])?.aggregate(DataType::Double, true)
}

/// The number of values, their mean, and the sums of the powers of their distances from it.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    n: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Statistic<5> for State {
    type Mode = ();

    fn mode(_: &str) {}

    fn add(&mut self, (): (), x: f64, _: f64) {
        self.n += 1.0;
        let delta = x - self.mean;
        let part = delta / self.n;
        self.mean += part;
        self.m2 += delta * (delta - part);
        let (delta2, part2) = (delta * delta, part * part);
        self.m3 = self.m3 - 3.0 * part * self.m2 + delta * (delta2 - part2);
        self.m4 = self.m4 - 4.0 * part * self.m3 - 6.0 * part2 * self.m2
            + delta * (delta * delta2 - part * part2);
    }

    fn join(&mut self, other: &State) {
        let (n1, n2) = (self.n, other.n);
        let n = n1 + n2;
        if n == 0.0 {
            return;
        }
        let delta = other.mean - self.mean;
        let part = delta / n;
        let m4 = self.m4
            + other.m4
            + part * part * part * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2)
            + 6.0 * part * part * (n1 * n1 * other.m2 + n2 * n2 * self.m2)
            + 4.0 * part * (n1 * other.m3 - n2 * self.m3);
        let m3 = self.m3
            + other.m3
            + part * part * delta * n1 * n2 * (n1 - n2)
            + 3.0 * part * (n1 * other.m2 - n2 * self.m2);
        self.m2 = self.m2 + other.m2 + delta * part * n1 * n2;
        self.m3 = m3;
        self.m4 = m4;
        self.mean += part * n2;
        self.n = n;
    }

    fn parts(&self) -> [f64; 5] {
        [self.n, self.mean, self.m2, self.m3, self.m4]
    }

    fn of([n, mean, m2, m3, m4]: [f64; 5]) -> State {
        State {
            n,
            mean,
            m2,
            m3,
            m4,
        }
    }

    fn result(&self, name: &str) -> Option<f64> {
        let State { n, m2, m3, m4, .. } = *self;
        if n == 0.0 {
            return None;
        }
        match name {
            "var_pop" => Some(m2 / n),
            "stddev_pop" => Some((m2 / n).sqrt()),
            "var_samp" | "variance" if n > 1.0 => Some(m2 / (n - 1.0)),
            "std" | "stddev" | "stddev_samp" if n > 1.0 => Some((m2 / (n - 1.0)).sqrt()),
            "skewness" if m2 != 0.0 => Some(n.sqrt() * m3 / (m2 * m2 * m2).sqrt()),
            "kurtosis" if m2 != 0.0 => Some(n * m4 / (m2 * m2) - 3.0),
            _ => None,
        }
    }
}
