//! DescribeConfigs: the settings of a topic or broker, their values, and where each value was set.

use std::collections::BTreeMap;

use io::Address;
use metadata::config_def::{
    ConfigSource, EffectiveConfig, SourcedValue, broker_config, keys, resolve_broker, resolve_topic,
};
use metadata::controller::NodeFacts;
use metadata::image::{ConfigResource, MetadataImage, ResourceType};
use wire::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use wire::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResponse, DescribeConfigsResult,
    DescribeConfigsSynonym,
};
use wire::{ApiError, ErrorCode};

use crate::identity::AdvertisedListener;
use crate::request::{Call, Reply};

pub(super) fn handle(
    node: NodeFacts<'_>,
    endpoints: &[AdvertisedListener],
    image: &MetadataImage,
    call: &Call,
    request: &DescribeConfigsRequest,
) -> Reply {
    let results = request.resources.iter().map(|resource| {
        let mut result = DescribeConfigsResult {
            resource_type: resource.resource_type,
            resource_name: resource.resource_name.clone(),
            ..Default::default()
        };
        match settings(node, endpoints, image, resource) {
            Ok(settings) => {
                result.configs = settings
                    .into_iter()
                    .filter(|setting| is_requested(resource, setting.def.name))
                    .map(|setting| describe(setting, request))
                    .collect();
            }
            Err(error) => {
                result.error_code = error.code.code();
                result.error_message = Some(error.text().into());
            }
        }
        result
    });
    call.now(&DescribeConfigsResponse {
        results: results.collect(),
        ..Default::default()
    })
}

fn settings(
    node: NodeFacts<'_>,
    endpoints: &[AdvertisedListener],
    image: &MetadataImage,
    resource: &DescribeConfigsResource,
) -> Result<Vec<EffectiveConfig>, ApiError> {
    let name = &*resource.resource_name;
    match ResourceType::from_code(resource.resource_type) {
        Some(ResourceType::Topic) => {
            if image.topics().by_name(name).is_none() {
                return Err(ErrorCode::UnknownTopicOrPartition.into());
            }
            Ok(resolve_topic(
                image.configs().of_topic(name),
                node.layers(image),
            ))
        }
        Some(ResourceType::Broker) if name.is_empty() => Ok(dynamic_defaults(
            image.configs().of(&ConfigResource::default_broker()),
        )),
        Some(ResourceType::Broker) => match name.parse::<i32>() {
            Ok(id) if id == node.node_id => Ok(broker_settings(node, endpoints, image)),
            _ => Err(ApiError::new(
                ErrorCode::InvalidRequest,
                format!(
                    "Unexpected broker id, expected {} or empty string, but received {name}",
                    node.node_id
                ),
            )),
        },
        _ => Err(ApiError::new(
            ErrorCode::InvalidRequest,
            format!("Unsupported resource type: {}", resource.resource_type),
        )),
    }
}

/// The settings of this broker. `advertised.listeners`, if it is not set, shows the addresses that clients
/// get, with the ports that were bound; Kafka shows null there.
fn broker_settings(
    node: NodeFacts<'_>,
    endpoints: &[AdvertisedListener],
    image: &MetadataImage,
) -> Vec<EffectiveConfig> {
    let mut settings = resolve_broker(node.layers(image));
    let source_of = |name: &str| {
        let setting = settings.iter().find(|setting| setting.def.name == name);
        setting.map_or(ConfigSource::Default, |setting| setting.source)
    };
    let source = source_of(keys::LISTENERS.def().name);
    let name = keys::ADVERTISED_LISTENERS.def().name;
    for setting in &mut settings {
        if setting.def.name == name && setting.value.is_none() {
            setting.value = Some(advertised_listeners(endpoints));
            setting.source = source;
        }
    }
    settings
}

fn advertised_listeners(endpoints: &[AdvertisedListener]) -> String {
    let addresses: Vec<String> = endpoints
        .iter()
        .filter(|endpoint| !matches!(endpoint.bound, Address::Pipe(_)))
        .map(|endpoint| {
            let host = match endpoint.host.contains(':') {
                true => format!("[{}]", endpoint.host),
                false => endpoint.host.to_string(),
            };
            format!("{}://{host}:{}", endpoint.listener, endpoint.port)
        })
        .collect();
    addresses.join(",")
}

/// The settings that were set for all brokers at once, and no others.
fn dynamic_defaults(set: &BTreeMap<String, String>) -> Vec<EffectiveConfig> {
    set.iter()
        .filter_map(|(name, value)| {
            let def = broker_config(name)?;
            let value = Some(value.clone()).filter(|_| !def.is_sensitive());
            let source = ConfigSource::DynamicDefaultBroker;
            let synonym = SourcedValue {
                name: name.clone(),
                value: value.clone(),
                source,
            };
            let synonyms = vec![synonym];
            Some(EffectiveConfig {
                def,
                value,
                source,
                read_only: false,
                synonyms,
            })
        })
        .collect()
}

fn is_requested(resource: &DescribeConfigsResource, name: &str) -> bool {
    match &resource.configuration_keys {
        None => true,
        // Old clients request all settings by an empty list.
        Some(keys) => keys.is_empty() || keys.iter().any(|key| &**key == name),
    }
}

fn describe(
    setting: EffectiveConfig,
    request: &DescribeConfigsRequest,
) -> DescribeConfigsResourceResult {
    let synonyms = match request.include_synonyms {
        true => setting.synonyms,
        false => Vec::new(),
    };
    DescribeConfigsResourceResult {
        name: setting.def.name.into(),
        value: setting.value.map(Into::into),
        read_only: setting.read_only,
        config_source: setting.source as i8,
        is_sensitive: setting.def.is_sensitive(),
        synonyms: synonyms
            .into_iter()
            .map(|synonym| DescribeConfigsSynonym {
                name: synonym.name.into(),
                value: synonym.value.map(Into::into),
                source: synonym.source as i8,
            })
            .collect(),
        config_type: setting.def.kind as i8,
        documentation: request
            .include_documentation
            .then(|| setting.def.doc.into()),
    }
}
