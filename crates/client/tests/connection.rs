//! Connections to a broker whose responses each test defines, in simulated time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use io::sim::Sim;
use io::{Connection as Socket, Io, ReadHalf, WriteHalf};
use vltava_client::{Client, ClientConfig, Connection, ConnectionPool, Error, Properties};
use wire::header::RequestHeader;
use wire::messages::api_versions_response::ApiVersion;
use wire::messages::metadata_response::MetadataResponseBroker;
use wire::messages::{
    ApiVersionsResponse, ListGroupsRequest, ListGroupsResponse, MetadataRequest, MetadataResponse,
};
use wire::{ApiKey, Decoder, ErrorCode, Message, Piece, StrBytes, frame};

const ADDRESS: &str = "localhost:9092";

/// The broker's end of a connection.
struct Peer {
    read: ReadHalf,
    write: WriteHalf,
    buffer: BytesMut,
}

impl Peer {
    fn new(socket: Socket) -> Peer {
        let (read, write) = socket.split().unwrap();
        Peer {
            read,
            write,
            buffer: BytesMut::new(),
        }
    }

    /// The header of the next request; `None` if the client has closed the connection.
    async fn request(&mut self) -> Option<RequestHeader> {
        loop {
            if let Some(length) = self.buffer.first_chunk::<4>() {
                let end = 4 + i32::from_be_bytes(*length) as usize;
                if self.buffer.len() >= end {
                    let frame: Bytes = self.buffer.split_to(end).freeze();
                    let mut decoder = Decoder::for_frame(frame.slice(4..));
                    return Some(RequestHeader::decode_fixed(&mut decoder).unwrap());
                }
            }
            if self.read.read(&mut self.buffer).await.ok()? == 0 {
                return None;
            }
        }
    }

    async fn respond<M: Message>(&mut self, to: &RequestHeader, version: i16, response: &M) {
        let key = ApiKey::from_i16(to.request_api_key).unwrap();
        let pieces = frame::encode_response(response, key, version, to.correlation_id).unwrap();
        let chunks = pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.into(),
                Piece::Hole(_) => unreachable!("these responses have no records"),
            })
            .collect();
        // The client may have closed the connection.
        let _ = self.write.write(chunks).await;
    }

    /// Answers ApiVersions: it supports these requests, from the first to the second version.
    async fn negotiate(&mut self, versions: &[(ApiKey, i16, i16)]) {
        let request = self.request().await.unwrap();
        assert_eq!(request.request_api_key, ApiKey::ApiVersions.code());
        let response = api_versions(ErrorCode::None, versions);
        self.respond(&request, request.request_api_version, &response)
            .await;
    }
}

fn api_versions(code: ErrorCode, versions: &[(ApiKey, i16, i16)]) -> ApiVersionsResponse {
    ApiVersionsResponse {
        error_code: code.code(),
        api_keys: versions
            .iter()
            .map(|&(key, min_version, max_version)| ApiVersion {
                api_key: key.code(),
                min_version,
                max_version,
            })
            .collect(),
        ..ApiVersionsResponse::default()
    }
}

fn groups(throttle_time_ms: i32) -> ListGroupsResponse {
    ListGroupsResponse {
        throttle_time_ms,
        ..ListGroupsResponse::default()
    }
}

/// Accepts one connection and serves it in a task.
async fn serve<F>(io: &Io, serve: impl FnOnce(Peer) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut listener = io.net.listen(ADDRESS).await.unwrap();
    io.tasks.spawn("broker", async move {
        let (socket, _) = listener.accept().await.unwrap();
        serve(Peer::new(socket)).await;
    });
}

