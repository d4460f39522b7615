//! Topic names: which are legal, which collide, which are Kafka's own.

use std::fmt;

/// Longest name, so that the directory `name-partition` fits a file system's limit.
pub const LENGTH_MAX: usize = 249;
/// The topic of groups and committed offsets.
pub const CONSUMER_OFFSETS: &str = "__consumer_offsets";
/// The topic of transactions.
pub const TRANSACTION_STATE: &str = "__transaction_state";
/// The topic of share groups' progress.
pub const SHARE_GROUP_STATE: &str = "__share_group_state";
/// The log of the cluster's own facts; no client may create or change it.
pub const CLUSTER_METADATA: &str = "__cluster_metadata";

/// Why a name is not a topic name, in Kafka's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidTopicName(String);

impl fmt::Display for InvalidTopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Topic name is invalid: {}", self.0)
    }
}

impl std::error::Error for InvalidTopicName {}

/// Whether a topic may have this name.
pub fn validate(name: &str) -> Result<(), InvalidTopicName> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let why = if name.is_empty() {
        "the empty string is not allowed".to_owned()
    } else if name == "." || name == ".." {
        format!("'{name}' is not allowed")
    } else if name.len() > LENGTH_MAX {
        format!("the length of '{name}' is longer than the max allowed length {LENGTH_MAX}")
    } else if !name.bytes().all(legal) {
        format!(
            "'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        )
    } else {
        return Ok(());
    };
    Err(InvalidTopicName(why))
}

/// Whether the name can collide with another: metrics cannot tell `.` from `_`.
pub fn can_collide(name: &str) -> bool {
    name.contains(['.', '_'])
}

/// The same text for all names that collide with each other.
pub fn collision_key(name: &str) -> String {
    name.replace('.', "_")
}

/// Whether clients are told that the topic is internal.
pub fn is_internal(name: &str) -> bool {
    matches!(
        name,
        CONSUMER_OFFSETS | TRANSACTION_STATE | SHARE_GROUP_STATE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences were printed by Kafka 4.3.1.
    #[test]
    fn names_are_refused_in_kafkas_words() {
        let sentence =
            |name: &str| validate(name).map_or_else(|why| why.to_string(), |()| "ok".to_owned());
        let illegal =
            "contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
        assert_eq!(sentence("ok_.-A9"), "ok");
        assert_eq!(sentence(&"x".repeat(249)), "ok");
        assert_eq!(
            sentence(""),
            "Topic name is invalid: the empty string is not allowed"
        );
        assert_eq!(sentence("."), "Topic name is invalid: '.' is not allowed");
        assert_eq!(sentence(".."), "Topic name is invalid: '..' is not allowed");
        assert_eq!(
            sentence("a/b"),
            format!("Topic name is invalid: 'a/b' {illegal}")
        );
        assert_eq!(
            sentence("é"),
            format!("Topic name is invalid: 'é' {illegal}")
        );
        assert!(sentence(&"x".repeat(250)).ends_with("is longer than the max allowed length 249"));
    }

    #[test]
    fn dots_and_underscores_are_the_same_to_metrics() {
        assert!(can_collide("a.b") && can_collide("a_b") && !can_collide("a-b"));
        assert_eq!(collision_key("a.b_c"), collision_key("a_b.c"));
    }
}
