//! Complete definitions: every range is limited to the stable versions, every default has a type,
//! every structure has an index.

use std::collections::BTreeMap;

use serde_json::Value;

use super::definition::{self, Definition};
use super::names;
use super::versions::Versions;

/// A message and the structures inside it.
pub struct Message {
    pub name: String,
    pub kind: Kind,
    /// The request's key, or the record's type number.
    pub api_key: Option<i16>,
    /// Stable versions; never empty.
    pub versions: Versions,
    pub flexible: Versions,
    /// A version that the release contains but calls unstable. It is left out.
    pub unstable: Option<i16>,
    /// The message, then its structures, in order of appearance.
    pub structs: Vec<Struct>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Request,
    Response,
    Data,
    CoordinatorKey,
    CoordinatorValue,
    MetadataRecord,
}

pub struct Struct {
    pub name: String,
    pub versions: Versions,
    pub fields: Vec<Field>,
    /// Minimum encoded size in bytes, in any of its versions.
    pub min_wire_bytes: usize,
}

pub struct Field {
    /// As a Rust identifier.
    pub name: String,
    pub ty: Type,
    /// Within the versions of its structure; never empty.
    pub versions: Versions,
    pub nullable: Versions,
    pub tag: Option<u32>,
    pub default: Default,
    /// Left out, without an error, of versions that do not have it.
    pub ignorable: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    I8,
    I16,
    U16,
    I32,
    U32,
    I64,
    F64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct(String),
    Array(Box<Type>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Default {
    /// Zero, false or empty; for a structure, the defaults of all its fields.
    Natural,
    Null,
    /// A Rust literal.
    Literal(String),
}

impl Struct {
    pub fn has_tagged_fields(&self) -> bool {
        self.fields.iter().any(|field| field.tag.is_some())
    }
}

impl Field {
    /// Whether the Rust type is an `Option`. Record data has its own null.
    pub fn is_option(&self) -> bool {
        !self.nullable.is_none() && self.ty != Type::Records
    }
}

/// Completes the messages of one jar. Responses have the versions of their requests; messages
/// without a stable version are left out.
pub fn resolve(definitions: &[Definition]) -> Result<Vec<Message>, String> {
    let mut request_versions = BTreeMap::new();
    for definition in definitions.iter().filter(|d| d.kind == "request") {
        request_versions.insert(definition.api_key, stable_versions(definition)?.0);
    }
    let mut messages = Vec::new();
    for definition in definitions {
        let (mut versions, mut unstable) = stable_versions(definition)?;
        if definition.kind == "response" {
            let of_request = request_versions.get(&definition.api_key);
            let of_request = *of_request.ok_or(format!("{} has no request", definition.name))?;
            if let (Some((_, last)), false) =
                (versions.bounds(), versions.and(of_request) == versions)
            {
                unstable = Some(last);
            }
            versions = versions.and(of_request);
        }
        // Headers are written by hand: they are read before the version is known.
        if versions.is_none() || definition.kind == "header" {
            continue;
        }
        let message = message(definition, versions, unstable)
            .map_err(|problem| format!("{}: {problem}", definition.name))?;
        messages.push(message);
    }
    Ok(messages)
}

fn stable_versions(definition: &Definition) -> Result<(Versions, Option<i16>), String> {
    let valid = Versions::parse(&definition.valid_versions)?;
    match valid.bounds() {
        Some((first, last)) if definition.latest_version_unstable => {
            Ok((Versions::between(first, last - 1), Some(last)))
        }
        _ => Ok((valid, None)),
    }
}

fn message(
    definition: &Definition,
    versions: Versions,
    unstable: Option<i16>,
) -> Result<Message, String> {
    let flexible = match &definition.flexible_versions {
        Some(text) => Versions::parse(text)?.and(versions),
        None => return Err("flexibleVersions is missing".to_owned()),
    };
    let kind = match definition.kind.as_str() {
        "request" => Kind::Request,
        "response" => Kind::Response,
        "data" => Kind::Data,
        "coordinator-key" => Kind::CoordinatorKey,
        "coordinator-value" => Kind::CoordinatorValue,
        "metadata" => Kind::MetadataRecord,
        other => return Err(format!("unknown kind of definition {other:?}")),
    };
    let mut structs = Vec::new();
    add_struct(&mut structs, &definition.name, versions, &definition.fields)?;
    for common in &definition.common_structs {
        let of_struct = Versions::parse(&common.versions)?.and(versions);
        add_struct(&mut structs, &common.name, of_struct, &common.fields)?;
    }
    for place in 0..structs.len() {
        structs[place].min_wire_bytes = min_struct_bytes(&structs[place], &structs, flexible);
    }
    Ok(Message {
        name: names::type_name(&definition.name),
        kind,
        api_key: definition.api_key,
        versions,
        flexible,
        unstable,
        structs,
    })
}

/// Adds a structure and, after it, the structures defined inside it.
fn add_struct(
    structs: &mut Vec<Struct>,
    name: &str,
    versions: Versions,
    fields: &[definition::Field],
) -> Result<(), String> {
    if versions.is_none() {
        return Ok(());
    }
    let place = structs.len();
    let name = names::type_name(name);
    structs.push(Struct {
        name,
        versions,
        fields: Vec::new(),
        min_wire_bytes: 0,
    });
    let mut resolved = Vec::new();
    for field in fields {
        let Some(field_resolved) = resolve_field(field, versions)
            .map_err(|problem| format!("{}: {problem}", field.name))?
        else {
            continue;
        };
        if !field.fields.is_empty() {
            let inner = field.ty.trim_start_matches("[]");
            add_struct(structs, inner, field_resolved.versions, &field.fields)?;
        }
        resolved.push(field_resolved);
    }
    structs[place].fields = resolved;
    Ok(())
}

/// The field in the versions of its structure; `None` if no version has it.
fn resolve_field(field: &definition::Field, structure: Versions) -> Result<Option<Field>, String> {
    let tagged = parse_optional(&field.tagged_versions)?;
    let versions = match &field.versions {
        Some(text) => Versions::parse(text)?,
        None => tagged,
    };
    if field.tag.is_some() && versions.and(structure) != tagged.and(structure) {
        return Err("a field that is tagged in some of its versions only".to_owned());
    }
    let versions = versions.and(structure);
    if versions.is_none() {
        return Ok(None);
    }
    let ty = parse_type(&field.ty)?;
    let nullable = parse_optional(&field.nullable_versions)?.and(versions);
    let default = parse_default(field.default.as_ref(), &ty, !nullable.is_none())?;
    Ok(Some(Field {
        name: names::field_name(&field.name),
        ty,
        versions,
        nullable,
        tag: field.tag,
        default,
        ignorable: field.ignorable,
    }))
}

fn parse_optional(versions: &Option<String>) -> Result<Versions, String> {
    versions
        .as_deref()
        .map_or(Ok(Versions::NONE), Versions::parse)
}

fn parse_type(text: &str) -> Result<Type, String> {
    if let Some(element) = text.strip_prefix("[]") {
        return match parse_type(element)? {
            Type::Array(_) => Err("an array of arrays".to_owned()),
            element => Ok(Type::Array(Box::new(element))),
        };
    }
    Ok(match text {
        "bool" => Type::Bool,
        "int8" => Type::I8,
        "int16" => Type::I16,
        "uint16" => Type::U16,
        "int32" => Type::I32,
        "uint32" => Type::U32,
        "int64" => Type::I64,
        "float64" => Type::F64,
        "uuid" => Type::Uuid,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "records" => Type::Records,
        _ if text.starts_with(char::is_uppercase) => Type::Struct(names::type_name(text)),
        _ => return Err(format!("unknown type {text:?}")),
    })
}

fn parse_default(default: Option<&Value>, ty: &Type, nullable: bool) -> Result<Default, String> {
    let text = match default {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text == "null" {
        return if nullable {
            Ok(Default::Null)
        } else {
            Err("null default, not nullable".to_owned())
        };
    }
    if text.is_empty() || text == "0" || text == "false" {
        return Ok(Default::Natural);
    }
    match ty {
        Type::Bool if text == "true" => Ok(Default::Literal(text)),
        Type::I8 | Type::I16 | Type::U16 | Type::I32 | Type::U32 | Type::I64 => {
            Ok(Default::Literal(integer_literal(&text)))
        }
        _ => Err(format!("default {text:?} for a field of this type")),
    }
}

/// The integer as a Rust literal with separators.
fn integer_literal(text: &str) -> String {
    match text {
        "9223372036854775807" => "i64::MAX".to_owned(),
        "0x7fffffff" => "i32::MAX".to_owned(),
        "-2147483648" => "i32::MIN".to_owned(),
        _ => text.to_owned(),
    }
}

fn min_struct_bytes(structure: &Struct, all: &[Struct], flexible: Versions) -> usize {
    let Some((first, last)) = structure.versions.bounds() else {
        return 0;
    };
    let in_version = |version: i16| -> usize {
        let compact = flexible.contains(version);
        let fields = structure.fields.iter();
        let present = fields.filter(|f| f.tag.is_none() && f.versions.contains(version));
        let least = present.map(|field| match &field.ty {
            Type::Struct(_) if field.nullable.contains(version) => 1,
            ty => min_type_bytes(ty, all, compact, flexible),
        });
        least.sum::<usize>() + usize::from(compact)
    };
    (first..=last).map(in_version).min().unwrap_or(0)
}

/// Minimum encoded size of a value of this type, in bytes.
pub fn min_type_bytes(ty: &Type, all: &[Struct], compact: bool, flexible: Versions) -> usize {
    match ty {
        Type::Bool | Type::I8 => 1,
        Type::I16 | Type::U16 => 2,
        Type::I32 | Type::U32 => 4,
        Type::I64 | Type::F64 => 8,
        Type::Uuid => 16,
        Type::String | Type::Bytes | Type::Records | Type::Array(_) if compact => 1,
        Type::String => 2,
        Type::Bytes | Type::Records | Type::Array(_) => 4,
        Type::Struct(name) => match all.iter().find(|s| s.name == *name) {
            Some(structure) => min_struct_bytes(structure, all, flexible),
            None => 0,
        },
    }
}
