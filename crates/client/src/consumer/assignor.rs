//! Assignors: how the leader of a group assigns partitions to its members.
//!
//! Pure. They decide as Kafka's assignors of the same names, so that members of both clients can be in one
//! group.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use wire::messages::consumer_protocol_assignment::TopicPartition as AssignedTopic;
use wire::messages::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use wire::{Decoder, Encoder, Message, StrBytes, TopicPartition};

use crate::admin::by_topic;
use crate::config::AssignorKind;

/// The version in which subscriptions are written. Readers of older versions ignore the rest.
const SUBSCRIPTION_VERSION: i16 = 3;

/// The version in which assignments are written.
const ASSIGNMENT_VERSION: i16 = 1;

/// A member, as the assignor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscriber {
    pub(super) member_id: StrBytes,
    pub(super) instance_id: Option<StrBytes>,
    pub(super) topics: BTreeSet<StrBytes>,
}

impl Subscriber {
    /// Static members first, by `group.instance.id`; then the others, by member id.
    fn order(&self) -> (bool, &str) {
        match &self.instance_id {
            Some(instance) => (false, instance),
            None => (true, &self.member_id),
        }
    }
}

/// The partitions of each member, by member id. `counts` are the numbers of partitions of the topics; a
/// missing topic has none.
pub(super) fn assign(
    kind: AssignorKind,
    members: &[Subscriber],
    counts: &BTreeMap<StrBytes, i32>,
) -> BTreeMap<StrBytes, Vec<TopicPartition>> {
    let mut sorted: Vec<&Subscriber> = members.iter().collect();
    sorted.sort_by_key(|member| member.order());
    let mut assignment: BTreeMap<StrBytes, Vec<TopicPartition>> = members
        .iter()
        .map(|member| (member.member_id.clone(), Vec::new()))
        .collect();
    let mut give = |member: &Subscriber, partition| {
        assignment
            .get_mut(&member.member_id)
            .expect("every member is in the map")
            .push(partition);
    };
    match kind {
        AssignorKind::Range => range(&sorted, counts, &mut give),
        AssignorKind::RoundRobin => round_robin(&sorted, counts, &mut give),
    }
    assignment
}

/// Assigns to every subscriber of a topic a range of its partitions. If the number does not divide evenly,
/// the first subscribers get one partition more.
fn range(
    members: &[&Subscriber],
    counts: &BTreeMap<StrBytes, i32>,
    give: &mut impl FnMut(&Subscriber, TopicPartition),
) {
    for (topic, &count) in counts {
        let subscribers: Vec<_> = members
            .iter()
            .filter(|member| member.topics.contains(topic))
            .collect();
        if subscribers.is_empty() {
            continue;
        }
        let (each, left_over) = (
            count as usize / subscribers.len(),
            count as usize % subscribers.len(),
        );
        let mut next = 0;
        for (place, member) in subscribers.iter().enumerate() {
            for _ in 0..each + usize::from(place < left_over) {
                give(member, TopicPartition::new(topic.clone(), next));
                next += 1;
            }
        }
    }
}

/// All partitions of all topics, to the subscribers in turn.
fn round_robin(
    members: &[&Subscriber],
    counts: &BTreeMap<StrBytes, i32>,
    give: &mut impl FnMut(&Subscriber, TopicPartition),
) {
    let mut next = 0;
    for (topic, &count) in counts {
        if !members.iter().any(|member| member.topics.contains(topic)) {
            continue;
        }
        for partition in 0..count {
            while !members[next % members.len()].topics.contains(topic) {
                next += 1;
            }
            let member = members[next % members.len()];
            give(member, TopicPartition::new(topic.clone(), partition));
            next += 1;
        }
    }
}

/// A subscription, as a member sends it in JoinGroup.
pub(super) fn encode_subscription(topics: &BTreeSet<StrBytes>) -> Bytes {
    let subscription = ConsumerProtocolSubscription {
        topics: topics.iter().cloned().collect(),
        ..ConsumerProtocolSubscription::default()
    };
    encode(&subscription, SUBSCRIPTION_VERSION)
}

