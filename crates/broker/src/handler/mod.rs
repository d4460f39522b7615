//! One file per kind of request: checks it, carries it out and answers. Decisions are made in the
//! pure crates.
//!
//! A handler runs on the executor of its connection. Requests of one connection are handled in the
//! order they arrive, in two steps: first a request waits until it can execute (its logs must be
//! open), then it executes without waiting. Only a Produce request may wait between its appends, until
//! a segment is rolled. The handler returns the response, or a future that only waits until the
//! response may be sent. Errors are part of responses, as in Kafka. The connection is closed by bytes
//! that are not a request, and by a Produce request with `acks=0` that fails.

mod alter_configs;
mod api_versions;
mod authorized;
mod create_partitions;
mod create_topics;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod fetch;
mod find_coordinator;
mod group;
mod init_producer_id;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_fetch;
mod offset_for_leader_epoch;
mod prepare;
mod produce;
pub(crate) mod versions;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use coordinator::group::GroupRequest;
use wire::header::RequestHeader;
use wire::{ApiKey, DecodeError, Decoder, Request};

use self::prepare::prepare;
use crate::node::Node;
use crate::request::{Call, Memory, Reply, Session};

/// Why bytes are not a request that this broker serves. Their connection is closed.
#[derive(Debug)]
pub(crate) enum NotARequest {
    /// No request has this key, or the broker does not serve it.
    UnknownKey(i16),
    /// The broker serves the request, but not in this version.
    UnsupportedVersion(ApiKey, i16),
    /// The body does not match key and version.
    Malformed(ApiKey, i16, DecodeError),
    /// The bytes are no request header.
    NoHeader(DecodeError),
    /// The connection must authenticate first.
    NotAuthenticated(ApiKey),
}

impl fmt::Display for NotARequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotARequest::UnknownKey(key) => write!(f, "requests with key {key} are not supported"),
            NotARequest::UnsupportedVersion(key, version) => {
                write!(f, "{} version {version} is not supported", key.name())
            }
            NotARequest::Malformed(key, version, e) => {
                write!(f, "malformed {} version {version}: {e}", key.name())
            }
            NotARequest::NoHeader(e) => write!(f, "malformed request header: {e}"),
            NotARequest::NotAuthenticated(key) => {
                write!(f, "{} was sent before authentication", key.name())
            }
        }
    }
}

/// Handles one request, a frame without its length.
///
/// Waits until the request can execute. That delays later requests of the same connection, but no
/// other connection. `later` are the frames after this one that have already arrived.
pub(crate) async fn handle(
    node: &Node,
    session: &Session,
    frame: Bytes,
    memory: Memory,
    later: impl Iterator<Item = &[u8]>,
) -> Result<Reply, NotARequest> {
    let mut decoder = Decoder::for_frame(frame);
    let mut header = RequestHeader::decode_fixed(&mut decoder).map_err(NotARequest::NoHeader)?;
    let version = header.request_api_version;
    let key = ApiKey::from_i16(header.request_api_key)
        .filter(|key| versions::is_served(*key))
        .ok_or(NotARequest::UnknownKey(header.request_api_key))?;
    let principal = session
        .principal_for(key)
        .ok_or(NotARequest::NotAuthenticated(key))?;
    let mut call = Call {
        key,
        version,
        correlation_id: header.correlation_id,
        client_id: None,
        peer: Arc::clone(&session.peer),
        principal: Arc::clone(principal),
        memory,
    };
    if !versions::range(key).contains(&version) {
        return match key {
            ApiKey::ApiVersions => Ok(api_versions::unsupported(&call)),
            _ => Err(NotARequest::UnsupportedVersion(key, version)),
        };
    }
    header
        .decode_rest(&mut decoder, key.request_header_version(version))
        .map_err(|e| NotARequest::Malformed(key, version, e))?;
    call.client_id = header.client_id;
    dispatch(node, &call, &mut decoder, later)
        .await
        .map_err(|e| NotARequest::Malformed(key, version, e))
}

