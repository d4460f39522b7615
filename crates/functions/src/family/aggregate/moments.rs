//! Variance, deviation, skewness, kurtosis.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use sql::DataType;

use crate::aggregate::{Cell, PerGroup, Rows, Spec};
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
        Kernel::Aggregate(|spec| Ok(PerGroup::boxed(Moments::of(spec)))),
    )
}

fn resolve(call: Call<'_>) -> Result<Typed> {
    call.accept(&[DOUBLE])?.aggregate(DataType::Double, true)
}

#[derive(Debug)]
struct Moments {
    name: &'static str,
}

impl Moments {
    fn of(spec: &Spec) -> Moments {
        Moments {
            name: spec.function.name,
        }
    }

    fn result(&self, state: &State) -> Option<f64> {
        let State { n, m2, m3, m4, .. } = *state;
        if n == 0.0 {
            return None;
        }
        match self.name {
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

/// The number of values, their mean, and the sums of the powers of their distances from it.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    n: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl State {
    fn add(&mut self, x: f64) {
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
}

impl Cell for Moments {
    type State = State;

    fn empty(&self) -> State {
        State::default()
    }

    fn update(&mut self, states: &mut [State], values: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let values = values[0].as_primitive::<Float64Type>();
        rows.each(values.nulls(), |group, row| {
            states[group].add(values.value(row))
        });
        Ok(())
    }

    fn merge(&mut self, states: &mut [State], saved: &[ArrayRef], rows: &Rows<'_>) -> Result<()> {
        let of = |index: usize| saved[index].as_primitive::<Float64Type>();
        rows.each(None, |group, row| {
            states[group].join(&State {
                n: of(0).value(row),
                mean: of(1).value(row),
                m2: of(2).value(row),
                m3: of(3).value(row),
                m4: of(4).value(row),
            });
        });
        Ok(())
    }

    fn state_types(&self) -> Vec<ArrowType> {
        vec![ArrowType::Float64; 5]
    }

    fn save(&self, states: &[State]) -> Result<Vec<ArrayRef>> {
        let column = |of: fn(&State) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(states.iter().map(of)))
        };
        Ok(vec![
            column(|s| s.n),
            column(|s| s.mean),
            column(|s| s.m2),
            column(|s| s.m3),
            column(|s| s.m4),
        ])
    }

    fn results(&self, states: &[State]) -> Result<ArrayRef> {
        let results: Float64Array = states.iter().map(|state| self.result(state)).collect();
        Ok(Arc::new(results))
    }
}
