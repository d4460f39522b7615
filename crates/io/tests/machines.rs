//! Several simulated machines: disks, clocks, power and the network between them.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use vltava_io::sim::Sim;
use vltava_io::{Disk, Io, OpenMode, ReadHalf, WriteHalf};

const PORT: &str = "9092";

/// Writes a synced file.
fn write(io: &Io, path: &str, content: &[u8]) {
    io.disk.write_atomic(Path::new(path), content).unwrap();
}

/// A connection from `near` to a listener of `far`: both sides.
async fn connect(near: &Io, far: &Io, host: &str) -> [(ReadHalf, WriteHalf); 2] {
    let mut listener = far.net.listen(&format!(":{PORT}")).await.unwrap();
    let connection = near.net.connect(&format!("{host}:{PORT}")).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    [connection.split().unwrap(), accepted.split().unwrap()]
}

async fn send(half: &mut WriteHalf, text: &'static str) {
    half.write(vec![Bytes::from_static(text.as_bytes()).into()])
        .await
        .unwrap();
}

/// Reads until `len` bytes have arrived; `None` if that takes longer than `timeout`.
async fn receive(io: &Io, half: &mut ReadHalf, len: usize, timeout: Duration) -> Option<Bytes> {
    let mut buffer = BytesMut::new();
    let reading = async {
        while buffer.len() < len {
            assert!(half.read(&mut buffer).await.unwrap() > 0);
        }
    };
    io.clock.timeout(timeout, reading).await?;
    Some(buffer.freeze())
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn machines_have_disks_clocks_and_ports_of_their_own() {
    let mut sim = Sim::new(1);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    write(&one, "/a", b"1");
    write(&two, "/a", b"2");
    assert_eq!(&one.disk.read(Path::new("/a")).unwrap()[..], b"1");
    sim.faults_of("two").jump_clock(5_000);
    assert_eq!(two.clock.now_ms() - one.clock.now_ms(), 5_000);
    assert_eq!(two.clock.elapsed(), one.clock.elapsed());
    let main = sim.io();
    sim.block_on(async {
        let mut listeners = Vec::new();
        for io in [&one, &two, &main] {
            listeners.push(io.net.listen("localhost:9092").await.unwrap());
        }
        for (host, at) in [("one", 0), ("two", 1), ("main", 2), ("localhost", 0)] {
            let _near = one.net.connect(&format!("{host}:9092")).await.unwrap();
            listeners[at].accept().await.unwrap();
        }
        let unknown = one.net.connect("three:9092").await.unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::NotFound);
        let foreign = one.net.listen("two:1").await.unwrap_err();
        assert_eq!(foreign.kind(), ErrorKind::AddrNotAvailable);
    });
}