/// The topics of a subscription.
pub(super) fn decode_subscription(bytes: Bytes) -> Result<BTreeSet<StrBytes>, wire::DecodeError> {
    let mut decoder = Decoder::for_frame(bytes);
    let newest = *ConsumerProtocolSubscription::VALID_VERSIONS.end();
    // Newer versions only add fields at the end.
    let version = decoder.i16()?.clamp(0, newest);
    let subscription = ConsumerProtocolSubscription::decode(&mut decoder, version)?;
    Ok(subscription.topics.iter().map(StrBytes::detached).collect())
}

/// An assignment, as the leader sends it in SyncGroup.
pub(super) fn encode_assignment(partitions: &[TopicPartition]) -> Bytes {
    let assignment = ConsumerProtocolAssignment {
        assigned_partitions: by_topic(partitions)
            .into_iter()
            .map(|(topic, partitions)| AssignedTopic { topic, partitions })
            .collect(),
        user_data: None,
    };
    encode(&assignment, ASSIGNMENT_VERSION)
}

fn encode<M: Message>(message: &M, version: i16) -> Bytes {
    let mut encoder = Encoder::new();
    encoder.i16(version);
    message
        .encode(&mut encoder, version)
        .expect("topic names are shorter than 32 KiB");
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::decode_assignment;

    fn member(id: &str, topics: &[&str]) -> Subscriber {
        Subscriber {
            member_id: StrBytes::from(id),
            instance_id: None,
            topics: topics.iter().map(|&topic| StrBytes::from(topic)).collect(),
        }
    }

    fn shown(
        kind: AssignorKind,
        members: &[Subscriber],
        counts: &[(&str, i32)],
    ) -> Vec<(String, Vec<String>)> {
        let counts = counts
            .iter()
            .map(|&(topic, count)| (StrBytes::from(topic), count))
            .collect();
        assign(kind, members, &counts)
            .into_iter()
            .map(|(member, partitions)| {
                let partitions = partitions.iter().map(ToString::to_string).collect();
                (member.into(), partitions)
            })
            .collect()
    }

    fn expect(member: &str, partitions: &[&str]) -> (String, Vec<String>) {
        let partitions = partitions.iter().map(|&p| p.to_owned()).collect();
        (member.to_owned(), partitions)
    }

    #[test]
    fn range_assigns_ranges_of_each_topic_and_more_to_the_first_members() {
        let members = [member("b", &["t", "u"]), member("a", &["t", "u"])];
        assert_eq!(
            shown(AssignorKind::Range, &members, &[("t", 3), ("u", 3)]),
            [
                expect("a", &["t-0", "t-1", "u-0", "u-1"]),
                expect("b", &["t-2", "u-2"])
            ]
        );
    }

    #[test]
    fn round_robin_assigns_all_topics_and_skips_members_that_are_not_subscribed() {
        let members = [
            member("a", &["t"]),
            member("b", &["t", "u"]),
            member("c", &["t", "u", "v"]),
        ];
        assert_eq!(
            shown(
                AssignorKind::RoundRobin,
                &members,
                &[("t", 1), ("u", 2), ("v", 3)]
            ),
            [
                expect("a", &["t-0"]),
                expect("b", &["u-0"]),
                expect("c", &["u-1", "v-0", "v-1", "v-2"])
            ]
        );
    }

    #[test]
    fn static_members_come_first_and_missing_topics_are_skipped() {
        let mut fixed = member("z", &["t", "gone"]);
        fixed.instance_id = Some(StrBytes::from("instance"));
        let members = [member("a", &["t"]), fixed];
        assert_eq!(
            shown(AssignorKind::Range, &members, &[("t", 1), ("gone", 0)]),
            [expect("a", &[]), expect("z", &["t-0"])]
        );
    }

    #[test]
    fn subscriptions_and_assignments_are_decoded() {
        let topics: BTreeSet<_> = ["t", "u"].map(StrBytes::from).into();
        assert_eq!(
            decode_subscription(encode_subscription(&topics)).unwrap(),
            topics
        );
        let partitions = vec![
            TopicPartition::new("t", 4),
            TopicPartition::new("t", 0),
            TopicPartition::new("u", 1),
        ];
        assert_eq!(
            decode_assignment(encode_assignment(&partitions)).unwrap(),
            partitions
        );
    }
}
