//! The real side of `io`: the behaviour a broker relies on, tested with the operating system.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests check the real implementation with the standard library"
)]

use std::io::{ErrorKind, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use vltava_io::{
    Address, AlignedBuffer, Chunk, Io, OpenMode, Pool, ReadHalf, Signal, TaskError,
    WRITE_THROUGH_ALIGNMENT,
};

/// Reads until the other side closes.
async fn read_all(read: &mut ReadHalf) -> BytesMut {
    let mut buffer = BytesMut::new();
    while read.read(&mut buffer).await.unwrap() > 0 {}
    buffer
}

#[test]
fn a_signal_counts_from_the_call() {
    let (io, executors) = Io::real(1);
    let signal = executors.block_on(async {
        let signal = io.shutdown_signal();
        // The default action would end the test.
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM)
            .unwrap();
        signal.await
    });
    assert_eq!(signal, Signal::Terminate);
}

#[test]
fn a_panic_in_a_critical_task_ends_the_process() {
    const IS_CHILD: &str = "VLTAVA_TEST_CRITICAL_PANIC";
    if std::env::var_os(IS_CHILD).is_some() {
        let (io, executors) = Io::real(1);
        executors.block_on(async {
            let panicking = async { panic!("lost count") };
            io.tasks.spawn_critical("partition", panicking);
            io.clock.sleep(Duration::from_secs(60)).await;
        });
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_panic_in_a_critical_task_ends_the_process"])
        .env(IS_CHILD, "1")
        .output()
        .unwrap();
    let abort = rustix::process::Signal::ABORT.as_raw();
    assert_eq!(child.status.signal(), Some(abort), "{child:?}");
}

#[test]
fn a_direct_write_is_visible_to_other_readers() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("redo");
    let (io, _executors) = Io::real(1);
    let mut buffer = AlignedBuffer::default();
    let file = io.disk.open(&path, OpenMode::WriteThrough).unwrap();
    for (byte, len) in [(1, 3), (2, 1), (3, 20)] {
        let bytes = buffer.zeroed(len * WRITE_THROUGH_ALIGNMENT);
        bytes.fill(byte);
        file.write_all_at(WRITE_THROUGH_ALIGNMENT as u64, bytes)
            .unwrap();
    }
    let content = io.disk.read(&path).unwrap();
    assert_eq!(content.len(), 21 * WRITE_THROUGH_ALIGNMENT);
    assert!(
        content[..WRITE_THROUGH_ALIGNMENT]
            .iter()
            .all(|byte| *byte == 0)
    );
    assert!(
        content[WRITE_THROUGH_ALIGNMENT..]
            .iter()
            .all(|byte| *byte == 3)
    );
}

/// Sends bytes and file ranges over `address` and checks that they arrive in order.
async fn send_bytes_and_file(io: &Io, directory: &Path, address: &str) {
    let content: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
    let file = io
        .disk
        .open(&directory.join("segment"), OpenMode::CreateNew)
        .unwrap();
    file.write_all_at(0, &content).unwrap();

    let mut listener = io.net.listen(address).await.unwrap();
    let to = match listener.local_addr() {
        Address::Socket(bound) => format!("localhost:{}", bound.port()),
        pipe @ Address::Pipe(_) => pipe.to_string(),
    };
    let served = io.tasks.spawn("server", async move {
        let (connection, _) = listener.accept().await.unwrap();
        let (mut read, mut write) = connection.split().unwrap();
        let mut request = BytesMut::new();
        while request.len() < 5 {
            assert!(read.read(&mut request).await.unwrap() > 0);
        }
        assert_eq!(&request[..], b"fetch");
        write
            .write(vec![
                Chunk::Bytes(Bytes::from_static(b"head")),
                Chunk::Bytes(Bytes::new()),
                Chunk::Bytes(Bytes::from_static(b"er")),
                Chunk::File {
                    file: file.clone(),
                    offset: 1_000,
                    len: 2_500_000,
                },
                Chunk::Bytes(Bytes::from_static(b"trailer")),
            ])
            .await
            .unwrap();
    });

    let (mut read, mut write) = io.net.connect(&to).await.unwrap().split().unwrap();
    write
        .write(vec![Bytes::from_static(b"fetch").into()])
        .await
        .unwrap();
    let answer = read_all(&mut read).await;
    assert_eq!(answer.len(), 6 + 2_500_000 + 7);
    assert_eq!(&answer[..6], b"header");
    assert_eq!(&answer[6..answer.len() - 7], &content[1_000..2_501_000]);
    assert_eq!(&answer[answer.len() - 7..], b"trailer");
    served.await.unwrap();
}

