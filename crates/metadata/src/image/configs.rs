//! Dynamic settings, by resource.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::OrdMap;
use imbl::ordmap::DiffItem;
use wire::records::metadata::ConfigRecord;

use super::ReplayError;

/// The type of a resource with settings, with Kafka's ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i8)]
pub enum ResourceType {
    /// A topic.
    Topic = 2,
    /// A broker, or all brokers if the name is empty.
    Broker = 4,
    /// A subscription to metrics of clients (KIP-714).
    ClientMetrics = 16,
    /// A group.
    Group = 32,
}

impl ResourceType {
    /// The type with this id.
    pub fn from_code(code: i8) -> Option<Self> {
        match code {
            2 => Some(ResourceType::Topic),
            4 => Some(ResourceType::Broker),
            16 => Some(ResourceType::ClientMetrics),
            32 => Some(ResourceType::Group),
            _ => None,
        }
    }

    /// Its id.
    pub fn code(self) -> i8 {
        self as i8
    }
}

/// A resource with settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigResource {
    /// Its type.
    pub kind: ResourceType,
    /// Its name; empty means all brokers.
    pub name: String,
}

impl ConfigResource {
    /// A topic.
    pub fn topic(name: &str) -> Self {
        ConfigResource {
            kind: ResourceType::Topic,
            name: name.to_owned(),
        }
    }

    /// One broker.
    pub fn broker(id: i32) -> Self {
        ConfigResource {
            kind: ResourceType::Broker,
            name: id.to_string(),
        }
    }

    /// All brokers.
    pub fn default_broker() -> Self {
        ConfigResource {
            kind: ResourceType::Broker,
            name: String::new(),
        }
    }
}

/// Settings by resource, then by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigsImage {
    resources: OrdMap<ConfigResource, Arc<BTreeMap<String, String>>>,
}

static NO_CONFIGS: BTreeMap<String, String> = BTreeMap::new();

impl ConfigsImage {
    /// The dynamic settings of a resource.
    pub fn of(&self, resource: &ConfigResource) -> &BTreeMap<String, String> {
        let configs = self.resources.get(resource);
        configs.map_or(&NO_CONFIGS, |configs| &**configs)
    }

    /// The settings of a topic.
    pub fn of_topic(&self, name: &str) -> &BTreeMap<String, String> {
        self.of(&ConfigResource::topic(name))
    }

    /// Every resource with dynamic settings.
    pub fn iter(&self) -> impl Iterator<Item = (&ConfigResource, &BTreeMap<String, String>)> {
        let resources = self.resources.iter();
        resources.map(|(resource, configs)| (resource, &**configs))
    }

    /// The resources whose settings differ in `after`. Parts that both share are skipped.
    pub fn changes<'a>(
        &'a self,
        after: &'a ConfigsImage,
    ) -> impl Iterator<Item = &'a ConfigResource> {
        let changes = self.resources.diff(&after.resources);
        changes.map(|item| match item {
            DiffItem::Add(resource, _) | DiffItem::Remove(resource, _) => resource,
            DiffItem::Update {
                new: (resource, _), ..
            } => resource,
        })
    }

    pub(super) fn remove(&mut self, resource: &ConfigResource) {
        self.resources.remove(resource);
    }

    pub(super) fn replay(&mut self, record: &ConfigRecord) -> Result<(), ReplayError> {
        let kind = ResourceType::from_code(record.resource_type)
            .ok_or(ReplayError::UnknownResourceType(record.resource_type))?;
        let resource = ConfigResource {
            kind,
            name: record.resource_name.to_string(),
        };
        match &record.value {
            Some(value) => {
                let configs = self.resources.entry(resource).or_default();
                Arc::make_mut(configs).insert(record.name.to_string(), value.to_string());
            }
            None => {
                if let Some(configs) = self.resources.get_mut(&resource) {
                    Arc::make_mut(configs).remove(&*record.name);
                    if configs.is_empty() {
                        self.resources.remove(&resource);
                    }
                }
            }
        }
        Ok(())
    }
}
