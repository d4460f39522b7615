//! A server under attack, and the checks after the attack.

use std::process::Command;

use wire::messages::create_topics_request::{
    CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use wire::{ErrorCode, Uuid};

use crate::process::{Running, VLTAVA, run, run_with_input, serve_command};
use crate::raw::Raw;

/// Growth of memory that an attack may cause, in bytes.
const GROWTH_MAX: u64 = 64 << 20;

/// A server on a directory of its own.
pub struct Target {
    server: Running,
    _directory: tempfile::TempDir,
    pub bootstrap: String,
    /// Resident memory before the attack, in bytes.
    baseline: u64,
}

impl Target {
    /// Starts a server and uses it once, so that its usual memory is allocated.
    pub fn start(settings: &[&str]) -> Target {
        Target::start_by(Command::new(VLTAVA), settings)
    }

    /// As [`Target::start`], with a process that may open so many descriptors.
    pub fn start_with_descriptors(limit: u32) -> Target {
        let mut limited = Command::new("sh");
        limited.args([
            "-c",
            &format!("ulimit -n {limit}; exec \"$0\" \"$@\""),
            VLTAVA,
        ]);
        Target::start_by(limited, &[])
    }

    fn start_by(command: Command, settings: &[&str]) -> Target {
        let directory = tempfile::tempdir().unwrap();
        let mut server = Running::start_by(&mut serve_command(command, directory.path(), settings));
        let bootstrap = server.bootstrap();
        let mut target = Target {
            server,
            _directory: directory,
            bootstrap,
            baseline: 0,
        };
        target.serves("before");
        target.baseline = target.memory("VmRSS").unwrap_or_default();
        target
    }

    pub fn connect(&self) -> Raw {
        Raw::connect(&self.bootstrap)
    }

    /// Creates a topic with one partition. Returns its id.
    pub fn create_topic(&self, name: &str, configs: &[(&str, &str)]) -> Uuid {
        self.create_topic_of(name, 1, configs)
    }

    /// Creates a topic with this number of partitions. Returns its id.
    pub fn create_topic_of(
        &self,
        name: &str,
        num_partitions: i32,
        configs: &[(&str, &str)],
    ) -> Uuid {
        let request = CreateTopicsRequest {
            topics: vec![CreatableTopic {
                name: name.into(),
                num_partitions,
                replication_factor: 1,
                configs: configs
                    .iter()
                    .map(|(name, value)| CreatableTopicConfig {
                        name: (*name).into(),
                        value: Some((*value).into()),
                    })
                    .collect(),
                ..CreatableTopic::default()
            }],
            timeout_ms: 10_000,
            validate_only: false,
        };
        let response = self.connect().request(&request, 7);
        let topic = &response.topics[0];
        assert_eq!(ErrorCode::from_code(topic.error_code), ErrorCode::None);
        topic.topic_id
    }

    /// An ordinary client is served.
    fn serves(&self, topic: &str) {
        run(&["topic", "create", topic, "-b", &self.bootstrap]);
        run_with_input(&["produce", topic, "-b", &self.bootstrap], "well\n");
        let consume = [
            "consume",
            topic,
            "-b",
            &self.bootstrap,
            "--from-beginning",
            "-e",
        ];
        assert_eq!(run(&consume), "well\n");
    }

    /// Checks after an attack: clients are served, memory is almost as before, there was no panic, and the server stops on
    /// request.
    pub fn assert_unharmed(self) {
        let errors = self.server.errors();
        assert!(!errors.contains("panicked"), "{errors}");
        self.serves("after");
        self.assert_not_grown();
        assert!(self.server.interrupt().success(), "{errors}");
    }

    /// Checks that memory is almost as before.
    pub fn assert_not_grown(&self) {
        if let Some(now) = self.memory("VmRSS") {
            let grown = now.saturating_sub(self.baseline);
            assert!(grown < GROWTH_MAX, "grown by {} KiB", grown >> 10);
        }
    }

    /// Maximum of memory above the baseline, in bytes; `None` if the system does not report it.
    pub fn peak(&self) -> u64 {
        let peak = self.memory("VmHWM").unwrap_or_default();
        peak.saturating_sub(self.baseline)
    }

    /// A line of `/proc/PID/status`, in bytes.
    fn memory(&self, line: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.pid())).ok()?;
        let text = status
            .lines()
            .find_map(|l| l.strip_prefix(line)?.strip_prefix(':'))?;
        let kib: u64 = text.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib << 10)
    }
}
