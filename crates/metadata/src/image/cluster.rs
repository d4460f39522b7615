//! Registered brokers and controllers.

use std::collections::BTreeMap;

use wire::records::metadata::{
    BrokerRegistrationChangeRecord, RegisterBrokerRecord, RegisterControllerRecord,
    UnregisterBrokerRecord,
};
use wire::{StrBytes, Uuid};

use super::ReplayError;

/// An address of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name of the listener.
    pub listener: StrBytes,
    /// Advertised host.
    pub host: StrBytes,
    /// Advertised port.
    pub port: u16,
    /// Kafka's id of the security protocol; 0 is PLAINTEXT.
    pub security_protocol: i16,
}

/// The levels of a feature that a node supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRange {
    /// Lowest level.
    pub min: i16,
    /// Highest level.
    pub max: i16,
}

/// A broker as it registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerRegistration {
    /// Its id.
    pub id: i32,
    /// Broker epoch: offset of its registration, so that each restart has a larger one.
    pub epoch: i64,
    /// Random id of this run of the process.
    pub incarnation_id: Uuid,
    /// Its addresses.
    pub endpoints: Vec<Endpoint>,
    /// Features it supports.
    pub features: BTreeMap<StrBytes, VersionRange>,
    /// Rack or zone, if configured.
    pub rack: Option<StrBytes>,
    /// Whether it is fenced: not allowed to lead, not in sync.
    pub fenced: bool,
    /// Whether it moves its leaderships away before it stops.
    pub in_controlled_shutdown: bool,
    /// Ids of its log directories.
    pub directories: Vec<Uuid>,
    /// Log directories that accept no new partitions.
    pub cordoned_directories: Option<Vec<Uuid>>,
}

impl BrokerRegistration {
    /// Whether it may lead and be in sync.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }

    /// Its address for this listener.
    pub fn endpoint(&self, listener: &str) -> Option<&Endpoint> {
        self.endpoints
            .iter()
            .find(|endpoint| &*endpoint.listener == listener)
    }
}

/// A controller as it registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerRegistration {
    /// Its id.
    pub id: i32,
    /// Random id of this run of the process.
    pub incarnation_id: Uuid,
    /// Its addresses.
    pub endpoints: Vec<Endpoint>,
    /// Features it supports.
    pub features: BTreeMap<StrBytes, VersionRange>,
}

/// The nodes of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterImage {
    brokers: BTreeMap<i32, BrokerRegistration>,
    controllers: BTreeMap<i32, ControllerRegistration>,
}

impl ClusterImage {
    /// Registered brokers by id.
    pub fn brokers(&self) -> &BTreeMap<i32, BrokerRegistration> {
        &self.brokers
    }

    /// Registered controllers by id.
    pub fn controllers(&self) -> &BTreeMap<i32, ControllerRegistration> {
        &self.controllers
    }

    /// Whether the broker is registered and may lead and be in sync.
    pub fn is_active(&self, broker_id: i32) -> bool {
        self.brokers
            .get(&broker_id)
            .is_some_and(BrokerRegistration::is_active)
    }

    pub(super) fn register(&mut self, record: &RegisterBrokerRecord) {
        let registration = BrokerRegistration {
            id: record.broker_id,
            epoch: record.broker_epoch,
            incarnation_id: record.incarnation_id,
            endpoints: record
                .end_points
                .iter()
                .map(|e| endpoint(&e.name, &e.host, e.port, e.security_protocol))
                .collect(),
            features: record
                .features
                .iter()
                .map(|f| feature(&f.name, f.min_supported_version, f.max_supported_version))
                .collect(),
            rack: record.rack.as_ref().map(StrBytes::detached),
            fenced: record.fenced,
            in_controlled_shutdown: record.in_controlled_shutdown,
            directories: record.log_dirs.clone(),
            cordoned_directories: record.cordoned_log_dirs.clone(),
        };
        self.brokers.insert(registration.id, registration);
    }

    pub(super) fn register_controller(&mut self, record: &RegisterControllerRecord) {
        let registration = ControllerRegistration {
            id: record.controller_id,
            incarnation_id: record.incarnation_id,
            endpoints: record
                .end_points
                .iter()
                .map(|e| endpoint(&e.name, &e.host, e.port, e.security_protocol))
                .collect(),
            features: record
                .features
                .iter()
                .map(|f| feature(&f.name, f.min_supported_version, f.max_supported_version))
                .collect(),
        };
        self.controllers.insert(registration.id, registration);
    }

    pub(super) fn unregister(
        &mut self,
        record: &UnregisterBrokerRecord,
    ) -> Result<(), ReplayError> {
        self.registered(record.broker_id, record.broker_epoch)?;
        self.brokers.remove(&record.broker_id);
        Ok(())
    }

    pub(super) fn set_fenced(
        &mut self,
        broker_id: i32,
        epoch: i64,
        fenced: bool,
    ) -> Result<(), ReplayError> {
        self.registered(broker_id, epoch)?.fenced = fenced;
        Ok(())
    }

    pub(super) fn change(
        &mut self,
        record: &BrokerRegistrationChangeRecord,
    ) -> Result<(), ReplayError> {
        let broker = self.registered(record.broker_id, record.broker_epoch)?;
        match record.fenced {
            -1 => broker.fenced = false,
            1 => broker.fenced = true,
            _ => {}
        }
        match record.in_controlled_shutdown {
            -1 => broker.in_controlled_shutdown = false,
            1 => broker.in_controlled_shutdown = true,
            _ => {}
        }
        if !record.log_dirs.is_empty() {
            broker.directories = record.log_dirs.clone();
        }
        if let Some(cordoned) = &record.cordoned_log_dirs {
            broker.cordoned_directories = Some(cordoned.clone());
        }
        Ok(())
    }

    fn registered(
        &mut self,
        broker_id: i32,
        epoch: i64,
    ) -> Result<&mut BrokerRegistration, ReplayError> {
        self.brokers
            .get_mut(&broker_id)
            .filter(|broker| broker.epoch == epoch)
            .ok_or(ReplayError::StaleBroker { broker_id, epoch })
    }
}

fn endpoint(listener: &StrBytes, host: &StrBytes, port: u16, security_protocol: i16) -> Endpoint {
    Endpoint {
        listener: listener.detached(),
        host: host.detached(),
        port,
        security_protocol,
    }
}

fn feature(name: &StrBytes, min: i16, max: i16) -> (StrBytes, VersionRange) {
    (name.detached(), VersionRange { min, max })
}