#[test]
fn requests_are_pipelined_and_each_gets_its_own_response() {
    for seed in 0..50 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        sim.block_on(async {
            serve(&io, |mut peer| async move {
                peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
                // All three arrive before the first response.
                let mut requests = Vec::new();
                for _ in 0..3 {
                    requests.push(peer.request().await.unwrap());
                }
                for (place, header) in requests.iter().enumerate() {
                    let version = header.request_api_version;
                    peer.respond(header, version, &groups(place as i32)).await;
                }
            })
            .await;
            let config = ClientConfig::new(ADDRESS);
            let connection = Connection::open(&io, ADDRESS, &config.connection())
                .await
                .unwrap();
            assert_eq!(connection.version::<ListGroupsRequest>(), Ok(4));
            let unsupported = connection.version::<MetadataRequest>();
            assert!(matches!(unsupported, Err(Error::Unsupported { .. })));
            let request = ListGroupsRequest::default();
            let mut responses = Vec::new();
            for _ in 0..3 {
                responses.push(connection.send(&request, 4).await.unwrap());
            }
            // Awaited in another order than sent.
            for (place, response) in responses.into_iter().enumerate().rev() {
                assert_eq!(response.await.unwrap().throttle_time_ms, place as i32);
            }
        });
    }
}

#[test]
fn an_old_broker_gets_api_versions_again_in_version_0() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    sim.block_on(async {
        serve(&io, |mut peer| async move {
            let first = peer.request().await.unwrap();
            assert!(first.request_api_version > 0);
            let old = api_versions(ErrorCode::UnsupportedVersion, &[]);
            peer.respond(&first, 0, &old).await;
            let second = peer.request().await.unwrap();
            assert_eq!(second.request_api_version, 0);
            let versions = api_versions(ErrorCode::None, &[(ApiKey::ListGroups, 0, 1)]);
            peer.respond(&second, 0, &versions).await;
        })
        .await;
        let config = ClientConfig::new(ADDRESS);
        let connection = Connection::open(&io, ADDRESS, &config.connection())
            .await
            .unwrap();
        assert_eq!(connection.version::<ListGroupsRequest>(), Ok(1));
    });
}

#[test]
fn a_request_without_response_breaks_the_connection() {
    let mut sim = Sim::new(2);
    let io = sim.io();
    sim.block_on(async {
        serve(&io, |mut peer| async move {
            peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
            while peer.request().await.is_some() {}
        })
        .await;
        let config = ClientConfig::new(ADDRESS);
        let connection = Connection::open(&io, ADDRESS, &config.connection())
            .await
            .unwrap();
        let request = ListGroupsRequest::default();
        let short = Duration::from_secs(5);
        let first = connection.send_within(&request, 4, short).await.unwrap();
        let second = connection.send(&request, 4).await.unwrap();
        let begun = io.clock.elapsed();
        let (first, second) = tokio::join!(first, second);
        assert!(matches!(first, Err(Error::Connection { .. })));
        assert!(matches!(second, Err(Error::Connection { .. })));
        let waited = io.clock.elapsed() - begun;
        assert!(waited >= short && waited < 2 * short, "{waited:?}");
        assert!(connection.is_broken());
        assert!(connection.request(&request).await.is_err());
    });
}

/// A request without response (`acks=0`) has no other time-out. Over TCP, whose buffers are bounded.
#[test]
fn a_request_that_is_not_read_breaks_the_connection() {
    let (io, executors) = Io::real(1);
    executors.block_on(async {
        let mut listener = io.net.listen("localhost:0").await.unwrap();
        let address = listener.local_addr().to_string();
        let broker = io.tasks.spawn("broker", async move {
            let (socket, _) = listener.accept().await.unwrap();
            let mut peer = Peer::new(socket);
            peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
            std::future::pending::<()>().await;
        });
        let mut config = ClientConfig::new(ADDRESS).connection();
        config.request_timeout = Duration::from_millis(500);
        let connection = Connection::open(&io, &address, &config).await.unwrap();
        let large = ListGroupsRequest {
            states_filter: vec![StrBytes::from("x".repeat(30_000).as_str()); 2000],
            ..ListGroupsRequest::default()
        };
        let an_hour = Duration::from_secs(3600);
        let response = connection.send_within(&large, 4, an_hour).await.unwrap();
        let error = response.await.unwrap_err().to_string();
        let expected = "did not read a request within 500 ms";
        assert!(error.contains(expected), "{error}");
        assert!(connection.is_broken());
        broker.abort();
    });
    executors.shutdown();
}

