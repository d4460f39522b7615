use super::*;

fn read(lines: &[(&str, &str)]) -> Result<(BrokerConfig, Vec<String>), String> {
    let properties = lines
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    BrokerConfig::from_properties(&properties)
        .map(|(config, warnings)| (config, warnings.iter().map(ToString::to_string).collect()))
        .map_err(|e| e.to_string())
}

#[test]
fn nothing_configured_listens_on_loopback() {
    let (config, warnings) = read(&[]).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(config.listeners[0].host, "localhost");
    assert_eq!(config.listeners[0].port, 9092);
}

#[test]
fn kafkas_own_property_file_starts() {
    let (config, _) = read(&[
        ("process.roles", "broker,controller"),
        ("node.id", "1"),
        ("controller.quorum.bootstrap.servers", "localhost:9093"),
        ("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"),
        ("inter.broker.listener.name", "PLAINTEXT"),
        ("advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093"),
        ("controller.listener.names", "CONTROLLER"),
        (
            "listener.security.protocol.map",
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
        ),
        ("num.network.threads", "3"),
        ("log.dirs", "/tmp/kraft-combined-logs"),
        ("transaction.state.log.min.isr", "1"),
    ])
    .unwrap();
    assert_eq!(config.listeners.len(), 1);
    assert_eq!(
        config.listeners[0].advertised_host.as_deref(),
        Some("localhost")
    );
}

#[test]
fn a_slip_is_an_error_that_names_the_key() {
    for slip in [
        "log.retention.hour",
        "log_retention_hours",
        "Log.Retention.Hours",
    ] {
        let message = read(&[(slip, "1")]).unwrap_err();
        assert_eq!(
            message,
            format!("unknown property {slip}: did you mean log.retention.hours?")
        );
    }
}

#[test]
fn removed_unknown_and_idle_keys_are_warnings() {
    let (_, warnings) = read(&[
        ("zookeeper.connect", "localhost:2181"),
        ("my.plugin.setting", "1"),
        ("num.replica.fetchers", "4"),
    ])
    .unwrap();
    assert_eq!(
        warnings,
        [
            "unknown property my.plugin.setting is ignored",
            "num.replica.fetchers is accepted but has no effect here yet",
            "zookeeper.connect was removed from Kafka and has no effect",
        ]
    );
}

#[test]
fn security_that_would_be_ignored_refuses_to_start() {
    for (name, value) in [
        (
            "authorizer.class.name",
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        ),
        ("ssl.keystore.location", "/etc/keystore.p12"),
        (
            "listener.name.internal.ssl.keystore.location",
            "/etc/keystore.p12",
        ),
        ("listeners", "SASL_SSL://:9092"),
    ] {
        read(&[(name, value)]).unwrap_err();
    }
}

#[test]
fn values_are_checked() {
    for (name, value) in [
        ("num.partitions", "0"),
        ("num.partitions", "many"),
        ("auto.create.topics.enable", "yes"),
        ("compression.type", "brotli"),
    ] {
        let message = read(&[(name, value)]).unwrap_err();
        assert!(
            message.contains(name) && message.contains(value),
            "{message}"
        );
    }
}

#[test]
fn socket_buffers_are_kafkas_or_the_systems() {
    let (config, _) = read(&[]).unwrap();
    let (send, receive) = (Some(102_400), None);
    assert_eq!(config.socket_buffers, SocketBuffers { send, receive });
    let given = [
        ("socket.send.buffer.bytes", "-1"),
        ("socket.receive.buffer.bytes", "65536"),
    ];
    let (config, warnings) = read(&given).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    let (send, receive) = (None, Some(65_536));
    assert_eq!(config.socket_buffers, SocketBuffers { send, receive });
}
