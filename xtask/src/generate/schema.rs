//! The messages as indented text, for tests: what is encoded, in which versions.

use super::model::{Field, Message, Struct, Type};
use super::versions::Versions;

/// The lines of a message in the schema file: one for the message, then one for each field.
///
/// ```text
/// FetchRequest 4-18 flexible 12-18
///  topics []struct 4-18
///   topic string 4-12
/// ```
///
/// After type and versions, a field may have `null` with the versions in which it may be null, and
/// `tag` with its tag. The fields of a structure follow it, indented by one.
pub fn describe(message: &Message) -> String {
    let flexible = range(message.flexible);
    let mut text = format!(
        "{} {} flexible {flexible}\n",
        message.name,
        range(message.versions)
    );
    describe_fields(&mut text, &message.structs, &message.structs[0], 1);
    text
}

fn describe_fields(text: &mut String, all: &[Struct], structure: &Struct, depth: usize) {
    // Tagged fields come last, ordered by tag, as they are encoded.
    let mut fields: Vec<&Field> = structure.fields.iter().collect();
    fields.sort_by_key(|field| field.tag);
    for field in fields {
        let name = field.name.trim_start_matches("r#");
        let versions = range(field.versions);
        *text += &format!(
            "{}{name} {} {versions}",
            " ".repeat(depth),
            type_name(&field.ty)
        );
        if !field.nullable.is_none() {
            *text += &format!(" null {}", range(field.nullable));
        }
        if let Some(tag) = field.tag {
            *text += &format!(" tag {tag}");
        }
        text.push('\n');
        if let Some(inner) = all
            .iter()
            .find(|inner| Some(inner.name.as_str()) == inside(&field.ty))
        {
            describe_fields(text, all, inner, depth + 1);
        }
    }
}

/// The structure in a type, if there is one.
fn inside(ty: &Type) -> Option<&str> {
    match ty {
        Type::Struct(name) => Some(name),
        Type::Array(element) => inside(element),
        _ => None,
    }
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::I8 => "i8".to_owned(),
        Type::I16 => "i16".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::I32 => "i32".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::I64 => "i64".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Uuid => "uuid".to_owned(),
        Type::String => "string".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Records => "records".to_owned(),
        Type::Struct(_) => "struct".to_owned(),
        Type::Array(element) => format!("[]{}", type_name(element)),
    }
}

fn range(versions: Versions) -> String {
    match versions.bounds() {
        Some((first, last)) => format!("{first}-{last}"),
        None => "none".to_owned(),
    }
}
