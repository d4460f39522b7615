//! What goes into a shard with a request, and what comes out.

use wire::StrBytes;

use super::GroupResponse;
use crate::Record;

/// A request that waits for its answer; the caller numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// The facts around a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Version of the request.
    pub api_version: i16,
    /// What the client calls itself.
    pub client_id: StrBytes,
    /// Where it connects from, as Kafka prints an address (`/127.0.0.1`).
    pub client_host: StrBytes,
    /// Wall-clock time, in milliseconds since 1970.
    pub now_ms: i64,
    /// Sixteen random bytes of this request's own, from which a member id may be made.
    pub random: [u8; 16],
}

/// A timer of a shard. There is at most one of each name: starting it again moves it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A member was silent for its session timeout.
    Session {
        /// The member's group.
        group: StrBytes,
        /// The member.
        member: StrBytes,
    },
    /// Members had long enough to join.
    Join {
        /// The group that rebalances.
        group: StrBytes,
    },
    /// Members had long enough to ask for their assignment.
    Sync {
        /// The group that rebalances.
        group: StrBytes,
    },
    /// It is time to look for expired offsets.
    OffsetExpiration,
}

/// Something the caller is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Answer a request, once every record of this and of earlier outcomes is committed.
    Respond {
        /// The request.
        request: RequestId,
        /// Its answer.
        response: GroupResponse,
    },
    /// Start a timer now, or move it if it runs.
    StartTimer {
        /// Which one.
        timer: Timer,
        /// How long it runs.
        after_ms: u64,
    },
    /// Stop a timer, if it runs.
    CancelTimer(Timer),
}

/// What a request or a timer leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Records to append together and to replay before the shard is asked anything else.
    pub records: Vec<Record>,
    /// What to do besides, in this order.
    pub effects: Vec<Effect>,
}
