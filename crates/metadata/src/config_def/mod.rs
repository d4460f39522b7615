//! Configuration definitions: a table of every setting of topics and brokers.
//!
//! A row holds a setting's name, type, default, allowed values, how it may be changed while the broker
//! runs, whether it has an effect here, and its documentation. The controller validates with the table;
//! the broker reads its properties and answers DescribeConfigs with it. Code reads a value only by a
//! [`ConfigKey`], a constant in [`keys`]; the compiler checks that the row exists, has the type of the
//! constant and is marked as having an effect.
//!
//! Names, types, defaults and limits are those of Kafka 4.3, with a few deliberate differences:
//! `flush.messages` (and `log.flush.interval.messages`) is 1 here, so that an acknowledged record is
//! on disk; `listeners` is loopback; `queued.max.request.bytes` is finite; `socket.receive.buffer.bytes`
//! is left to the system; `log.dir` is not below `/tmp`; `node.id` and `process.roles` need not be
//! given. Settings of our own begin with `vltava.`.

mod broker;
mod java;
mod key;
pub mod keys;
mod resolve;
mod topic;
mod validate;
mod value;

pub use broker::{BROKER_CONFIGS, broker_config};
pub use key::{ConfigKey, ConfigValues};
pub use resolve::{
    ConfigLayers, ConfigSource, EffectiveConfig, SourcedValue, TopicDefaults, resolve_broker,
    resolve_topic,
};
pub use topic::{TOPIC_CONFIGS, topic_config};
pub use validate::{
    check_broker_value, check_dynamic, is_list, validate_broker_configs, validate_topic_configs,
};
pub use value::{ConfigValue, InvalidValue};

/// The type of a setting's value, numbered as DescribeConfigs reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum ConfigType {
    /// `true` or `false`.
    Boolean = 1,
    /// Any text.
    String = 2,
    /// 32-bit number.
    Int = 3,
    /// 16-bit number.
    Short = 4,
    /// 64-bit number.
    Long = 5,
    /// Floating-point number.
    Double = 6,
    /// Comma-separated texts.
    List = 7,
    /// Name of a Java class; kept as text, never loaded.
    Class = 8,
    /// Text that is never shown again.
    Password = 9,
}

impl ConfigType {
    /// Kafka's name of the type, used in error messages.
    pub fn name(self) -> &'static str {
        match self {
            ConfigType::Boolean => "BOOLEAN",
            ConfigType::String => "STRING",
            ConfigType::Int => "INT",
            ConfigType::Short => "SHORT",
            ConfigType::Long => "LONG",
            ConfigType::Double => "DOUBLE",
            ConfigType::List => "LIST",
            ConfigType::Class => "CLASS",
            ConfigType::Password => "PASSWORD",
        }
    }
}

/// Which values of the right type are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Allowed {
    /// All of them.
    Any,
    /// Whole numbers from here up.
    AtLeast(i64),
    /// Whole numbers from the first to the second, both included.
    Between(i64, i64),
    /// Whole numbers from the first to the second, or exactly the third.
    BetweenOr(i64, i64, i64),
    /// Floating-point numbers from the first to the second, both included. NaN is never allowed.
    Fraction(f64, f64),
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// One of these texts, whatever its case.
    OneOfAnyCase(&'static [&'static str]),
    /// A list whose every item is one of these texts.
    ListOf(&'static [&'static str]),
    /// `*`, or a list of `partition:broker`.
    ThrottledReplicas,
}

/// How a broker setting may change after start, as Kafka names the modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateMode {
    /// Only by a restart.
    ReadOnly,
    /// For one broker at a time.
    PerBroker,
    /// For one broker or as the default of all.
    ClusterWide,
}

/// What a setting does in this broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// What it does in Kafka.
    Works,
    /// Nothing yet. The setting is accepted and described.
    Nothing,
    /// Nothing yet, and ignoring it would make the broker less secure than its configuration says.
    Security,
}

/// How a broker setting's number becomes the topic setting's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// It is the same number.
    Same,
    /// Minutes become milliseconds.
    MinutesToMs,
    /// Hours become milliseconds.
    HoursToMs,
}

/// A broker setting that gives a topic setting its default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Synonym {
    /// Name of the broker setting.
    pub name: &'static str,
    /// How its value is converted.
    pub unit: Unit,
}

impl Synonym {
    /// A broker setting counted in the topic setting's own unit.
    pub const fn same(name: &'static str) -> Self {
        Synonym {
            name,
            unit: Unit::Same,
        }
    }

