//! What clients are told about this broker: its ids, its rack and its addresses.

use io::Address;
use wire::StrBytes;

use crate::request::Peer;

/// The address of one listener of this broker.
#[derive(Debug, Clone)]
pub(crate) struct AdvertisedListener {
    /// Name of the listener.
    pub listener: String,
    /// The advertised host.
    pub host: StrBytes,
    /// The advertised port; 0 for the in-process pipe.
    pub port: i32,
    /// The address that it listens on.
    pub bound: Address,
}

/// This broker as its clients see it.
#[derive(Debug)]
pub(crate) struct BrokerIdentity {
    pub cluster_id: StrBytes,
    pub node_id: i32,
    pub rack: Option<StrBytes>,
    /// One per listener, in the order of [`Peer::listener`].
    pub endpoints: Vec<AdvertisedListener>,
}

impl BrokerIdentity {
    /// The address that a client is told: that of the listener it is connected to.
    pub(crate) fn endpoint_for(&self, peer: &Peer) -> &AdvertisedListener {
        &self.endpoints[peer.listener]
    }
}