/// Gives the request to its handler, with the parts of the node that the handler needs. No handler
/// sees the whole node.
async fn dispatch(
    node: &Node,
    call: &Call,
    body: &mut Decoder,
    later: impl Iterator<Item = &[u8]>,
) -> Result<Reply, DecodeError> {
    let version = call.version;
    let Node {
        io,
        config,
        identity,
        metadata,
        controller,
        partitions,
        groups,
        producer_ids,
        ..
    } = node;
    let group = |request| group::handle(groups, call, request);
    Ok(match call.key {
        ApiKey::Produce => {
            let request = read(body, version)?;
            let prepared = prepare(partitions, call, &request, later).await;
            produce::handle(prepared, &io.clock, call, request).await
        }
        ApiKey::Fetch => {
            let request = read(body, version)?;
            let prepared = prepare(partitions, call, &request, later).await;
            fetch::handle(prepared, config, io, &node.stop, call, request)
        }
        ApiKey::ListOffsets => {
            let request = read(body, version)?;
            let prepared = prepare(partitions, call, &request, later).await;
            list_offsets::handle(prepared, &io.tasks, call, &request)
        }
        ApiKey::Metadata => {
            let request = read(body, version)?;
            let auto_create = config.auto_create_topics.then_some(controller);
            metadata::handle(identity, metadata, partitions, auto_create, call, request)
        }
        ApiKey::ApiVersions => {
            let request = read(body, version)?;
            api_versions::handle(&metadata.image(), call, &request)
        }
        ApiKey::FindCoordinator => {
            let request = read(body, version)?;
            find_coordinator::handle(identity, groups, controller, call, request)
        }
        ApiKey::CreateTopics => create_topics::handle(controller, call, read(body, version)?),
        ApiKey::DeleteTopics => delete_topics::handle(controller, call, read(body, version)?),
        ApiKey::CreatePartitions => {
            create_partitions::handle(controller, call, read(body, version)?)
        }
        ApiKey::DeleteRecords => {
            let request = read(body, version)?;
            let prepared = prepare(partitions, call, &request, later).await;
            delete_records::handle(prepared, &io.tasks, call, &request)
        }
        ApiKey::DescribeConfigs => {
            let request = read(body, version)?;
            let (image, endpoints) = (metadata.image(), &identity.endpoints);
            describe_configs::handle(config.facts(), endpoints, &image, call, &request)
        }
        ApiKey::AlterConfigs => alter_configs::replace(controller, call, read(body, version)?),
        ApiKey::IncrementalAlterConfigs => {
            alter_configs::incremental(controller, call, read(body, version)?)
        }
        ApiKey::DescribeCluster => describe_cluster::handle(identity, call, &read(body, version)?),
        ApiKey::InitProducerId => {
            init_producer_id::handle(producer_ids, call, read(body, version)?)
        }
        ApiKey::OffsetForLeaderEpoch => {
            let request = read(body, version)?;
            let prepared = prepare(partitions, call, &request, later).await;
            offset_for_leader_epoch::handle(prepared, call, &request)
        }
        ApiKey::OffsetCommit => {
            let request = read(body, version)?;
            offset_commit::handle(groups, &metadata.image(), call, request)
        }
        ApiKey::OffsetFetch => {
            let request = read(body, version)?;
            offset_fetch::handle(groups, &metadata.image(), call, request)
        }
        ApiKey::JoinGroup => group(GroupRequest::JoinGroup(read(body, version)?)),
        ApiKey::SyncGroup => group(GroupRequest::SyncGroup(read(body, version)?)),
        ApiKey::Heartbeat => group(GroupRequest::Heartbeat(read(body, version)?)),
        ApiKey::LeaveGroup => group(GroupRequest::LeaveGroup(read(body, version)?)),
        ApiKey::ListGroups => group(GroupRequest::ListGroups(read(body, version)?)),
        ApiKey::DescribeGroups => group(GroupRequest::DescribeGroups(read(body, version)?)),
        ApiKey::DeleteGroups => group(GroupRequest::DeleteGroups(read(body, version)?)),
        ApiKey::OffsetDelete => group(GroupRequest::OffsetDelete(read(body, version)?)),
        key => unreachable!("{} is served but has no handler", key.name()),
    })
}

fn read<R: Request>(body: &mut Decoder, version: i16) -> Result<R, DecodeError> {
    R::decode(body, version)
}
