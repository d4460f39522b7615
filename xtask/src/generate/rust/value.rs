//! Types, defaults and comparisons with defaults, as Rust expressions.

use crate::generate::model::{Default, Field, Type};

/// The Rust type of a value.
pub fn type_name(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::I8 => "i8".to_owned(),
        Type::I16 => "i16".to_owned(),
        Type::U16 => "u16".to_owned(),
        Type::I32 => "i32".to_owned(),
        Type::U32 => "u32".to_owned(),
        Type::I64 => "i64".to_owned(),
        Type::F64 => "f64".to_owned(),
        Type::Uuid => "Uuid".to_owned(),
        Type::String => "StrBytes".to_owned(),
        Type::Bytes => "Bytes".to_owned(),
        Type::Records => "Records".to_owned(),
        Type::Struct(name) => name.clone(),
        Type::Array(element) => format!("Vec<{}>", type_name(element)),
    }
}

/// The Rust type of a field.
pub fn field_type(field: &Field) -> String {
    let plain = type_name(&field.ty);
    if field.is_option() {
        format!("Option<{plain}>")
    } else {
        plain
    }
}

/// Whether `Default::default()` of the Rust type is the default of the field.
pub fn default_is_rusts(field: &Field) -> bool {
    match field.default {
        Default::Natural => !field.is_option(),
        Default::Null => true,
        Default::Literal(_) => false,
    }
}

/// The field's default as an expression.
pub fn default(field: &Field) -> String {
    match &field.default {
        Default::Null if field.ty == Type::Records => "Records::Null".to_owned(),
        Default::Null => "None".to_owned(),
        Default::Literal(literal) => in_option(field, literal.clone()),
        Default::Natural => in_option(field, natural(&field.ty)),
    }
}

fn natural(ty: &Type) -> String {
    match ty {
        Type::Bool => "false".to_owned(),
        Type::I8 | Type::I16 | Type::U16 | Type::I32 | Type::U32 | Type::I64 => "0".to_owned(),
        Type::F64 => "0.0".to_owned(),
        Type::Uuid => "Uuid::ZERO".to_owned(),
        Type::String => "StrBytes::EMPTY".to_owned(),
        Type::Bytes => "Bytes::new()".to_owned(),
        Type::Records => "Records::Null".to_owned(),
        Type::Struct(name) => format!("{name}::default()"),
        Type::Array(_) => "Vec::new()".to_owned(),
    }
}

fn in_option(field: &Field, value: String) -> String {
    if field.is_option() {
        format!("Some({value})")
    } else {
        value
    }
}

/// A condition: the field does not have its default.
pub fn is_set(field: &Field) -> String {
    let name = &field.name;
    if field.is_option() {
        return match (&field.default, &field.ty) {
            (Default::Null, _) => format!("self.{name}.is_some()"),
            (_, Type::Array(_) | Type::String | Type::Bytes) => {
                format!("self.{name}.as_ref().is_none_or(|value| !value.is_empty())")
            }
            _ => format!("self.{name} != {}", default(field)),
        };
    }
    match (&field.default, &field.ty) {
        (Default::Natural, Type::Bool) => format!("self.{name}"),
        (Default::Literal(_), Type::Bool) => format!("!self.{name}"),
        (Default::Natural, Type::String | Type::Bytes | Type::Array(_)) => {
            format!("!self.{name}.is_empty()")
        }
        _ => format!("self.{name} != {}", default(field)),
    }
}
