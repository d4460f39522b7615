//! When batches are sent, and with which sequence numbers.

use tokio::sync::Semaphore;

use super::*;
use crate::Properties;

const SECOND: Duration = Duration::from_secs(1);

/// An accumulator of one partition, whose batches hold one record each.
struct Producing {
    accumulator: Accumulator,
    partition: TopicPartition,
    memory: Arc<Semaphore>,
    now: Duration,
}

impl Producing {
    fn new(settings: &[(&str, &str)]) -> Producing {
        let properties: Properties = settings.iter().copied().collect();
        let config = ProducerConfig::from_properties(&properties).unwrap();
        let mut accumulator = Accumulator::new(config);
        accumulator.set_identity(ProducerIdentity { id: 7, epoch: 0 });
        Producing {
            accumulator,
            partition: TopicPartition::new("t", 0),
            memory: Arc::new(Semaphore::new(1 << 20)),
            now: SECOND,
        }
    }

    fn one_by_one() -> Producing {
        Producing::new(&[("batch.size", "0"), ("linger.ms", "0")])
    }

    fn append(&mut self, value: &str) -> Arc<Outcome> {
        let record = NewRecord {
            timestamp_ms: 0,
            key: None,
            value: Some(value.as_bytes()),
            headers: &[],
            memory: Arc::clone(&self.memory)
                .try_acquire_many_owned(100)
                .unwrap(),
        };
        self.accumulator.append(&self.partition, record, self.now).0
    }

    /// The next batch, if one can be sent.
    fn send(&mut self) -> Option<Batch> {
        let sendable = self.accumulator.sendable(self.now);
        let partition = sendable.first()?;
        self.accumulator.take(partition).map(Sendable::seal)
    }

    fn succeed(&mut self, batch: Batch) {
        let appended = Appended {
            base_offset: Some(0),
            append_time_ms: None,
        };
        self.accumulator.succeeded(batch, appended);
    }

    fn fail(&mut self, batch: Batch, code: ErrorCode) {
        let error = Error::Broker {
            what: "produce".to_owned(),
            code,
            message: None,
        };
        self.accumulator.failed(batch, error, self.now, SECOND);
    }
}

/// Value of the first record, epoch, sequence number.
fn shown(batch: &Batch) -> (String, i16, i32) {
    let batch = wire::record_batch::RecordBatch::first(&batch.bytes).unwrap();
    batch.check_crc().unwrap();
    let record = batch.records(1 << 20).unwrap().next().unwrap().unwrap();
    let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
    (
        value,
        batch.header.producer_epoch,
        batch.header.base_sequence,
    )
}

fn expect(value: &str, epoch: i16, sequence: i32) -> (String, i16, i32) {
    (value.to_owned(), epoch, sequence)
}

fn code(outcome: &Outcome) -> Option<ErrorCode> {
    outcome.get()?.as_ref().err()?.code()
}

#[test]
fn a_batch_is_sent_when_it_is_full_or_linger_is_over_or_it_is_flushed() {
    let mut producing = Producing::new(&[("batch.size", "180"), ("linger.ms", "10")]);
    producing.append("a");
    assert!(producing.send().is_none());
    let lingered = producing.now + Duration::from_millis(10);
    assert_eq!(
        producing.accumulator.next_deadline(producing.now),
        Some(lingered)
    );
    for value in ["b", "c", "d"] {
        producing.append(value);
    }
    let full = producing.send().unwrap();
    assert_eq!(shown(&full), expect("a", 0, 0));
    assert!(producing.send().is_none());
    producing.now = lingered;
    let rest = producing.send().unwrap();
    assert!(rest.base_sequence > 0);
    producing.append("e");
    let waiting = producing.accumulator.flush();
    assert_eq!(waiting.len(), 3);
    assert_eq!(shown(&producing.send().unwrap()).0, "e");
}

#[test]
fn a_retried_batch_keeps_its_number_and_precedes_later_batches() {
    let mut producing = Producing::one_by_one();
    for value in ["a", "b", "c", "d"] {
        producing.append(value);
    }
    let [a, b, c] = [(); 3].map(|()| producing.send().unwrap());
    producing.fail(a, ErrorCode::NotLeaderOrFollower);
    // The broker refuses a gap in the sequence numbers.
    producing.fail(b, ErrorCode::OutOfOrderSequenceNumber);
    assert!(producing.send().is_none());
    producing.fail(c, ErrorCode::OutOfOrderSequenceNumber);
    assert!(producing.send().is_none(), "not before the pause is over");
    producing.now += 2 * SECOND;
    for (value, sequence) in [("a", 0), ("b", 1)] {
        let batch = producing.send().unwrap();
        assert_eq!(shown(&batch), expect(value, 0, sequence));
        assert!(producing.send().is_none(), "one at a time until the last");
        producing.succeed(batch);
    }
    assert_eq!(shown(&producing.send().unwrap()), expect("c", 0, 2));
    assert_eq!(shown(&producing.send().unwrap()), expect("d", 0, 3));
}

#[test]
fn batches_after_a_failed_one_are_written_in_a_new_epoch() {
    let mut producing = Producing::one_by_one();
    let outcomes = ["a", "b", "c"].map(|value| producing.append(value));
    let [a, b] = [(); 2].map(|()| producing.send().unwrap());
    producing.fail(a, ErrorCode::MessageTooLarge);
    assert_eq!(code(&outcomes[0]), Some(ErrorCode::MessageTooLarge));
    assert!(
        producing.send().is_none(),
        "one is still under way in the old epoch"
    );
    producing.fail(b, ErrorCode::OutOfOrderSequenceNumber);
    producing.now += 2 * SECOND;
    let b = producing.send().unwrap();
    assert_eq!(shown(&b), expect("b", 1, 0));
    producing.succeed(b);
    let c = producing.send().unwrap();
    assert_eq!(shown(&c), expect("c", 1, 1));
    producing.succeed(c);
    assert!(producing.accumulator.is_idle());
    assert!(producing.accumulator.take_failure().is_some());
    assert!(producing.accumulator.take_failure().is_none());
    assert_eq!(producing.memory.available_permits(), 1 << 20);
}

#[test]
fn a_gap_in_the_sequence_numbers_of_the_broker_is_an_error() {
    let mut producing = Producing::one_by_one();
    let outcome = producing.append("a");
    let a = producing.send().unwrap();
    producing.fail(a, ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(code(&outcome), Some(ErrorCode::OutOfOrderSequenceNumber));
}

#[test]
fn a_batch_fails_after_the_delivery_timeout() {
    let mut producing = Producing::one_by_one();
    let outcomes = ["a", "b"].map(|value| producing.append(value));
    let a = producing.send().unwrap();
    producing.fail(a, ErrorCode::NotLeaderOrFollower);
    producing.now += Duration::from_secs(121);
    producing.accumulator.expire(producing.now);
    for outcome in &outcomes {
        assert!(matches!(outcome.get(), Some(Err(Error::Timeout { .. }))));
    }
    // The first batch may have been written, so the next one starts an epoch.
    producing.append("c");
    assert_eq!(shown(&producing.send().unwrap()), expect("c", 1, 0));
}

#[test]
fn no_batch_is_sent_without_a_producer_id() {
    let mut accumulator = Producing::one_by_one();
    accumulator.accumulator.identity = None;
    accumulator.append("a");
    assert!(accumulator.accumulator.needs_identity());
    assert!(accumulator.send().is_none());
}
