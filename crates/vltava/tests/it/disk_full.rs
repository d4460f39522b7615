//! A full disk: records are refused, none is lost, and records are accepted again when there is space.

use std::time::{Duration, Instant};

use wire::ErrorCode;

use crate::image::{Image, done};
use crate::process::{Running, run, serve_command};
use crate::produced::Produced;
use crate::raw::Raw;

/// Long enough for the server to notice the free space.
const TIMEOUT: Duration = Duration::from_secs(60);

fn serve(image: &Image) -> Running {
    let log_dir = image.path().join("data");
    // Without a minimum of free bytes, so that the disk becomes completely full.
    let settings = ["vltava.log.dir.min.free.bytes=0"];
    Running::start_by(&mut serve_command(image.vltava(), &log_dir, &settings))
}

#[test]
fn a_full_disk_refuses_records_and_loses_none() {
    let Some(image) = Image::new(128) else {
        return;
    };
    let filler = image.path().join("filler");
    let mut fill = image.command("fallocate");
    done(fill.args(["-l", "48M"]).arg(&filler)).unwrap();
    let mut server = serve(&image);
    let bootstrap = server.bootstrap();
    run(&["topic", "create", "t", "-b", &bootstrap]);
    let mut produced = Produced::default();
    let mut raw = Raw::connect(&bootstrap);
    let mut number = 0;
    let mut send = |produced: &mut Produced, bytes: usize| {
        number += 1;
        let value = format!("{number}/{}", "x".repeat(bytes));
        produced.send(&mut raw, "t", 0, value).unwrap()
    };
    let refused = loop {
        let answer = send(&mut produced, 200_000);
        if answer.error_code != 0 {
            break answer;
        }
    };
    assert_eq!(refused.error_code, ErrorCode::KafkaStorageError.code());
    let message = refused.error_message.unwrap_or_default();
    assert!(message.contains("No space left on device"), "{message}");
    assert!(produced.acknowledged() > 50);
    produced.check(&bootstrap, "t");

    done(image.command("rm").arg(&filler)).unwrap();
    let deadline = Instant::now() + TIMEOUT;
    while send(&mut produced, 1000).error_code != 0 {
        assert!(
            Instant::now() < deadline,
            "it does not accept records again"
        );
    }
    assert_eq!(send(&mut produced, 200_000).error_code, 0);
    produced.check(&bootstrap, "t");
    assert!(server.interrupt().success());

    let mut server = serve(&image);
    let bootstrap = server.bootstrap();
    produced.check(&bootstrap, "t");
    assert!(server.interrupt().success());
}
