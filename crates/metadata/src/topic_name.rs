//! Topic names: which are valid, which collide, which are internal.

/// Longest name. The directory `name-partition` then fits the limit of file systems.
pub const LENGTH_MAX: usize = 249;
/// The topic of groups and committed offsets.
pub const CONSUMER_OFFSETS: &str = "__consumer_offsets";
/// The topic of transactions.
pub const TRANSACTION_STATE: &str = "__transaction_state";
/// The topic of the state of share groups.
pub const SHARE_GROUP_STATE: &str = "__share_group_state";
/// The metadata log; clients cannot create or change it.
pub const CLUSTER_METADATA: &str = "__cluster_metadata";

/// A name is not a valid topic name. The message is Kafka's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Topic name is invalid: {0}")]
pub struct InvalidTopicName(String);

/// Checks that a topic may have this name.
///
/// # Errors
/// What is wrong with the name.
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

/// Whether the name can collide with another one: names of metrics have `_` instead of `.`.
pub fn can_collide(name: &str) -> bool {
    name.contains(['.', '_'])
}

/// The same text for all names that collide.
pub fn collision_key(name: &str) -> String {
    name.replace('.', "_")
}

/// Whether the topic is internal, as clients see it.
pub fn is_internal(name: &str) -> bool {
    matches!(
        name,
        CONSUMER_OFFSETS | TRANSACTION_STATE | SHARE_GROUP_STATE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages were printed by Kafka 4.3.1.
    #[test]
    fn names_are_refused_with_kafkas_messages() {
        let message =
            |name: &str| validate(name).map_or_else(|why| why.to_string(), |()| "ok".to_owned());
        let illegal =
            "contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
        assert_eq!(message("ok_.-A9"), "ok");
        assert_eq!(message(&"x".repeat(249)), "ok");
        assert_eq!(
            message(""),
            "Topic name is invalid: the empty string is not allowed"
        );
        assert_eq!(message("."), "Topic name is invalid: '.' is not allowed");
        assert_eq!(message(".."), "Topic name is invalid: '..' is not allowed");
        assert_eq!(
            message("a/b"),
            format!("Topic name is invalid: 'a/b' {illegal}")
        );
        assert_eq!(
            message("é"),
            format!("Topic name is invalid: 'é' {illegal}")
        );
        assert!(message(&"x".repeat(250)).ends_with("is longer than the max allowed length 249"));
    }

    #[test]
    fn dots_and_underscores_collide() {
        assert!(can_collide("a.b") && can_collide("a_b") && !can_collide("a-b"));
        assert_eq!(collision_key("a.b_c"), collision_key("a_b.c"));
    }
}
