//! The file of a message: its structures with their defaults, `decode` and `encode`.

use crate::generate::model::{Kind, Message, Struct};
use crate::generate::versions::Condition;

use super::{FOR_PEOPLE, decode, encode, flexible_expression, header, mentions, value};

/// Names that generated code may use, and where they are defined.
///
/// In the order of rustfmt.
const IMPORTS: [(&str, &[&str]); 10] = [
    ("std::ops", &["RangeInclusive"]),
    ("bytes", &["Bytes"]),
    ("crate::decoder", &["Decoder"]),
    ("crate::encoder", &["Encoder", "required"]),
    (
        "crate::error",
        &["DecodeError", "EncodeError", "unsupported"],
    ),
    ("crate::message", &["Message", "Request"]),
    ("crate::messages", &["ApiKey"]),
    ("crate::record_set", &["Records"]),
    ("crate::str_bytes", &["StrBytes"]),
    ("crate::uuid", &["Uuid"]),
];

/// The source of the file of a message.
pub fn message_file(message: &Message, artifact: &str) -> String {
    let mut body = String::new();
    for (place, structure) in message.structs.iter().enumerate() {
        body += &definition(message, structure);
        body += &defaults(structure);
        if place == 0 {
            body += &message_trait(message, structure);
        } else {
            body += &inherent_codec(message, structure);
        }
    }
    let mut file = header(&format!("{}.json in {artifact}", message.name));
    file += &format!(
        "//! `{}`, {}.\n\n",
        message.name,
        describe_versions(message)
    );
    file += &imports(message, &body);
    file + &body
}

/// `use` lines for the names in the code: the standard library, then other crates, then ours.
fn imports(message: &Message, code: &str) -> String {
    let response = message.name.replace("Request", "Response");
    let mut text = String::new();
    for (path, words) in IMPORTS {
        let mut used: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| mentions(code, word))
            .collect();
        if path == "crate::messages" && message.kind == Kind::Request {
            used.push(&response);
        }
        if !used.is_empty() {
            text += &format!("use {path}::{{{}}};\n", used.join(", "));
        }
        if path == "std::ops" || path == "bytes" && !used.is_empty() {
            text.push('\n');
        }
    }
    text + "\n"
}

fn describe_versions(message: &Message) -> String {
    let (first, last) = message.versions.bounds().unwrap_or_default();
    let mut text = match first == last {
        true => format!("version {first}"),
        false => format!("versions {first} to {last}"),
    };
    text += &match message.flexible.bounds() {
        Some((flexible, _)) => format!(", flexible from {flexible}"),
        None => ", never flexible".to_owned(),
    };
    if let Some(unstable) = message.unstable {
        text += &format!("; the release's unstable version {unstable} is left out");
    }
    text
}

fn definition(message: &Message, structure: &Struct) -> String {
    let is_record = matches!(
        message.kind,
        Kind::MetadataRecord | Kind::CoordinatorKey | Kind::CoordinatorValue
    );
    let by_derive = structure.fields.iter().all(value::default_is_rusts);
    let derived = if by_derive { ", Default" } else { "" };
    let mut code = format!("#[derive(Clone, Debug{derived}, PartialEq)]\n");
    if is_record {
        code += &FOR_PEOPLE.replace("WORDS", "rename_all = \"camelCase\"");
    }
    code += &format!("pub struct {} {{\n", structure.name);
    for field in &structure.fields {
        let field_type = value::field_type(field);
        if is_record && field_type == "Bytes" {
            code +=
                "#[cfg_attr(feature = \"serde\", serde(serialize_with = \"crate::json::hex\"))]\n";
        }
        code += &format!("pub {}: {field_type},\n", field.name);
    }
    code + "}\n\n"
}

fn defaults(structure: &Struct) -> String {
    if structure.fields.iter().all(value::default_is_rusts) {
        return String::new();
    }
    let name = &structure.name;
    let mut code = format!("impl Default for {name} {{ fn default() -> {name} {{ {name} {{\n");
    for field in &structure.fields {
        code += &format!("{}: {},\n", field.name, value::default(field));
    }
    code + "} } }\n\n"
}

fn message_trait(message: &Message, structure: &Struct) -> String {
    let name = &message.name;
    let (first, last) = message.versions.bounds().unwrap_or_default();
    let flexible = message.flexible.bounds().map(|(first, _)| first);
    let mut code = format!(
        "impl Message for {name} {{
            const NAME: &'static str = \"{name}\";
            const VALID_VERSIONS: RangeInclusive<i16> = {first}..={last};
            const FIRST_FLEXIBLE: Option<i16> = {flexible:?};\n\n"
    );
    code += &functions(
        message,
        structure,
        "d.check_version(version, Self::VALID_VERSIONS)?;\n",
        "e.check_version(Self::NAME, version, Self::VALID_VERSIONS)?;\n",
    );
    code += "}\n\n";
    if message.kind == Kind::Request {
        let key = name.trim_end_matches("Request");
        code += &format!(
            "impl Request for {name} {{
                const KEY: ApiKey = ApiKey::{key};
                type Response = {key}Response;
            }}\n\n"
        );
    }
    code
}

fn inherent_codec(message: &Message, structure: &Struct) -> String {
    format!(
        "impl {} {{\n{}}}\n\n",
        structure.name,
        functions(message, structure, "", "")
    )
}

/// `decode` and `encode` of a structure. Those of the message check the version first.
fn functions(
    message: &Message,
    structure: &Struct,
    decode_check: &str,
    encode_check: &str,
) -> String {
    let flexible = flexible_expression(message.flexible, structure.versions);
    let decoding = decode_check.to_owned()
        + &with_flexible(
            message,
            structure,
            decode::body(structure, message, flexible),
        );
    let encoding = encode_check.to_owned()
        + &with_flexible(
            message,
            structure,
            encode::body(structure, message, flexible),
        );
    let d_version = if mentions(&decoding, "version") {
        "version"
    } else {
        "_version"
    };
    let e_version = if mentions(&encoding, "version") {
        "version"
    } else {
        "_version"
    };
    let e = if mentions(&encoding, "e") { "e" } else { "_e" };
    let name = &structure.name;
    format!(
        "fn decode(d: &mut Decoder, {d_version}: i16) -> Result<Self, DecodeError> {{
            let outer = d.enter(\"{name}\");
            {decoding}
        }}

        fn encode(&self, {e}: &mut Encoder, {e_version}: i16) -> Result<(), EncodeError> {{
            {}
            Ok(())
        }}\n",
        encoding.trim_end()
    )
}

/// Adds the definition of `flexible` before code that uses it.
fn with_flexible(message: &Message, structure: &Struct, code: String) -> String {
    match message.flexible.within(structure.versions) {
        Condition::When(condition) if mentions(&code, "flexible") => {
            format!("let flexible = {condition};\n{code}")
        }
        _ => code,
    }
}