/// A task that counts every millisecond.
fn count(io: &Io) -> Arc<AtomicU64> {
    let counter = Arc::new(AtomicU64::new(0));
    let (clock, counted) = (io.clock.clone(), Arc::clone(&counter));
    io.tasks.spawn("counter", async move {
        loop {
            clock.sleep(Duration::from_millis(1)).await;
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    counter
}

#[test]
fn a_power_cut_ends_the_tasks_of_one_machine_and_a_pause_holds_them() {
    let mut sim = Sim::new(2);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    let faults = sim.faults_of("one");
    let (ones, twos) = (count(&one), count(&two));
    let count_of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    sim.block_on(async {
        one.clock.sleep(SECOND).await;
        faults.pause();
        let (paused, running) = (count_of(&ones), count_of(&twos));
        one.clock.sleep(SECOND).await;
        assert_eq!(count_of(&ones), paused);
        assert!(count_of(&twos) > running + 900);
        faults.resume();
        one.clock.sleep(SECOND).await;
        assert!(count_of(&ones) > paused + 900);

        write(&one, "/kept", b"1");
        faults.cut_power();
        faults.power_lost().await;
        let ended = count_of(&ones);
        assert!(one.disk.read(Path::new("/kept")).is_err());
        one.clock.sleep(SECOND).await;
        assert_eq!(count_of(&ones), ended);
        // The task was dropped, and its handle of the counter too.
        assert_eq!(Arc::strong_count(&ones), 1);
        faults.restart();
        assert_eq!(&one.disk.read(Path::new("/kept")).unwrap()[..], b"1");
        let again = count(&one);
        one.clock.sleep(SECOND).await;
        assert!(count_of(&again) > 900);
    });
}

#[test]
fn a_link_is_cut_in_one_direction_and_delivers_after_it_is_restored() {
    let mut sim = Sim::new(3);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    let faults = sim.faults_of("one");
    faults.set_connect_timeout(Duration::from_secs(30));
    sim.block_on(async {
        let [
            (mut near_read, mut near_write),
            (mut far_read, mut far_write),
        ] = connect(&one, &two, "two").await;
        faults.cut_link("two");
        send(&mut near_write, "there").await;
        send(&mut far_write, "back").await;
        let back = receive(&one, &mut near_read, 4, SECOND).await;
        assert_eq!(back.as_deref(), Some(&b"back"[..]));
        assert_eq!(receive(&two, &mut far_read, 5, 60 * SECOND).await, None);
        let began = one.clock.elapsed();
        let connected = one.net.connect("two:9092").await;
        assert_eq!(connected.unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!((one.clock.elapsed() - began).as_secs(), 30);
        faults.restore_link("two");
        let there = receive(&two, &mut far_read, 5, SECOND).await;
        assert_eq!(there.as_deref(), Some(&b"there"[..]));
    });
}

#[test]
fn a_silent_power_cut_leaves_a_half_open_connection_until_something_is_sent_after_the_restart() {
    let mut sim = Sim::new(4);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    let faults = sim.faults_of("two");
    faults.set_silent_power_cuts(true);
    sim.block_on(async {
        let [(mut near_read, mut near_write), far] = connect(&one, &two, "two").await;
        two.tasks.spawn("server", async move {
            let _far = far;
            std::future::pending::<()>().await;
        });
        one.clock.sleep(SECOND).await;
        faults.cut_power();
        one.clock.sleep(SECOND).await;
        send(&mut near_write, "lost").await;
        assert_eq!(receive(&one, &mut near_read, 1, 60 * SECOND).await, None);
        faults.restart();
        assert_eq!(receive(&one, &mut near_read, 1, SECOND).await, None);
        let reset = near_write
            .write(vec![Bytes::from_static(b"x").into()])
            .await;
        assert_eq!(reset.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let read = near_read.read(&mut BytesMut::new()).await;
        assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_power_cut_that_is_not_silent_resets_the_peers() {
    let mut sim = Sim::new(5);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    let faults = sim.faults_of("two");
    sim.block_on(async {
        let [(mut near_read, _near_write), _far] = connect(&one, &two, "two").await;
        faults.cut_power();
        let read = near_read.read(&mut BytesMut::new()).await;
        assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn links_delay_drop_and_a_slow_reader_reads_slowly() {
    let mut sim = Sim::new(6);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    let faults = sim.faults_of("one");
    sim.block_on(async {
        let [
            (mut near_read, mut near_write),
            (mut far_read, mut far_write),
        ] = connect(&one, &two, "two").await;
        faults.set_link_delay("two", Some(10 * SECOND));
        let mut slow = 0;
        for _ in 0..10 {
            let began = one.clock.elapsed();
            send(&mut near_write, "x").await;
            receive(&two, &mut far_read, 1, 20 * SECOND).await.unwrap();
            slow += u32::from(one.clock.elapsed() - began > SECOND);
            send(&mut far_write, "y").await;
            receive(&one, &mut near_read, 1, SECOND / 100)
                .await
                .unwrap();
        }
        assert!(slow > 3, "{slow}");
        faults.set_link_delay("two", Some(Duration::ZERO));

        faults.set_drop_rate(Some(4));
        let began = one.clock.elapsed();
        for _ in 0..100 {
            send(&mut near_write, "x").await;
            receive(&two, &mut far_read, 1, 20 * SECOND).await.unwrap();
        }
        let took = one.clock.elapsed() - began;
        assert!(took > 2 * SECOND && took < 20 * SECOND, "{took:?}");
        faults.set_drop_rate(None);

        // Reading 1 MiB at 1 KiB per millisecond takes a second.
        faults.set_read_rate(Some(1024));
        let mebibyte = Bytes::from(vec![1; 1 << 20]);
        far_write.write(vec![mebibyte.into()]).await.unwrap();
        let began = one.clock.elapsed();
        receive(&one, &mut near_read, 1 << 20, 60 * SECOND)
            .await
            .unwrap();
        let took = one.clock.elapsed() - began;
        assert!(took > SECOND * 9 / 10 && took < 3 * SECOND, "{took:?}");
    });
}

#[test]
fn connections_a_machine_has_vanished_from_stay_half_open() {
    let mut sim = Sim::new(7);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    let faults = sim.faults_of("two");
    sim.block_on(async {
        let [(mut near_read, mut near_write), far] = connect(&one, &two, "two").await;
        faults.vanish_from_connections();
        drop(far);
        send(&mut near_write, "x").await;
        assert_eq!(receive(&one, &mut near_read, 1, 60 * SECOND).await, None);
        // As the buffer of a socket, the connection takes only so many bytes that nobody reads.
        let large = Bytes::from(vec![0; 2 << 20]);
        near_write.write(vec![large.clone().into()]).await.unwrap();
        let full = near_write.write(vec![large.into()]);
        assert!(one.clock.timeout(60 * SECOND, full).await.is_none());
    });
}

fn append(disk: &Disk, bytes: &[u8]) -> std::io::Result<()> {
    let file = disk.open(Path::new("/log"), OpenMode::Create)?;
    file.write_all_at(file.len()?, bytes)?;
    file.sync_data()
}

/// A run over two machines with a power cut.
fn run(seed: u64) -> (u64, Vec<String>) {
    let mut sim = Sim::new(seed);
    let (one, two) = (sim.machine("one"), sim.machine("two"));
    let faults = sim.faults_of("two");
    sim.block_on(async {
        let [(_, mut near_write), (mut far_read, _far_write)] = connect(&one, &two, "two").await;
        let disk = two.disk.clone();
        two.tasks.spawn("writer", async move {
            let mut buffer = BytesMut::new();
            while far_read.read(&mut buffer).await.is_ok() {
                // It fails without power.
                let _ = append(&disk, &buffer.split());
            }
        });
        faults.cut_power_at(20);
        while near_write
            .write(vec![Bytes::from_static(b"record").into()])
            .await
            .is_ok()
        {
            one.clock.sleep(Duration::from_millis(1)).await;
        }
    });
    sim.faults_of("two").restart();
    (sim.trace(), sim.last_events())
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let runs: Vec<_> = (0..10).map(run).collect();
    for (seed, expected) in runs.iter().enumerate() {
        assert_eq!(&run(seed as u64), expected);
        assert!(expected.1.len() > 50);
    }
    assert!(runs.iter().any(|(trace, _)| *trace != runs[0].0));
}
