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
fn a_misspelt_key_is_an_error_that_names_the_right_one() {
    for misspelt in [
        "log.retention.hour",
        "log_retention_hours",
        "Log.Retention.Hours",
    ] {
        let message = read(&[(misspelt, "1")]).unwrap_err();
        assert_eq!(
            message,
            format!("unknown property {misspelt}: did you mean log.retention.hours?")
        );
    }
}

#[test]
fn keys_without_effect_are_warnings() {
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
fn a_security_setting_without_effect_is_refused() {
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
fn node_id_and_broker_id_are_one_setting() {
    for given in ["node.id", "broker.id"] {
        let (config, _) = read(&[(given, "7")]).unwrap();
        assert_eq!(config.node_id, 7);
        for shown in ["node.id", "broker.id"] {
            assert_eq!(config.facts().static_config[shown], "7", "{given}");
        }
    }
    let (config, _) = read(&[]).unwrap();
    assert_eq!((config.node_id, config.facts().static_config.len()), (1, 0));
    let message = read(&[("node.id", "1"), ("broker.id", "2")]).unwrap_err();
    assert!(message.contains("remove broker.id"), "{message}");
}

#[test]
fn voters_other_than_this_node_are_refused() {
    read(&[("node.id", "3"), ("controller.quorum.voters", "3@a:9093")]).unwrap();
    let message = read(&[("controller.quorum.voters", "1@a:9093,2@b:9093")]).unwrap_err();
    assert!(
        message.starts_with("controller.quorum.voters: 2@b:9093 is not this node"),
        "{message}"
    );
}

/// Every property that the broker acts on, with a text that Java accepts and Rust's parsers do not.
#[test]
fn values_are_read_as_java_reads_them() {
    let (config, _) = read(&[
        ("group.max.session.timeout.ms", "+3"),
        ("log.cleaner.io.buffer.load.factor", "0.8d"),
        ("log.cleaner.io.max.bytes.per.second", "Infinity"),
        ("auto.create.topics.enable", "FALSE"),
        ("log.dirs", " /a , /b "),
        ("max.connections", "\u{663}"),
    ])
    .unwrap();
    assert_eq!(config.groups.session_timeout_max_ms, 3);
    assert_eq!(config.cleaner.limits.map_load_factor, 0.8);
    assert_eq!(config.cleaner.bytes_per_second, f64::INFINITY);
    assert!(!config.auto_create_topics);
    assert_eq!(config.log_dirs, ["/a", "/b"].map(PathBuf::from));
    assert_eq!(config.connections_max, 3);
}

/// Kafka would read no number from these, or one that its code cannot use.
#[test]
fn values_that_cannot_be_used_are_refused_by_name() {
    for (name, value) in [
        ("log.cleaner.io.max.bytes.per.second", "NaN"),
        ("log.cleaner.min.cleanable.ratio", "1e400"),
        ("log.retention.ms", "1e3"),
        ("log.retention.hours", "0"),
        ("log.segment.bytes", "0x100000"),
        ("default.replication.factor", "65537"),
        ("default.replication.factor", "0"),
        ("num.partitions", "\u{a0}1"),
    ] {
        let message = read(&[(name, value)]).unwrap_err();
        assert!(message.contains(name), "{message}");
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
