//! The request versions that a broker and this client both support.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use wire::ApiKey;
use wire::messages::ApiVersionsResponse;

/// The request versions that a broker and this client both support.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Versions(BTreeMap<ApiKey, RangeInclusive<i16>>);

impl Versions {
    /// The versions of an ApiVersions response that this client supports as well. Unknown requests are left
    /// out.
    pub(crate) fn common(response: &ApiVersionsResponse) -> Versions {
        let mut common = BTreeMap::new();
        for theirs in &response.api_keys {
            let Some(key) = ApiKey::from_i16(theirs.api_key) else {
                continue;
            };
            let ours = key.valid_versions();
            let low = theirs.min_version.max(*ours.start());
            let high = theirs.max_version.min(*ours.end());
            if low <= high {
                common.insert(key, low..=high);
            }
        }
        Versions(common)
    }

    /// The newest common version of a request that is at most `max`.
    pub(crate) fn newest(&self, key: ApiKey, max: i16) -> Option<i16> {
        let range = self.0.get(&key)?;
        let version = max.min(*range.end());
        range.contains(&version).then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use wire::messages::api_versions_response::ApiVersion;

    use super::*;

    fn response(versions: &[(i16, i16, i16)]) -> ApiVersionsResponse {
        ApiVersionsResponse {
            api_keys: versions
                .iter()
                .map(|&(api_key, min_version, max_version)| ApiVersion {
                    api_key,
                    min_version,
                    max_version,
                })
                .collect(),
            ..ApiVersionsResponse::default()
        }
    }

    #[test]
    fn the_newest_common_version_is_chosen() {
        let old = Versions::common(&response(&[(0, 0, 7), (1, 4, 11), (9999, 0, 1)]));
        assert_eq!(old.newest(ApiKey::Produce, i16::MAX), Some(7));
        assert_eq!(old.newest(ApiKey::Fetch, 5), Some(5));
        assert_eq!(old.newest(ApiKey::Fetch, 3), None);
        assert_eq!(old.newest(ApiKey::Metadata, i16::MAX), None);

        let newer = Versions::common(&response(&[(0, 3, 99)]));
        let ours = *ApiKey::Produce.valid_versions().end();
        assert_eq!(newer.newest(ApiKey::Produce, i16::MAX), Some(ours));

        let ancient = Versions::common(&response(&[(0, 0, 2)]));
        assert_eq!(ancient.newest(ApiKey::Produce, i16::MAX), None);
    }
}
