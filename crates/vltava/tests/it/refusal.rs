//! A broker with an invalid configuration does not start. Its message says what is wrong and what to do.

use std::net::TcpListener;

use crate::process::{Running, serve, serve_with};

/// The messages of a broker that does not start.
fn refusal(mut server: Running) -> String {
    assert_eq!(server.started(), None, "it started");
    let (status, errors) = server.ended();
    assert!(!status.success(), "it ended with success:\n{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

#[test]
fn a_second_server_on_the_same_directory() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = serve(directory.path());
    first.bootstrap();
    let said = refusal(serve(directory.path()));
    let path = directory.path().display();
    assert!(
        said.contains(&format!("{path} is in use by another process")),
        "{said}"
    );
    assert!(said.contains("log.dirs"), "{said}");
    assert!(first.interrupt().success());
}

#[test]
fn a_port_that_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let directory = tempfile::tempdir().unwrap();
    let listeners = format!("listeners=PLAINTEXT://127.0.0.1:{port}");
    let said = refusal(serve_with(directory.path(), &[&listeners]));
    for word in [&format!("127.0.0.1:{port}"), "PLAINTEXT", "in use"] {
        assert!(said.contains(word), "no {word} in {said}");
    }
}

#[test]
fn invalid_settings_and_settings_that_are_not_supported() {
    let cases = [
        ("log.retention.hour=1", "did you mean log.retention.hours?"),
        ("log.retention.hours=soon", "log.retention.hours"),
        (
            "log.retention.ms=1e3",
            "Invalid value 1e3 for configuration log.retention.ms: Not a number of type LONG",
        ),
        (
            "log.cleaner.min.cleanable.ratio=NaN",
            "Invalid value NaN for configuration log.cleaner.min.cleanable.ratio",
        ),
        (
            "controller.quorum.voters=1@localhost:9093,2@localhost:9094",
            "controller.quorum.voters: 2@localhost:9094 is not this node",
        ),
        (
            "ssl.client.auth=required",
            "ssl.client.auth has no effect yet",
        ),
        (
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "authorizer.class.name has no effect yet",
        ),
        ("super.users=User:admin", "super.users has no effect yet"),
        (
            "sasl.enabled.mechanisms=SCRAM-SHA-512",
            "sasl.enabled.mechanisms has no effect yet",
        ),
        (
            "listeners=SASL_SSL://localhost:0",
            "SASL_SSL, which is not supported yet",
        ),
        (
            "listeners=SSL://localhost:0",
            "SSL, which is not supported yet",
        ),
        (
            "default.replication.factor=3",
            "default.replication.factor=3",
        ),
        ("log.dirs=", "log.dirs"),
    ];
    for (setting, expected) in cases {
        let directory = tempfile::tempdir().unwrap();
        let said = refusal(serve_with(directory.path(), &[setting]));
        assert!(
            said.contains(expected),
            "{setting}: no {expected:?} in {said}"
        );
    }
}

#[test]
fn settings_without_effect_are_warnings() {
    let directory = tempfile::tempdir().unwrap();
    let settings = [
        "zookeeper.connect=localhost:2181",
        "num.replica.fetchers=4",
        "log.cleaner.min.cleanable.ratio=0.5f",
    ];
    let mut server = serve_with(directory.path(), &settings);
    server.bootstrap();
    let (status, said) = server.interrupt_with_errors();
    assert!(status.success());
    assert!(
        said.contains("zookeeper.connect was removed from Kafka"),
        "{said}"
    );
    assert!(
        said.contains("num.replica.fetchers is accepted but has no effect here yet"),
        "{said}"
    );
    assert!(!said.contains("min.cleanable"), "{said}");
}
