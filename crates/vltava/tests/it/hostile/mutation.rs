//! Requests of each kind and version with a few random changes.
//!
//! `VLTAVA_SEED` sets the seed, `VLTAVA_MUTATIONS` the number of changed requests of each version.

use std::collections::BTreeSet;
use std::time::Duration;

use wire::messages::ApiVersionsRequest;

use super::requests::{self, Topic};
use super::target::Target;
use crate::raw::{NoFrame, Raw, encode};

/// Number of changed frames of each version of each request.
const MUTATIONS: usize = 12;

/// Time-out of a request that waits at the server.
const TIMEOUT: Duration = Duration::from_millis(50);

/// Size of length, key and version, which are not changed: other tests change them.
const HEAD_BYTES: usize = 8;

/// Correlation id of the request that follows each changed one, to check whether the connection is still open.
const PROBE_ID: i32 = 0x5052_4f42;

#[test]
fn changed_requests_are_answered_or_close_the_connection() {
    let target = Target::start(&[
        "auto.create.topics.enable=false",
        "offsets.topic.num.partitions=1",
        "group.initial.rebalance.delay.ms=0",
    ]);
    let topic = Topic {
        name: "victim".into(),
        id: target.create_topic("victim", &[]),
    };
    let samples = requests::all(&topic);
    assert_eq!(
        kinds_of(&samples),
        kinds_served(&target),
        "a sample of every request served"
    );
    let probe = encode(&ApiVersionsRequest::default(), 0, PROBE_ID);
    let mut random = Random::new();
    let mut connection = connect_with_short_timeout(&target);
    for sample in &samples {
        // The unchanged request is answered, so the changed ones start from a valid request.
        let mut client = target.connect();
        assert!(client.send(&sample.frame));
        client
            .frame()
            .unwrap_or_else(|e| panic!("{:?} v{}: {e:?}", sample.key, sample.version));
        for _ in 0..mutations() {
            let frame = random.mutated(&sample.frame);
            connection.send(&frame);
            connection.send(&probe);
            if !answers(&mut connection) {
                connection = connect_with_short_timeout(&target);
            }
        }
    }
    target.assert_unharmed();
}

fn mutations() -> usize {
    std::env::var("VLTAVA_MUTATIONS").map_or(MUTATIONS, |n| n.parse().expect("a number"))
}

fn connect_with_short_timeout(target: &Target) -> Raw {
    let mut connection = target.connect();
    connection.set_timeout(TIMEOUT);
    connection
}

/// Whether the probe is answered, possibly after other responses.
fn answers(connection: &mut Raw) -> bool {
    loop {
        match connection.frame() {
            Ok(frame) if frame.starts_with(&PROBE_ID.to_be_bytes()) => return true,
            Ok(_) => {}
            Err(NoFrame::Closed | NoFrame::Silence) => return false,
        }
    }
}

fn kinds_of(samples: &[requests::Sample]) -> BTreeSet<i16> {
    samples.iter().map(|sample| sample.key.code()).collect()
}

fn kinds_served(target: &Target) -> BTreeSet<i16> {
    let answer = target.connect().request(&ApiVersionsRequest::default(), 0);
    answer.api_keys.iter().map(|key| key.api_key).collect()
}

/// Random numbers from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn new() -> Random {
        let seed = std::env::var("VLTAVA_SEED").map_or(1, |seed| seed.parse().expect("a number"));
        println!("VLTAVA_SEED={seed}");
        Random(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// `frame` with one to three changes, and the right length.
    fn mutated(&mut self, frame: &[u8]) -> Vec<u8> {
        /// Extreme lengths, counts and numbers; the last one is a varint.
        const EDGES: [&[u8]; 8] = [
            &[255, 255, 255, 255],
            &[127, 255, 255, 255],
            &[128, 0, 0, 0],
            &[0, 0, 0, 0],
            &[0, 16, 0, 0],
            &[255, 255],
            &[127, 255],
            &[255, 255, 255, 255, 15],
        ];
        let mut frame = frame.to_vec();
        for _ in 0..=self.below(3) {
            if frame.len() <= HEAD_BYTES {
                break;
            }
            let at = HEAD_BYTES + self.below(frame.len() - HEAD_BYTES);
            let edge = EDGES[self.below(EDGES.len())];
            let end = (at + edge.len()).min(frame.len());
            match self.below(6) {
                0 => frame[at] = [0, 1, 2, 127, 128, 255][self.below(6)],
                1 => frame[at] ^= 1 << self.below(8),
                2 => frame.truncate(at),
                3 => drop(frame.splice(at..at, edge.iter().copied())),
                _ => drop(frame.splice(at..end, edge.iter().copied())),
            }
        }
        let length = (frame.len() - 4) as i32;
        frame[..4].copy_from_slice(&length.to_be_bytes());
        frame
    }
}
