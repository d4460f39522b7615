//! The `mod.rs` of a folder: its modules and exports, and, for internal topics, the enumerations
//! of their records.

use crate::generate::model::{Kind, Message};
use crate::generate::names::snake_case;

use super::{FOR_PEOPLE, header};

/// The source of the `mod.rs` of `folder`.
pub fn module_file(folder: &str, messages: &[Message]) -> String {
    let mut file = header("Kafka");
    let topic = match folder {
        "records/group" => "__consumer_offsets",
        "records/transaction" => "__transaction_state",
        "records/share" => "__share_group_state",
        "records/metadata" => "__cluster_metadata",
        _ => "",
    };
    file += &match folder {
        "messages" => {
            "//! Requests, responses and what travels inside them, one module each.\n".to_owned()
        }
        _ => format!("//! The records of `{topic}`.\n"),
    };
    file += "\n#![allow(missing_docs)]\n\n";
    if folder == "messages" {
        file += "pub mod api_key;\n";
    }
    for message in messages {
        file += &format!("pub mod {};\n", snake_case(&message.name));
    }
    file += "\n";
    if folder == "messages" {
        file += "pub use api_key::ApiKey;\n";
    }
    for message in messages {
        file += &format!("pub use {}::{};\n", snake_case(&message.name), message.name);
    }
    let of_kind = |kind: Kind| -> Vec<&Message> {
        let mut found: Vec<&Message> = messages.iter().filter(|m| m.kind == kind).collect();
        found.sort_by_key(|message| message.api_key);
        found
    };
    let records = of_kind(Kind::MetadataRecord);
    if !records.is_empty() {
        file += IMPORTS;
        file += "use crate::records::frame;\n\n";
        file += &metadata_records(&records);
    }
    let keys = of_kind(Kind::CoordinatorKey);
    if !keys.is_empty() {
        file += IMPORTS;
        file += "\n";
        file += &coordinator_keys(&keys, topic);
        file += &coordinator_values(&of_kind(Kind::CoordinatorValue), topic);
    }
    file
}

const IMPORTS: &str = "
use bytes::Bytes;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::message::Message;
";

/// An enumeration with a variant for each message, and its type numbers.
fn enumeration(name: &str, what: &str, messages: &[&Message], suffix: &str) -> String {
    let mut variants = String::new();
    let mut codes = String::new();
    for message in messages {
        let variant = message.name.trim_end_matches(suffix);
        variants += &format!("{variant}({}),\n", message.name);
        codes += &format!(
            "{name}::{variant}(_) => {},\n",
            message.api_key.unwrap_or(-1)
        );
    }
    let for_people = FOR_PEOPLE.replace("WORDS", "tag = \"type\", content = \"data\"");
    format!(
        "/// {what}
        #[derive(Clone, Debug, PartialEq)]
        {for_people}pub enum {name} {{ {variants} }}

        impl {name} {{
            /// The number of this type of record.
            pub fn type_code(&self) -> i16 {{ match self {{ {codes} }} }}\n\n"
    )
}

fn decode_arms(name: &str, messages: &[&Message], suffix: &str) -> String {
    let mut arms = String::new();
    for message in messages {
        let variant = message.name.trim_end_matches(suffix);
        let code = message.api_key.unwrap_or(-1);
        arms += &format!(
            "{code} => {name}::{variant}({}::decode(d, version)?),",
            message.name
        );
    }
    arms
}

fn encode_arms(name: &str, messages: &[&Message], suffix: &str) -> String {
    let mut arms = String::new();
    for message in messages {
        let variant = message.name.trim_end_matches(suffix);
        arms += &format!("{name}::{variant}(record) => record.encode(e, version)?,\n");
    }
    arms
}

fn coordinator_keys(keys: &[&Message], topic: &str) -> String {
    let mut code = enumeration(
        "Key",
        "A record's key: what the record is about.",
        keys,
        "Key",
    );
    code += &format!(
        "/// Reads a key: two bytes that say its type, then its fields.
        pub fn decode(bytes: Bytes) -> Result<Key, DecodeError> {{
            let d = &mut Decoder::for_frame(bytes);
            d.enter(\"{topic} key\");
            let type_code = d.i16()?;
            // Keys have one version, which is not written.
            let version = 0;
            let key = match type_code {{
                {}
                _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
            }};
            d.finish()?;
            Ok(key)
        }}

        /// Writes the key with its type before it.
        pub fn encode(&self) -> Result<Bytes, EncodeError> {{
            let mut encoder = Encoder::new();
            let e = &mut encoder;
            let version = 0;
            e.i16(self.type_code());
            match self {{ {} }}
            Ok(encoder.finish())
        }} }}\n\n",
        decode_arms("Key", keys, "Key"),
        encode_arms("Key", keys, "Key"),
    );
    code
}

fn coordinator_values(values: &[&Message], topic: &str) -> String {
    let mut code = enumeration(
        "Value",
        "A record's value. A record without one deletes what its key is about.",
        values,
        "Value",
    );
    code += &format!(
        "/// Reads the value that belongs to a key of this type: two bytes of version, then its
        /// fields.
        pub fn decode(type_code: i16, bytes: Bytes) -> Result<Value, DecodeError> {{
            let d = &mut Decoder::for_frame(bytes);
            d.enter(\"{topic} value\");
            let version = d.i16()?;
            let value = match type_code {{
                {}
                _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
            }};
            d.finish()?;
            Ok(value)
        }}

        /// Writes the value in `version`, with the version before it.
        pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {{
            let mut encoder = Encoder::new();
            let e = &mut encoder;
            e.i16(version);
            match self {{ {} }}
            Ok(encoder.finish())
        }} }}\n\n",
        decode_arms("Value", values, "Value"),
        encode_arms("Value", values, "Value"),
    );
    code
}

fn metadata_records(records: &[&Message]) -> String {
    let mut code = enumeration(
        "MetadataRecord",
        "A fact about the cluster.",
        records,
        "Record",
    );
    code += &format!(
        "/// Reads a record in its frame, and the version that it was written in.
        pub fn decode(bytes: Bytes) -> Result<(MetadataRecord, i16), DecodeError> {{
            let d = &mut Decoder::for_frame(bytes);
            let frame::Frame {{ type_code, version }} = frame::decode(d)?;
            let record = match type_code {{
                {}
                _ => return Err(d.error(DecodeErrorKind::UnknownType(type_code))),
            }};
            d.finish()?;
            Ok((record, version))
        }}

        /// Writes the record in `version`, with its frame.
        pub fn encode(&self, version: i16) -> Result<Bytes, EncodeError> {{
            let mut encoder = Encoder::new();
            let e = &mut encoder;
            frame::encode(e, frame::Frame {{ type_code: self.type_code(), version }});
            match self {{ {} }}
            Ok(encoder.finish())
        }} }}\n",
        decode_arms("MetadataRecord", records, "Record"),
        encode_arms("MetadataRecord", records, "Record"),
    );
    code
}
