//! The bias of HyperLogLog++'s raw estimates.

use std::sync::LazyLock;

/// For each precision from 4 to 18 two lines: raw estimates, and how much each is too large on average. They are the
/// measurements that the authors of HyperLogLog++ published ("Appendix to HyperLogLog in Practice").
const MEASURED: &str = include_str!("distinct_bias.txt");

static NUMBERS: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let numbers = |line: &str| {
        line.split(' ')
            .filter_map(|number| number.parse().ok())
            .collect()
    };
    MEASURED.lines().map(numbers).collect()
});

/// How many of the nearest measurements count.
const NEAREST: usize = 6;

/// How much a raw estimate is too large on average; 0 for a precision that was not measured.
pub(super) fn bias(precision: u8, estimate: f64) -> f64 {
    let line = usize::from(precision.saturating_sub(4)) * 2;
    let (Some(estimates), Some(biases)) = (NUMBERS.get(line), NUMBERS.get(line + 1)) else {
        return 0.0;
    };
    let at = estimates.partition_point(|known| *known < estimate);
    let distance = |index: usize| (estimate - estimates[index]).powi(2);
    let mut low = (at + 1).saturating_sub(NEAREST);
    let mut high = (low + NEAREST).min(estimates.len());
    while high < estimates.len() && distance(high) < distance(low) {
        low += 1;
        high += 1;
    }
    let nearest = &biases[low..high];
    nearest.iter().sum::<f64>() / nearest.len() as f64
}