#[test]
fn a_connection_carries_bytes_and_ranges_of_files() {
    let (io, executors) = Io::real(2);
    for address in ["localhost:0", "127.0.0.1:0", "pipe:broker"] {
        let directory = tempfile::tempdir().unwrap();
        executors.block_on(send_bytes_and_file(&io, directory.path(), address));
    }
}

#[test]
fn localhost_is_both_families_on_one_port() {
    let (io, executors) = Io::real(1);
    executors.block_on(async {
        let mut listener = io.net.listen("localhost:0").await.unwrap();
        let port = listener.local_addr().port().unwrap();
        let _v4 = io.net.connect(&format!("127.0.0.1:{port}")).await.unwrap();
        let (_, peer) = listener.accept().await.unwrap();
        assert!(peer.ip().unwrap().is_ipv4());
        // Not every machine has IPv6.
        if std::net::TcpListener::bind("[::1]:0").is_ok() {
            let _v6 = io.net.connect(&format!("[::1]:{port}")).await.unwrap();
            let (_, peer) = listener.accept().await.unwrap();
            assert!(peer.ip().unwrap().is_ipv6());
        }
        let taken = io.net.listen(&format!("localhost:{port}")).await;
        assert_eq!(taken.unwrap_err().kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn a_writer_waits_while_the_reader_does_not_read() {
    let (io, executors) = Io::real(1);
    executors.block_on(async {
        let mut listener = io.net.listen_pipe("slow").unwrap();
        let (_read, mut write) = io.net.connect("pipe:slow").await.unwrap().split().unwrap();
        let (connection, _) = listener.accept().await.unwrap();
        let (mut read, _write) = connection.split().unwrap();
        let writing = io.tasks.spawn("writer", async move {
            for _ in 0..64 {
                let chunk = Bytes::from(vec![7; 100_000]);
                write.write(vec![chunk.into()]).await.unwrap();
            }
        });
        io.clock.sleep(Duration::from_millis(20)).await;
        assert!(!writing.is_finished());
        assert_eq!(read_all(&mut read).await.len(), 6_400_000);
        writing.await.unwrap();
    });
}

#[test]
fn a_pipe_without_listener_refuses_and_a_dropped_peer_breaks_it() {
    let (io, executors) = Io::real(1);
    executors.block_on(async {
        let refused = io.net.connect("pipe:nobody").await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);

        let mut listener = io.net.listen_pipe("short").unwrap();
        let (mut read, mut write) = io.net.connect("pipe:short").await.unwrap().split().unwrap();
        drop(listener.accept().await.unwrap());
        assert_eq!(read.read(&mut BytesMut::new()).await.unwrap(), 0);
        let broken = write.write(vec![Bytes::from_static(b"x").into()]).await;
        assert_eq!(broken.unwrap_err().kind(), ErrorKind::BrokenPipe);
        drop(listener);
        io.net.listen_pipe("short").unwrap();
    });
}

#[test]
fn files_are_read_and_written_by_offset() {
    let (io, _executors) = Io::real(1);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a").join("log");
    let missing = io.disk.open(&path, OpenMode::Create).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("a/log"), "{missing}");

    io.disk.create_dir_all(path.parent().unwrap()).unwrap();
    let file = io.disk.open(&path, OpenMode::CreateNew).unwrap();
    file.write_all_at(3, b"defg").unwrap();
    file.write_all_at(0, b"abc").unwrap();
    file.sync_data().unwrap();
    let mut part = [0; 4];
    file.read_exact_at(2, &mut part).unwrap();
    assert_eq!(&part, b"cdef");
    let short = file.read_exact_at(5, &mut part).unwrap_err();
    assert_eq!(short.kind(), ErrorKind::UnexpectedEof);
    file.set_len(2).unwrap();
    assert_eq!(io.disk.read(&path).unwrap(), "ab");

    io.disk.write_atomic(&path, b"whole").unwrap();
    assert_eq!(io.disk.read(&path).unwrap(), "whole");
    let names: Vec<_> = io
        .disk
        .read_dir(path.parent().unwrap())
        .unwrap()
        .into_iter()
        .map(|entry| (entry.name, entry.len))
        .collect();
    assert_eq!(names, [("log".to_owned(), 5)]);
    assert!(io.disk.free_space(directory.path()).unwrap() > 0);
}

#[test]
fn reading_does_not_change_the_time_of_the_last_access() {
    let (io, _executors) = Io::real(1);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    io.disk.write_atomic(&path, b"abc").unwrap();
    // So old that a read would change it, also if the file system is mounted with `relatime`.
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    for dir_or_file in [directory.path(), &path] {
        let times = std::fs::FileTimes::new().set_accessed(old);
        let file = std::fs::File::open(dir_or_file).unwrap();
        file.set_times(times).unwrap();
    }
    for mode in [OpenMode::Read, OpenMode::ReadWrite] {
        let file = io.disk.open(&path, mode).unwrap();
        file.read_exact_at(0, &mut [0; 3]).unwrap();
    }
    io.disk.read_dir(directory.path()).unwrap();
    for dir_or_file in [directory.path(), &path] {
        let accessed = std::fs::metadata(dir_or_file).unwrap().accessed();
        assert_eq!(accessed.unwrap(), old, "{}", dir_or_file.display());
    }
}

#[test]
fn a_lock_has_one_holder() {
    let (io, _executors) = Io::real(1);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".lock");
    let held = io.disk.lock(&path).unwrap();
    assert_eq!(
        io.disk.lock(&path).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    drop(held);
    io.disk.lock(&path).unwrap();
}

#[test]
fn a_task_reports_its_result_its_panic_or_its_end() {
    let (io, executors) = Io::real(2);
    executors.block_on(async {
        assert_eq!(io.tasks.spawn("sum", async { 1 + 1 }).await, Ok(2));
        let panicked = io
            .tasks
            .spawn("panics", async { panic!("out of {}", "paper") });
        assert_eq!(
            panicked.await,
            Err(TaskError::Panicked("out of paper".to_owned()))
        );
        let endless = io.tasks.spawn("endless", std::future::pending::<()>());
        endless.abort();
        assert_eq!(endless.await, Err(TaskError::Aborted));
        assert_eq!(io.tasks.blocking(Pool::Request, || 7).await, 7);
    });
}

#[test]
fn a_pool_whose_threads_are_all_busy_does_not_delay_another() {
    let (io, executors) = Io::real(1);
    executors.block_on(async {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let busy: Vec<_> = (0..Pool::Background.threads() + 1)
            .map(|_| {
                let (tasks, held) = (io.tasks.clone(), Arc::clone(&held));
                io.tasks.spawn("busy", async move {
                    let wait = move || held.lock().unwrap().recv();
                    tasks.blocking(Pool::Background, wait).await
                })
            })
            .collect();
        assert_eq!(io.tasks.blocking(Pool::Request, || 7).await, 7);
        assert_eq!(io.tasks.blocking(Pool::Sync, || 8).await, 8);
        for _ in &busy {
            release.send(()).unwrap();
        }
        for task in busy {
            task.await.unwrap().unwrap();
        }
    });
}

#[test]
fn a_task_that_blocking_work_spawns_runs_on_an_executor() {
    let (io, executors) = Io::real(1);
    executors.block_on(async {
        let tasks = io.tasks.clone();
        let spawning = move || tasks.spawn("spawned", async { 7 });
        let spawned = io.tasks.blocking(Pool::Request, spawning).await;
        assert_eq!(spawned.await, Ok(7));
    });
}

#[test]
fn tasks_stay_on_their_executor_or_their_thread() {
    let (io, executors) = Io::real(3);
    executors.block_on(async {
        for executor in 0..3 {
            let tasks = io.tasks.clone();
            let there = io.tasks.spawn_on(executor, "there", async move {
                let inner = tasks.clone();
                let child = tasks.spawn("child", async move { inner.current_executor() });
                (tasks.current_executor(), child.await.unwrap())
            });
            assert_eq!(there.await.unwrap(), (Some(executor), Some(executor)));
        }
        let clock = io.clock.clone();
        let own = io.tasks.spawn_thread("sync", async move {
            std::thread::sleep(Duration::from_millis(1));
            clock.sleep(Duration::from_millis(1)).await;
            std::thread::current().name().map(str::to_owned)
        });
        assert_eq!(own.await.unwrap().as_deref(), Some("sync"));
    });
    executors.shutdown();
}

#[test]
fn everything_works_on_a_foreign_runtime() {
    let (io, _executors) = Io::real(1);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    runtime.block_on(async {
        io.clock.sleep(Duration::from_millis(1)).await;
        send_bytes_and_file(&io, directory.path(), "localhost:0").await;
    });
    // And where there is no runtime at all.
    futures::executor::block_on(async {
        let clock = io.clock.clone();
        io.clock.sleep(Duration::from_millis(1)).await;
        let task = io.tasks.spawn("timer", async move {
            clock.sleep(Duration::from_millis(1)).await;
        });
        task.await.unwrap();
    });
}

#[test]
fn a_timeout_cuts_a_future_short() {
    let (io, executors) = Io::real(1);
    executors.block_on(async {
        let forever = std::future::pending::<()>();
        let short = Duration::from_millis(5);
        assert_eq!(io.clock.timeout(short, forever).await, None);
        assert_eq!(io.clock.timeout(Duration::ZERO, async { 1 }).await, Some(1));
        assert!(io.clock.elapsed() >= short);
    });
}

#[test]
fn an_object_is_created_completely_and_only_once() {
    let (io, _executors) = Io::real(1);
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().to_str().unwrap();
    let url = format!("file://{root}/offsets/0");
    io.objects.put_new(&url, Bytes::from_static(b"v1")).unwrap();
    let again = io.objects.put_new(&url, Bytes::from_static(b"v2"));
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(io.objects.get(&format!("{root}/offsets/0")).unwrap(), "v1");
    io.objects.put(&url, Bytes::from_static(b"v3")).unwrap();

    // A file that a killed writer has left is not an object.
    let mut left = std::fs::File::create(directory.path().join("offsets/.1.77.tmp")).unwrap();
    left.write_all(b"half").unwrap();
    let listed = io.objects.list(&format!("file:{root}/offsets")).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].path, format!("{root}/offsets/0"));
    assert_eq!((listed[0].name.as_str(), listed[0].size), ("0", 2));

    io.objects.delete(&url).unwrap();
    io.objects.delete(&url).unwrap();
    assert_eq!(io.objects.head(&url).unwrap(), None);
    io.objects.delete_dir(root).unwrap();
    assert_eq!(io.objects.list(root).unwrap(), []);
    let elsewhere = io.objects.get("s3://bucket/key").unwrap_err();
    assert_eq!(elsewhere.kind(), ErrorKind::InvalidInput);
}
