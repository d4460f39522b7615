//! A cluster for tests: replays what the controller decides, as the broker does.

use std::collections::BTreeMap;

use wire::Uuid;
use wire::messages::create_topics_request::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use wire::messages::create_topics_response::CreatableTopicResult;
use wire::records::metadata::MetadataRecord;

use crate::MetadataImage;
use crate::controller::brokers::{self, BrokerFacts};
use crate::controller::{NodeFacts, bootstrap, topics};
use crate::image::Endpoint;
use crate::record;

/// A controller and the log it writes.
pub struct Cluster {
    pub image: MetadataImage,
    pub log: Vec<MetadataRecord>,
    pub static_config: BTreeMap<String, String>,
    next_id: u128,
}

impl Cluster {
    /// A cluster in which these brokers are registered and active.
    pub fn of_brokers(ids: &[i32]) -> Self {
        let mut cluster = Cluster {
            image: MetadataImage::empty(),
            log: Vec::new(),
            static_config: BTreeMap::new(),
            next_id: 1 << 64,
        };
        cluster.commit(bootstrap::records());
        for id in ids {
            cluster.start_broker(*id);
        }
        cluster
    }

    pub fn start_broker(&mut self, id: i32) {
        let epoch = self.register_broker(id);
        let unfenced = brokers::unfence(&self.image, id, epoch).expect("just registered");
        self.commit(unfenced.records);
    }

    /// Registers a broker and leaves it fenced.
    pub fn register_broker(&mut self, id: i32) -> i64 {
        let facts = BrokerFacts {
            id,
            incarnation_id: Uuid([id as u8; 16]),
            endpoints: vec![Endpoint {
                listener: "PLAINTEXT".into(),
                host: "localhost".into(),
                port: 9092,
                security_protocol: 0,
            }],
            rack: None,
            directories: vec![Uuid([0x40 + id as u8; 16])],
        };
        let registered = brokers::register(&facts, self.image.last_offset() + 1);
        self.commit(registered.records);
        registered.response
    }

    /// Appends records and replays them, after encoding and decoding.
    pub fn commit(&mut self, records: Vec<MetadataRecord>) {
        for record in &records {
            let bytes = record::encode(record).expect("every record can be written");
            assert_eq!(
                &record::decode(bytes).expect("every record can be read"),
                record
            );
        }
        let last_offset = self.image.last_offset() + records.len() as i64;
        self.image = self
            .image
            .apply(&records, last_offset, 1)
            .expect("decided records can be replayed");
        self.log.extend(records);
    }

    pub fn node(&self) -> NodeFacts<'_> {
        NodeFacts {
            node_id: 1,
            static_config: &self.static_config,
        }
    }

    pub fn create(&mut self, request: &CreateTopicsRequest) -> Vec<CreatableTopicResult> {
        let mut next_id = self.next_id;
        let mut random_id = || {
            next_id += 1;
            Uuid(next_id.to_be_bytes())
        };
        let outcome = topics::create(&self.image, request, self.node(), &mut random_id);
        self.next_id = next_id;
        self.commit(outcome.records);
        outcome.response.topics
    }

    pub fn create_topic(
        &mut self,
        name: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> CreatableTopicResult {
        self.create(&CreateTopicsRequest {
            topics: vec![topic(name, partitions, 1, configs)],
            ..Default::default()
        })
        .remove(0)
    }
}

pub fn topic(
    name: &str,
    partitions: i32,
    replicas: i16,
    configs: &[(&str, &str)],
) -> CreatableTopic {
    CreatableTopic {
        name: name.into(),
        num_partitions: partitions,
        replication_factor: replicas,
        configs: configs
            .iter()
            .map(|(name, value)| CreatableTopicConfig {
                name: (*name).into(),
                value: Some((*value).into()),
            })
            .collect(),
        ..Default::default()
    }
}

/// An error code and message as text.
pub fn error_text(code: i16, message: Option<&wire::StrBytes>) -> String {
    let code = wire::ErrorCode::from_code(code);
    match message {
        Some(message) => format!("{}: {message}", code.name()),
        None => code.name().to_owned(),
    }
}
