//! The body of a structure's `encode`.

use crate::generate::model::{Field, Message, Struct, Type};
use crate::generate::versions::{Condition, Versions};

use super::decode::scalar_method;
use super::value;

/// Writes every field in order, then the tagged fields. Returns an error for values that the
/// version does not have.
pub fn body(structure: &Struct, message: &Message, flexible: &str) -> String {
    let mut code = String::new();
    let writer = Writer {
        structure,
        flexible,
        flexible_versions: message.flexible.and(structure.versions),
    };
    for field in structure.fields.iter().filter(|field| field.tag.is_none()) {
        let write = writer.nullable_or_not(field);
        code += &match field.versions.within(structure.versions) {
            Condition::Always => write,
            Condition::Never => continue,
            Condition::When(condition) => {
                format!("if {condition} {{ {write} }} {}", writer.refusal(field))
            }
        };
        code += "\n";
    }
    code + &writer.tagged_fields()
}

struct Writer<'a> {
    structure: &'a Struct,
    /// Whether compact lengths are used, as a Rust expression.
    flexible: &'a str,
    /// The versions with compact lengths.
    flexible_versions: Versions,
}

impl Writer<'_> {
    /// Code for versions without the field: an error if it is set, or nothing if it may be left
    /// out.
    fn refusal(&self, field: &Field) -> String {
        if field.ignorable {
            return String::new();
        }
        let is_set = value::is_set(field);
        let label = self.label(field);
        format!("else if {is_set} {{ return Err(unsupported({label}, version)); }}")
    }

    fn tagged_fields(&self) -> String {
        let mut fields: Vec<&Field> = self
            .structure
            .fields
            .iter()
            .filter(|field| field.tag.is_some())
            .collect();
        fields.sort_by_key(|field| field.tag);
        let mut refusals = String::new();
        let mut counted = Vec::new();
        let mut conditions = String::new();
        let mut bodies = String::new();
        for field in fields {
            let Some(tag) = field.tag else { continue };
            refusals += &self.tagged_refusal(field);
            let flag = format!("has_{}", field.name.trim_start_matches("r#"));
            let is_set = value::is_set(field);
            conditions += &match field.versions.within(self.flexible_versions) {
                Condition::Always => format!("let {flag} = {is_set};\n"),
                Condition::Never => continue,
                Condition::When(condition) => format!("let {flag} = {condition} && {is_set};\n"),
            };
            let write = self.nullable_or_not(field);
            bodies += &format!(
                "if {flag} {{
                    let field = e.begin_tagged({tag});
                    {write}
                    e.end_tagged(field);
                }}\n"
            );
            counted.push(format!("u32::from({flag})"));
        }
        let count = if counted.is_empty() {
            "0".to_owned()
        } else {
            counted.join(" + ")
        };
        let section = format!("{conditions}e.unsigned_varint({count});\n{bodies}");
        refusals
            + &match self.flexible {
                "true" => section,
                "false" => String::new(),
                condition => format!("if {condition} {{ {section} }}\n"),
            }
    }

    /// [`Writer::refusal`] for versions that do not have a tagged field.
    fn tagged_refusal(&self, field: &Field) -> String {
        match field.versions.outside(self.structure.versions) {
            Condition::When(condition) if !field.ignorable => {
                let is_set = value::is_set(field);
                let label = self.label(field);
                format!(
                    "if {condition} && {is_set} {{ return Err(unsupported({label}, version)); }}\n"
                )
            }
            _ => String::new(),
        }
    }

    fn nullable_or_not(&self, field: &Field) -> String {
        let name = &field.name;
        let plain = if field.is_option() {
            self.plain(
                field,
                &format!("required(&self.{name}, {})?", self.label(field)),
                "",
            )
        } else {
            self.plain(field, &format!("self.{name}"), "&")
        };
        match field.nullable.within(field.versions) {
            Condition::Always => self.nullable(field),
            Condition::Never => plain,
            Condition::When(condition) => {
                format!(
                    "if {condition} {{ {} }} else {{ {plain} }}",
                    self.nullable(field)
                )
            }
        }
    }

    /// Writes `place`, a value or (if `borrow` is empty) a reference to one.
    fn plain(&self, field: &Field, place: &str, borrow: &str) -> String {
        let flexible = self.flexible;
        match &field.ty {
            Type::String => format!("e.string({borrow}{place}, {flexible})?;"),
            Type::Bytes => format!("e.bytes({borrow}{place}, {flexible})?;"),
            Type::Records => {
                format!(
                    "e.records({borrow}{place}, {flexible}, {})?;",
                    self.label(field)
                )
            }
            Type::Struct(_) => format!("{place}.encode(e, version)?;"),
            Type::Array(element) => {
                format!(
                    "e.array({borrow}{place}, {flexible}, {})?;",
                    self.element(element)
                )
            }
            scalar => format!("e.{}({place});", scalar_method(scalar)),
        }
    }

    fn nullable(&self, field: &Field) -> String {
        let name = &field.name;
        let flexible = self.flexible;
        // A varint in a tagged field, else a byte.
        let presence = match field.tag {
            Some(_) => "presence_tagged",
            None => "presence",
        };
        match &field.ty {
            Type::String => format!("e.nullable_string(self.{name}.as_deref(), {flexible})?;"),
            Type::Bytes => format!("e.nullable_bytes(self.{name}.as_deref(), {flexible})?;"),
            Type::Records => format!("e.nullable_records(&self.{name}, {flexible})?;"),
            Type::Array(element) => format!(
                "e.nullable_array(self.{name}.as_deref(), {flexible}, {})?;",
                self.element(element)
            ),
            _ => format!(
                "e.{presence}(self.{name}.is_some());
                if let Some(value) = &self.{name} {{ value.encode(e, version)?; }}"
            ),
        }
    }

    fn element(&self, element: &Type) -> String {
        let flexible = self.flexible;
        match element {
            Type::String => format!("|e, value| e.string(value, {flexible})"),
            Type::Bytes => format!("|e, value| e.bytes(value, {flexible})"),
            Type::Records => format!("|e, value| e.nullable_records(value, {flexible})"),
            Type::Struct(_) => "|e, value| value.encode(e, version)".to_owned(),
            scalar => format!(
                "|e, value| {{ e.{}(*value); Ok(()) }}",
                scalar_method(scalar)
            ),
        }
    }

    fn label(&self, field: &Field) -> String {
        format!(
            "\"{}.{}\"",
            self.structure.name,
            field.name.trim_start_matches("r#")
        )
    }
}
