//! Input and output of a shard.

use wire::StrBytes;

use super::GroupResponse;
use crate::Record;

/// Id of a request, chosen by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// Context of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Version of the request.
    pub api_version: i16,
    /// `client.id` of the client.
    pub client_id: StrBytes,
    /// Address of the client as Kafka prints it (`/127.0.0.1`).
    pub client_host: StrBytes,
    /// Time of arrival, in milliseconds since 1970.
    pub now_ms: i64,
    /// Random bytes for a new member id, different in every request.
    pub random: [u8; 16],
}

/// A timer of a shard. Starting a timer that is running restarts it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Session timeout of a member.
    Session {
        /// The member's group.
        group: StrBytes,
        /// The member.
        member: StrBytes,
    },
    /// End of the time to join.
    Join {
        /// The group that rebalances.
        group: StrBytes,
    },
    /// End of the time to send SyncGroup.
    Sync {
        /// The group that rebalances.
        group: StrBytes,
    },
    /// Next check for expired offsets (`offsets.retention.check.interval.ms`).
    OffsetExpiration,
}

/// An action of the caller.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send a response when every record of this outcome and earlier ones is committed.
    Respond {
        /// Id of the request.
        request: RequestId,
        /// The response.
        response: GroupResponse,
    },
    /// Start a timer, or restart it if it is running.
    StartTimer {
        /// The timer.
        timer: Timer,
        /// Duration in milliseconds.
        after_ms: u64,
    },
    /// Cancel a timer if it is running.
    CancelTimer(Timer),
}

/// The result of a request or a timer (Kafka's `CoordinatorResult`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Records to append, and to replay before the next call of the shard.
    pub records: Vec<Record>,
    /// Actions in order.
    pub effects: Vec<Effect>,
}
