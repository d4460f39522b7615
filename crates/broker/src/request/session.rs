//! The phase of a connection: which requests it may send, and in whose name.

use std::sync::Arc;

use wire::ApiKey;

use super::{Peer, Principal};

/// A connection and how far its authentication is.
#[derive(Debug)]
pub(crate) struct Session {
    /// The other end.
    pub peer: Arc<Peer>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// The client has not authenticated yet.
    #[cfg_attr(not(test), expect(dead_code, reason = "for listeners with SASL"))]
    Handshake {
        /// Whose name the requests of the handshake carry.
        nobody: Arc<Principal>,
    },
    /// The client is known.
    Authenticated(Arc<Principal>),
}

impl Session {
    /// A connection of a PLAINTEXT listener: its client counts as authenticated at once.
    pub(crate) fn plaintext(peer: Arc<Peer>) -> Session {
        Session {
            peer,
            phase: Phase::Authenticated(Arc::new(Principal::anonymous())),
        }
    }

    /// In whose name a request of kind `key` is handled; `None` if it must not come in this phase.
    pub(crate) fn principal_for(&self, key: ApiKey) -> Option<&Arc<Principal>> {
        match (&self.phase, key) {
            (Phase::Authenticated(principal), _) => Some(principal),
            (
                Phase::Handshake { nobody },
                ApiKey::ApiVersions | ApiKey::SaslHandshake | ApiKey::SaslAuthenticate,
            ) => Some(nobody),
            (Phase::Handshake { .. }, _) => None,
        }
    }

    #[cfg(test)]
    fn with_handshake(peer: Arc<Peer>) -> Session {
        Session {
            peer,
            phase: Phase::Handshake {
                nobody: Arc::new(Principal::anonymous()),
            },
        }
    }

    /// The client has proved who it is.
    #[cfg(test)]
    fn authenticate(&mut self, principal: Principal) {
        self.phase = Phase::Authenticated(Arc::new(principal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::WaitingMemory;

    fn peer() -> Arc<Peer> {
        Arc::new(Peer {
            address: io::Address::Pipe("test".into()),
            listener: 0,
            waiting: WaitingMemory::of_connection(&WaitingMemory::shared()),
        })
    }

    #[test]
    fn a_plaintext_client_is_anonymous_and_may_send_anything() {
        let session = Session::plaintext(peer());
        let principal = session.principal_for(ApiKey::Produce).unwrap();
        assert_eq!(**principal, Principal::anonymous());
    }

    #[test]
    fn before_authentication_only_the_handshake_is_allowed() {
        let mut session = Session::with_handshake(peer());
        assert!(session.principal_for(ApiKey::ApiVersions).is_some());
        assert!(session.principal_for(ApiKey::SaslAuthenticate).is_some());
        assert!(session.principal_for(ApiKey::Metadata).is_none());
        assert!(session.principal_for(ApiKey::Produce).is_none());
        session.authenticate(Principal::user("alice"));
        let principal = session.principal_for(ApiKey::Produce).unwrap();
        assert_eq!(principal.to_string(), "User:alice");
    }
}
