//! The authentication of a connection: which requests it may send now, and as which user.

use std::sync::Arc;

use wire::ApiKey;

use super::{Peer, Principal};

/// A connection and the state of its authentication.
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
        /// The principal of the requests of the handshake.
        anonymous: Arc<Principal>,
    },
    /// The client has authenticated as this principal.
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

    /// The principal of a request of kind `key`; `None` if the request is not allowed in this phase.
    pub(crate) fn principal_for(&self, key: ApiKey) -> Option<&Arc<Principal>> {
        match (&self.phase, key) {
            (Phase::Authenticated(principal), _) => Some(principal),
            (
                Phase::Handshake { anonymous },
                ApiKey::ApiVersions | ApiKey::SaslHandshake | ApiKey::SaslAuthenticate,
            ) => Some(anonymous),
            (Phase::Handshake { .. }, _) => None,
        }
    }

    #[cfg(test)]
    fn with_handshake(peer: Arc<Peer>) -> Session {
        Session {
            peer,
            phase: Phase::Handshake {
                anonymous: Arc::new(Principal::anonymous()),
            },
        }
    }

    /// The client has authenticated as `principal`.
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