    /// A broker setting counted in minutes where the topic counts milliseconds.
    pub const fn minutes(name: &'static str) -> Self {
        Synonym {
            name,
            unit: Unit::MinutesToMs,
        }
    }

    /// A broker setting counted in hours where the topic counts milliseconds.
    pub const fn hours(name: &'static str) -> Self {
        Synonym {
            name,
            unit: Unit::HoursToMs,
        }
    }
}

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConfigDef {
    /// Kafka's name of the setting.
    pub name: &'static str,
    /// Type of the value.
    pub kind: ConfigType,
    /// Value if it is not set; `None` is Kafka's null.
    pub default: Option<&'static str>,
    /// Which values are allowed.
    pub allowed: Allowed,
    /// How it may change while a broker of Kafka runs; topic settings always may. See
    /// [`ConfigDef::is_dynamic`] for this broker.
    pub update_mode: UpdateMode,
    /// What this broker does with a value that is set.
    pub support: Support,
    /// Whether DescribeConfigs lists it even if it is not set.
    pub always_described: bool,
    /// For a topic setting: the broker settings that give its default, in order of precedence.
    /// For a broker setting: other settings that give its value when it is not set, in order of
    /// precedence.
    pub synonyms: &'static [Synonym],
    /// Documentation, one sentence or a few.
    pub doc: &'static str,
}

impl ConfigDef {
    const fn new(
        name: &'static str,
        kind: ConfigType,
        default: Option<&'static str>,
        doc: &'static str,
    ) -> Self {
        ConfigDef {
            name,
            kind,
            default,
            allowed: Allowed::Any,
            update_mode: UpdateMode::ReadOnly,
            support: Support::Nothing,
            always_described: true,
            synonyms: &[],
            doc,
        }
    }

    const fn allow(mut self, allowed: Allowed) -> Self {
        self.allowed = allowed;
        self
    }

    const fn works(mut self) -> Self {
        self.support = Support::Works;
        self
    }

    const fn security(mut self) -> Self {
        self.support = Support::Security;
        self
    }

    /// For settings that Kafka does not define for `server.properties`: they are known only to its
    /// authorizer or its quota code.
    const fn described_when_set(mut self) -> Self {
        self.always_described = false;
        self
    }

    const fn at_least(self, least: i64) -> Self {
        self.allow(Allowed::AtLeast(least))
    }

    const fn between(self, least: i64, most: i64) -> Self {
        self.allow(Allowed::Between(least, most))
    }

    const fn per_broker(mut self) -> Self {
        self.update_mode = UpdateMode::PerBroker;
        self
    }

    const fn cluster_wide(mut self) -> Self {
        self.update_mode = UpdateMode::ClusterWide;
        self
    }

    const fn or_else(mut self, synonyms: &'static [Synonym]) -> Self {
        self.synonyms = synonyms;
        self
    }

    /// Whether a broker setting may be changed while the broker runs.
    ///
    /// Kafka allows more: a change that this broker would store and not apply is refused, so no setting
    /// of TLS or SASL is dynamic.
    pub fn is_dynamic(&self) -> bool {
        let gives_topic_default = || {
            let mut names = TOPIC_CONFIGS.iter().flat_map(|topic| topic.synonyms);
            names.any(|synonym| synonym.name == self.name)
        };
        self.update_mode != UpdateMode::ReadOnly
            && (self.name == keys::PRODUCER_ID_EXPIRATION_MS.def().name || gives_topic_default())
    }

    /// Whether the value must never be shown.
    pub fn is_sensitive(&self) -> bool {
        self.kind == ConfigType::Password
    }
}

const fn boolean(name: &'static str, default: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Boolean, Some(default), doc)
}

const fn string(name: &'static str, default: Option<&'static str>, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::String, default, doc)
}

const fn int(name: &'static str, default: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Int, Some(default), doc)
}

const fn int_or_null(name: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Int, None, doc)
}

const fn short(name: &'static str, default: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Short, Some(default), doc)
}

const fn long(name: &'static str, default: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Long, Some(default), doc)
}

const fn long_or_null(name: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Long, None, doc)
}

const fn double(name: &'static str, default: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Double, Some(default), doc)
}

const fn list(name: &'static str, default: Option<&'static str>, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::List, default, doc)
}

const fn class(name: &'static str, default: Option<&'static str>, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Class, default, doc)
}

const fn password(name: &'static str, doc: &'static str) -> ConfigDef {
    ConfigDef::new(name, ConfigType::Password, None, doc)
}

/// The largest 64-bit number. Kafka uses it for "never".
const LONG_MAX: &str = "9223372036854775807";
/// The largest 32-bit number. Kafka uses it for "no limit".
const INT_MAX: &str = "2147483647";
