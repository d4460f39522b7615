//! Generates the codec in `crates/wire` from Kafka's message definitions.
//!
//! The definitions are JSON files in the jars of a release. Names, types, versions and defaults
//! are used; the descriptions are not. For another release, change [`RELEASE`], download its jars,
//! run `cargo xtask generate`, and review the changes.

mod definition;
mod jar;
mod model;
mod names;
mod output;
mod rust;
mod schema;
mod versions;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use model::Message;

/// The release of the committed code.
pub const RELEASE: &str = "4.3.1";

/// Jars with definitions, and the target folders in the wire crate.
const SOURCES: [Source; 5] = [
    Source {
        artifact: "kafka-clients",
        folder: "messages",
    },
    Source {
        artifact: "kafka-group-coordinator",
        folder: "records/group",
    },
    Source {
        artifact: "kafka-transaction-coordinator",
        folder: "records/transaction",
    },
    Source {
        artifact: "kafka-share-coordinator",
        folder: "records/share",
    },
    Source {
        artifact: "kafka-metadata",
        folder: "records/metadata",
    },
];

struct Source {
    artifact: &'static str,
    folder: &'static str,
}

/// Runs `cargo xtask generate`. Exits with 1 if the committed code is stale or a definition is not
/// understood, with 2 if the jars are missing.
pub fn run(arguments: &[String]) -> ExitCode {
    let mut check = false;
    let mut jars = std::env::var_os("KAFKA_JARS").map(PathBuf::from);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--check" => check = true,
            "--jars" => jars = arguments.next().map(PathBuf::from),
            _ => {
                eprint!("{}", crate::USAGE);
                return ExitCode::from(2);
            }
        }
    }
    let jars = jars.unwrap_or_else(|| PathBuf::from("target/kafka-jars"));
    if let Some(missing) = SOURCES
        .iter()
        .map(|s| s.jar(&jars))
        .find(|jar| !jar.exists())
    {
        explain_missing(&missing, &jars);
        return ExitCode::from(2);
    }
    match generate(&jars, check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("cargo xtask generate: {message}");
            ExitCode::FAILURE
        }
    }
}

fn generate(jars: &Path, check: bool) -> Result<(), String> {
    let mut files = output::Files::default();
    let mut folders = Vec::new();
    for source in &SOURCES {
        folders.push((source.folder, read_messages(source, jars)?));
    }
    let mut schema = String::new();
    for (source, (folder, messages)) in SOURCES.iter().zip(&folders) {
        for message in messages {
            let path = format!("src/{folder}/{}.rs", names::snake_case(&message.name));
            files.add_rust(path, rust::message_file(message, source.artifact))?;
            schema += &schema::describe(message);
        }
        let modules = rust::module_file(folder, messages);
        files.add_rust(format!("src/{folder}/mod.rs"), modules)?;
        if *folder == "messages" {
            files.add_rust(
                "src/messages/api_key.rs".to_owned(),
                rust::api_key_file(messages),
            )?;
        }
    }
    files.add_rust(
        "tests/generated/catalog.rs".to_owned(),
        rust::catalog_file(&folders),
    )?;
    files.add_text("tests/generated/schema.txt".to_owned(), schema);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wire");
    if check {
        files.compare(&root)
    } else {
        files.write(&root)
    }
}

/// The messages of one jar, by name, without those that have no version any more.
fn read_messages(source: &Source, jars: &Path) -> Result<Vec<Message>, String> {
    let path = source.jar(jars);
    let mut definitions = Vec::new();
    for entry in jar::json_definitions(&path).map_err(|e| format!("{}: {e}", path.display()))? {
        let definition = definition::parse(&entry.text)
            .map_err(|e| format!("{} in {}: {e}", entry.name, path.display()))?;
        definitions.push(definition);
    }
    definitions.sort_by(|a, b| a.name.cmp(&b.name));
    model::resolve(&definitions)
}

impl Source {
    fn jar(&self, jars: &Path) -> PathBuf {
        jars.join(format!("{}-{RELEASE}.jar", self.artifact))
    }
}

fn explain_missing(missing: &Path, jars: &Path) {
    eprintln!("cargo xtask generate: {} is not there.", missing.display());
    eprintln!("Kafka's jars come from Maven Central; with Maven installed:");
    for source in &SOURCES {
        eprintln!(
            "  mvn dependency:copy -Dartifact=org.apache.kafka:{}:{RELEASE} -DoutputDirectory={}",
            source.artifact,
            jars.display()
        );
    }
    eprintln!("or say where they are: cargo xtask generate --jars DIR");
}
