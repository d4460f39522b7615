//! The topic `__consumer_offsets`.

use metadata::topic_name;
use wire::StrBytes;
use wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};

use crate::config::OffsetsTopicSettings;

/// The request to create a topic that is created automatically: `__consumer_offsets` has a shape of
/// its own, other topics have the defaults of the broker.
pub(crate) fn topic_shape(settings: &OffsetsTopicSettings, name: &StrBytes) -> CreatableTopic {
    if **name != *topic_name::CONSUMER_OFFSETS {
        return CreatableTopic {
            name: name.clone(),
            num_partitions: -1,
            replication_factor: -1,
            ..Default::default()
        };
    }
    let config = |name: &str, value: &str| CreatableTopicConfig {
        name: name.into(),
        value: Some(value.into()),
    };
    CreatableTopic {
        name: name.clone(),
        num_partitions: settings.partitions,
        // `offsets.topic.replication.factor`, but not more than there are brokers.
        replication_factor: 1,
        configs: vec![
            config("cleanup.policy", "compact"),
            config("compression.type", "producer"),
            config("segment.bytes", &settings.segment_bytes.to_string()),
        ],
        ..Default::default()
    }
}
