//! Administration: topics, configurations, groups, offsets.
//!
//! Each call is sent to the broker that is responsible, and retried after retriable errors. A call about one
//! resource returns its error; a call about several returns one result for each.

mod config;
mod group;
mod offset;
mod topic;

pub use config::{AlterOp, ConfigChange, ConfigEntry, ConfigResource, ConfigSource};
pub use group::{Committed, GroupDescription, GroupListing, GroupMember};
pub(crate) use group::{Member, by_topic, commit, decode_assignment, fetch_committed};
pub(crate) use offset::list_offsets;
pub use offset::{ListedOffset, OffsetSpec};
pub use topic::{CreatedTopic, NewTopic};

use wire::messages::DescribeClusterRequest;

use crate::metadata::{Broker, Cluster};
use crate::{Client, Error, Result};

/// Administers a cluster.
#[derive(Debug, Clone)]
pub struct Admin {
    client: Client,
}

impl Admin {
    pub(crate) fn new(client: Client) -> Admin {
        Admin { client }
    }

    /// The client of this `Admin`.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The cluster's id, controller and brokers.
    ///
    /// # Errors
    /// The broker's, or [`Error::Timeout`].
    pub async fn describe_cluster(&self) -> Result<Cluster> {
        let mut retry = self.client.retry("describe the cluster");
        loop {
            match self.try_describe_cluster().await {
                Ok(cluster) => return Ok(cluster),
                Err(error) => retry.after(error).await?,
            }
        }
    }

    async fn try_describe_cluster(&self) -> Result<Cluster> {
        let request = DescribeClusterRequest::default();
        let response = match self.client.request(&request).await {
            // An old broker, whose Metadata response contains the same.
            Err(Error::Unsupported { .. }) => {
                self.client.fetch_metadata(Some(Vec::new()), false).await?;
                return Ok(Cluster::clone(&self.client.cluster()));
            }
            response => response?,
        };
        Error::check(
            response.error_code,
            response.error_message.as_deref(),
            || "describe the cluster".to_owned(),
        )?;
        Ok(Cluster {
            id: Some(response.cluster_id),
            controller: response.controller_id,
            brokers: response
                .brokers
                .into_iter()
                .map(|broker| {
                    let broker = Broker {
                        id: broker.broker_id,
                        host: broker.host,
                        port: broker.port,
                        rack: broker.rack,
                    };
                    (broker.id, broker)
                })
                .collect(),
        })
    }
}

/// The time-out field of a request, in milliseconds.
fn timeout_ms(client: &Client) -> i32 {
    i32::try_from(client.config().request_timeout.as_millis()).unwrap_or(i32::MAX)
}
