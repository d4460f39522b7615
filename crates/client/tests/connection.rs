//! Connections, against a broker that answers as the test says, in simulated time.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use io::sim::Sim;
use io::{Connection as Socket, Io, ReadHalf, WriteHalf};
use vltava_client::{Client, ClientConfig, Connection, Error, Properties};
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

    /// The next request's header; `None` when the client has gone.
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

    async fn answer<M: Message>(&mut self, to: &RequestHeader, version: i16, answer: &M) {
        let key = ApiKey::from_i16(to.request_api_key).unwrap();
        let pieces = frame::encode_response(answer, key, version, to.correlation_id).unwrap();
        let chunks = pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => bytes.into(),
                Piece::Hole(_) => unreachable!("no records here"),
            })
            .collect();
        // The client may have gone.
        let _ = self.write.write(chunks).await;
    }

    /// Says that it speaks these requests, in these versions.
    async fn negotiate(&mut self, versions: &[(ApiKey, i16, i16)]) {
        let question = self.request().await.unwrap();
        assert_eq!(question.request_api_key, ApiKey::ApiVersions.code());
        let answer = versions_answer(ErrorCode::None, versions);
        self.answer(&question, question.request_api_version, &answer)
            .await;
    }
}

fn versions_answer(code: ErrorCode, versions: &[(ApiKey, i16, i16)]) -> ApiVersionsResponse {
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

/// Serves one connection, in a task of its own.
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
fn requests_are_pipelined_and_each_gets_its_own_answer() {
    for seed in 0..50 {
        let mut sim = Sim::new(seed);
        let io = sim.io();
        sim.block_on(async {
            serve(&io, |mut peer| async move {
                peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
                // All three are here before the first is answered.
                let mut asked = Vec::new();
                for _ in 0..3 {
                    asked.push(peer.request().await.unwrap());
                }
                for (place, header) in asked.iter().enumerate() {
                    let version = header.request_api_version;
                    peer.answer(header, version, &groups(place as i32)).await;
                }
            })
            .await;
            let config = ClientConfig::new(ADDRESS);
            let connection = Connection::open(&io, ADDRESS, &config).await.unwrap();
            assert_eq!(connection.version::<ListGroupsRequest>(), Ok(4));
            let unsupported = connection.version::<MetadataRequest>();
            assert!(matches!(unsupported, Err(Error::Unsupported { .. })));
            let request = ListGroupsRequest::default();
            let mut answers = Vec::new();
            for _ in 0..3 {
                answers.push(connection.send(&request, 4).await.unwrap());
            }
            // Awaited in another order than sent.
            for (place, answer) in answers.into_iter().enumerate().rev() {
                assert_eq!(answer.await.unwrap().throttle_time_ms, place as i32);
            }
        });
    }
}

#[test]
fn a_broker_that_is_too_old_for_the_question_is_asked_again() {
    let mut sim = Sim::new(1);
    let io = sim.io();
    sim.block_on(async {
        serve(&io, |mut peer| async move {
            let first = peer.request().await.unwrap();
            assert!(first.request_api_version > 0);
            let old = versions_answer(ErrorCode::UnsupportedVersion, &[]);
            peer.answer(&first, 0, &old).await;
            let second = peer.request().await.unwrap();
            assert_eq!(second.request_api_version, 0);
            let versions = versions_answer(ErrorCode::None, &[(ApiKey::ListGroups, 0, 1)]);
            peer.answer(&second, 0, &versions).await;
        })
        .await;
        let config = ClientConfig::new(ADDRESS);
        let connection = Connection::open(&io, ADDRESS, &config).await.unwrap();
        assert_eq!(connection.version::<ListGroupsRequest>(), Ok(1));
    });
}

#[test]
fn a_request_without_answer_breaks_the_connection_for_all() {
    let mut sim = Sim::new(2);
    let io = sim.io();
    sim.block_on(async {
        serve(&io, |mut peer| async move {
            peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
            while peer.request().await.is_some() {}
        })
        .await;
        let config = ClientConfig::new(ADDRESS);
        let connection = Connection::open(&io, ADDRESS, &config).await.unwrap();
        let request = ListGroupsRequest::default();
        let short = Duration::from_secs(5);
        let first = connection.send_patiently(&request, 4, short).await.unwrap();
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

#[test]
fn an_answer_to_something_else_breaks_the_connection() {
    let mut sim = Sim::new(3);
    let io = sim.io();
    sim.block_on(async {
        serve(&io, |mut peer| async move {
            peer.negotiate(&[(ApiKey::ListGroups, 0, 4)]).await;
            let mut header = peer.request().await.unwrap();
            header.correlation_id += 1;
            peer.answer(&header, 4, &groups(0)).await;
        })
        .await;
        let config = ClientConfig::new(ADDRESS);
        let connection = Connection::open(&io, ADDRESS, &config).await.unwrap();
        let answer = connection.request(&ListGroupsRequest::default()).await;
        assert!(matches!(answer, Err(Error::Protocol { .. })), "{answer:?}");
    });
}

#[test]
fn a_client_waits_for_a_broker_to_come_up_and_survives_lost_connections() {
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
                        .spawn("connection", answer_metadata(Peer::new(socket)));
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

async fn answer_metadata(mut peer: Peer) {
    while let Some(header) = peer.request().await {
        let version = header.request_api_version;
        if header.request_api_key == ApiKey::ApiVersions.code() {
            let versions = versions_answer(ErrorCode::None, &[(ApiKey::Metadata, 0, 12)]);
            peer.answer(&header, version, &versions).await;
        } else {
            let answer = MetadataResponse {
                brokers: vec![MetadataResponseBroker {
                    node_id: 1,
                    host: StrBytes::from("localhost"),
                    port: 9092,
                    rack: None,
                }],
                ..MetadataResponse::default()
            };
            peer.answer(&header, version, &answer).await;
        }
    }
}

#[test]
fn configurations_that_would_have_no_effect_are_refused() {
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
