//! Power cuts on a real file system: acknowledged records survive.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::image::{Image, Journal};
use crate::process::{Running, run, serve_command};
use crate::produced::Produced;
use crate::raw::Raw;

const PARTITIONS: i32 = 4;

fn serve(image: &Image, settings: &[&str]) -> Running {
    let log_dir = image.path().join("data");
    Running::start_by(&mut serve_command(image.vltava(), &log_dir, settings))
}

/// Sends records until there is no response, or one with an error.
fn produce_until(
    power_off: &Arc<AtomicBool>,
    bootstrap: &str,
    partition: i32,
    name: &str,
) -> Produced {
    let mut produced = Produced::until(power_off);
    let mut raw = Raw::connect(bootstrap);
    for number in 0.. {
        // Sizes from a few bytes to more than a page.
        let padding = "x".repeat(number * 37 % 6000);
        let value = format!("{name}/{partition}/{number}/{padding}");
        match produced.send(&mut raw, "t", partition, value) {
            Ok(answer) if answer.error_code == 0 => {}
            _ => break,
        }
    }
    produced
}

#[test]
fn acknowledged_records_survive_a_power_cut() {
    let Some(image) = Image::new(512) else {
        return;
    };
    let mut produced = Produced::default();
    let cuts = [Journal::Lost, Journal::Flushed, Journal::Lost];
    for (round, journal) in cuts.into_iter().enumerate() {
        let mut server = serve(&image, &["log.flush.offset.checkpoint.interval.ms=200"]);
        let bootstrap = server.bootstrap();
        if round == 0 {
            let partitions = PARTITIONS.to_string();
            let create = ["topic", "create", "t", "-b", &bootstrap, "--partitions"];
            run(&[&create[..], &[&partitions]].concat());
        }
        produced.check(&bootstrap, "t");
        let power_off = Arc::new(AtomicBool::new(false));
        let producers: Vec<_> = (0..2 * PARTITIONS)
            .map(|number| {
                let (bootstrap, power_off) = (bootstrap.clone(), Arc::clone(&power_off));
                let name = format!("{round}-{number}");
                let partition = number % PARTITIONS;
                std::thread::spawn(move || produce_until(&power_off, &bootstrap, partition, &name))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(700 + 400 * round as u64));
        power_off.store(true, Ordering::SeqCst);
        image.cut_power(journal);
        // The only directory has failed, so the process ends by itself.
        let (status, said) = server.ended();
        assert!(!status.success() && said.contains("has failed"), "{said}");
        let before = produced.acknowledged();
        for producer in producers {
            produced.merge(producer.join().unwrap());
        }
        assert!(produced.acknowledged() > before, "nothing was acknowledged");
        image.restore_power();
    }
    let mut server = serve(&image, &[]);
    let bootstrap = server.bootstrap();
    produced.check(&bootstrap, "t");
    assert!(server.interrupt().success());
}

#[test]
fn a_disk_without_power_does_not_affect_the_other() {
    let Some(image) = Image::new(512) else {
        return;
    };
    let first = tempfile::tempdir().unwrap();
    let second = image.path().join("data");
    let both = format!("log.dirs={},{}", first.path().display(), second.display());
    let mut server = serve(&image, &[&both]);
    let bootstrap = server.bootstrap();
    let create = ["topic", "create", "t", "-b", &bootstrap];
    run(&[&create[..], &["--partitions", "2"]].concat());
    let mut produced = Produced::default();
    let mut raw = Raw::connect(&bootstrap);
    let mut send = |round: &str, partition: i32| {
        let value = format!("{round}/{partition}");
        produced
            .send(&mut raw, "t", partition, value)
            .unwrap()
            .error_code
    };
    for partition in 0..2 {
        assert_eq!(send("before", partition), 0);
    }
    image.cut_power(Journal::Lost);
    let mut after: Vec<i16> = (0..2).map(|partition| send("after", partition)).collect();
    after.sort_unstable();
    let storage_error = wire::ErrorCode::KafkaStorageError.code();
    assert_eq!(after, [0, storage_error]);
    let (status, said) = server.interrupt_with_errors();
    assert!(status.success(), "{said}");
    let failed = format!("log directory {} has failed", second.display());
    assert!(said.contains(&failed), "{said}");

    image.restore_power();
    let mut server = serve(&image, &[&both]);
    let bootstrap = server.bootstrap();
    produced.check(&bootstrap, "t");
    assert!(server.interrupt().success());
}
