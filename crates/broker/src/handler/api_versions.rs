//! ApiVersions: the requests and versions that this broker serves. Every client sends it first.

use metadata::MetadataImage;
use metadata::image::METADATA_VERSION_FEATURE;
use metadata::record::METADATA_VERSION;
use wire::ErrorCode;
use wire::messages::api_versions_request::ApiVersionsRequest;
use wire::messages::api_versions_response::{
    ApiVersion, ApiVersionsResponse, FinalizedFeatureKey, SupportedFeatureKey,
};

use super::versions;
use crate::request::{Call, Reply};

/// The lowest `metadata.version` that Kafka 4.3 supports.
const METADATA_VERSION_MIN: i16 = 7;

pub(super) fn handle(image: &MetadataImage, call: &Call, request: &ApiVersionsRequest) -> Reply {
    if call.version >= 3
        && !(is_plain_name(&request.client_software_name)
            && is_plain_name(&request.client_software_version))
    {
        return call.now(&ApiVersionsResponse {
            error_code: ErrorCode::InvalidRequest.code(),
            ..Default::default()
        });
    }
    call.now(&ApiVersionsResponse {
        api_keys: api_keys(),
        supported_features: vec![SupportedFeatureKey {
            name: METADATA_VERSION_FEATURE.into(),
            min_version: METADATA_VERSION_MIN,
            max_version: METADATA_VERSION,
        }],
        finalized_features_epoch: image.last_offset(),
        finalized_features: image
            .features()
            .iter()
            .map(|(name, level)| FinalizedFeatureKey {
                name: name.clone(),
                max_version_level: level,
                min_version_level: level,
            })
            .collect(),
        ..Default::default()
    })
}

/// The response to a version that is not served: in version 0, which every client can read, with
/// the versions that are served, so that the client can ask again (KIP-511).
pub(super) fn unsupported(call: &Call) -> Reply {
    let call = Call {
        version: 0,
        ..call.clone()
    };
    call.now(&ApiVersionsResponse {
        error_code: ErrorCode::UnsupportedVersion.code(),
        api_keys: api_keys(),
        ..Default::default()
    })
}

fn api_keys() -> Vec<ApiVersion> {
    versions::SERVED
        .iter()
        .map(|key| {
            let range = versions::advertised(*key);
            ApiVersion {
                api_key: key.code(),
                min_version: *range.start(),
                max_version: *range.end(),
            }
        })
        .collect()
}

/// Letters, digits, dots and dashes, beginning and ending with a letter or digit.
fn is_plain_name(name: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(name.chars().next())
        && edge(name.chars().last())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}
