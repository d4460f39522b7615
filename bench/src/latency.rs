//! Latencies. All are kept, so that a percentile is a measured value.

use std::time::Duration;

use serde_json::{Value, json};

/// Percentiles, in milliseconds.
pub fn percentiles(mut all: Vec<Duration>) -> Value {
    if all.is_empty() {
        return Value::Null;
    }
    all.sort_unstable();
    let at = |share: f64| {
        let index = ((all.len() as f64 * share).ceil() as usize).clamp(1, all.len()) - 1;
        (all[index].as_secs_f64() * 1e6).round() / 1e3
    };
    json!({ "p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": at(1.0), "count": all.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_happened() {
        let all = (1..=1000).rev().map(Duration::from_millis).collect();
        let expected =
            json!({ "p50": 500.0, "p99": 990.0, "p999": 999.0, "max": 1000.0, "count": 1000 });
        assert_eq!(percentiles(all), expected);
        assert_eq!(percentiles(Vec::new()), Value::Null);
    }
}
