//! Partitions on a simulated disk, for unit tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use io::Io;
use log::LogConfig;
use wire::{TopicPartition, Uuid};

use super::directories::Directories;
use super::directory::Directory;
use super::{Partition, Settings};
use crate::config::BrokerConfig;

/// The log directory `/data`.
pub(super) fn directory(io: &Io) -> Arc<Directory> {
    let settings = BTreeMap::from([("log.dirs".to_owned(), "/data".to_owned())]);
    let (config, _) = BrokerConfig::from_properties(&settings).unwrap();
    let directories = Directories::open(io, &config).unwrap();
    Arc::clone(&directories.all()[0])
}

/// The partition `t-0` of the topic with this id.
pub(super) fn partition(
    directory: &Arc<Directory>,
    topic_id: u8,
    log: LogConfig,
) -> Arc<Partition> {
    let settings = Settings {
        log,
        min_insync_replicas: 1,
    };
    let (id, directory) = (TopicPartition::new("t", 0), Arc::clone(directory));
    let topic_id = Uuid([topic_id; 16]);
    Arc::new(Partition::new(id, topic_id, 0, directory, settings.into()))
}
