//! The SQLSTATE of each of Spark's error conditions.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A condition and its state in each line, from Spark 4.3's `error-conditions.json`.
static SPARK: &str = include_str!("sql_states.txt");

/// Conditions that Spark does not have, or has in its connectors.
const OURS: [(&str, &str); 2] = [("KAFKA_DATA_LOSS", "22000"), ("NOT_SUPPORTED", "0A000")];

static STATES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let spark = SPARK.lines().filter_map(|line| line.split_once(' '));
    spark.chain(OURS).collect()
});

/// The SQLSTATE of a condition such as `CAST_INVALID_INPUT` or `UNRESOLVED_COLUMN.WITH_SUGGESTION`; none if it is unknown.
pub fn sql_state(condition: &str) -> Option<&'static str> {
    let class = condition.split('.').next().unwrap_or(condition);
    STATES.get(class).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_condition_has_the_state_of_its_class() {
        assert_eq!(
            sql_state("UNRESOLVED_COLUMN.WITH_SUGGESTION"),
            Some("42703")
        );
        assert_eq!(sql_state("NOT_SUPPORTED"), Some("0A000"));
        assert_eq!(sql_state("NOTHING"), None);
    }
}