#[test]
fn a_pool_has_one_connection_to_an_address_and_replaces_a_broken_one() {
    let mut sim = Sim::new(5);
    let io = sim.io();
    sim.block_on(async {
        let mut listener = io.net.listen(ADDRESS).await.unwrap();
        io.tasks.spawn("broker", async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let mut peer = Peer::new(socket);
                peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
                // One request per connection is answered.
                let request = peer.request().await.unwrap();
                peer.respond(&request, 4, &groups(7)).await;
                peer.request().await;
            }
        });
        let config = ClientConfig::new(ADDRESS).connection();
        let pool = ConnectionPool::new(&io, config);
        assert!(pool.any_open().is_none());
        let (first, same) = tokio::join!(pool.get(ADDRESS), pool.get(ADDRESS));
        let request = ListGroupsRequest::default();
        let response = first.unwrap().request(&request).await.unwrap();
        assert_eq!(response.throttle_time_ms, 7);
        assert!(pool.any_open().is_some());
        // The broker closes the connection on the second request, whichever clone sends it.
        assert!(same.unwrap().request(&request).await.is_err());
        assert!(pool.any_open().is_none());
        let next = pool.get(ADDRESS).await.unwrap();
        assert_eq!(next.request(&request).await.unwrap().throttle_time_ms, 7);
    });
}

#[test]
fn a_response_with_another_correlation_id_breaks_the_connection() {
    let mut sim = Sim::new(3);
    let io = sim.io();
    sim.block_on(async {
        serve(&io, |mut peer| async move {
            peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
            let mut header = peer.request().await.unwrap();
            header.correlation_id += 1;
            peer.respond(&header, 4, &groups(0)).await;
        })
        .await;
        let config = ClientConfig::new(ADDRESS);
        let connection = Connection::open(&io, ADDRESS, &config.connection())
            .await
            .unwrap();
        let response = connection.request(&ListGroupsRequest::default()).await;
        assert!(
            matches!(response, Err(Error::Protocol { .. })),
            "{response:?}"
        );
    });
}

#[test]
fn a_client_waits_for_a_broker_and_reconnects() {
    for seed in 0..50 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        let faults = sim.faults().clone();
        sim.block_on(async {
            let late = io.clone();
            io.tasks.spawn("late broker", async move {
                late.clock.sleep(Duration::from_secs(5)).await;
                let mut listener = late.net.listen(ADDRESS).await.unwrap();
                loop {
                    let (socket, _) = listener.accept().await.unwrap();
                    late.tasks
                        .spawn("connection", serve_metadata(Peer::new(socket)));
                }
            });
            let client = Client::connect(&io, ClientConfig::new(ADDRESS))
                .await
                .unwrap();
            assert_eq!(client.cluster().brokers.len(), 1);
            faults.set_reset_rate(Some(4));
            let admin = client.admin();
            for _ in 0..5 {
                assert!(admin.list_topics().await.unwrap().is_empty());
            }
        });
    }
}

async fn serve_metadata(mut peer: Peer) {
    while let Some(header) = peer.request().await {
        let version = header.request_api_version;
        if header.request_api_key == ApiKey::ApiVersions.code() {
            let versions = api_versions(ErrorCode::None, &[(ApiKey::Metadata, 0, 12)]);
            peer.respond(&header, version, &versions).await;
        } else {
            let response = MetadataResponse {
                brokers: vec![MetadataResponseBroker {
                    node_id: 1,
                    host: StrBytes::from("localhost"),
                    port: 9092,
                    rack: None,
                }],
                ..MetadataResponse::default()
            };
            peer.respond(&header, version, &response).await;
        }
    }
}

#[test]
fn a_configuration_without_effect_is_refused() {
    let secure = Properties::new()
        .set("bootstrap.servers", ADDRESS)
        .set("security.protocol", "SASL_SSL");
    let error = ClientConfig::from_properties(&secure).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid configuration security.protocol=SASL_SSL: only PLAINTEXT is supported"
    );
    assert!(ClientConfig::from_properties(&Properties::new()).is_err());
}
