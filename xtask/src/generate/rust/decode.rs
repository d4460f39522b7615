//! The body of a structure's `decode`.

use crate::generate::model::{Field, Message, Struct, Type, min_type_bytes};
use crate::generate::versions::Condition;

use super::value;

/// Reads every field in order, then the tagged fields, then builds the structure.
pub fn body(structure: &Struct, message: &Message, flexible: &str) -> String {
    let mut code = String::new();
    let reader = Reader {
        message,
        structure,
        flexible,
    };
    for field in structure.fields.iter().filter(|field| field.tag.is_none()) {
        let read = reader.nullable_or_not(field);
        let value = match field.versions.within(structure.versions) {
            Condition::Always => read,
            Condition::Never => continue,
            Condition::When(condition) => {
                format!(
                    "if {condition} {{ {read} }} else {{ {} }}",
                    value::default(field)
                )
            }
        };
        code += &format!("let {} = {value};\n", local(field));
    }
    code += &reader.tagged_fields();
    code += "d.leave(outer);\n";
    let mut initializers = String::new();
    for field in &structure.fields {
        let (name, local) = (&field.name, local(field));
        initializers += &if *name == local {
            format!("{name},")
        } else {
            format!("{name}: {local},")
        };
    }
    code + &format!("Ok({} {{ {initializers} }})\n", structure.name)
}

/// The variable for a field; never a name that the code around it uses.
fn local(field: &Field) -> String {
    match field.name.as_str() {
        "d" | "version" | "flexible" | "outer" | "tag" => format!("{}_field", field.name),
        name => name.to_owned(),
    }
}

struct Reader<'a> {
    message: &'a Message,
    structure: &'a Struct,
    flexible: &'a str,
}

impl Reader<'_> {
    fn tagged_fields(&self) -> String {
        let section = match self.structure.has_tagged_fields() {
            false => "d.skip_tagged_fields()?;".to_owned(),
            true => self.known_tagged_fields(),
        };
        let mut code = String::new();
        for field in self
            .structure
            .fields
            .iter()
            .filter(|field| field.tag.is_some())
        {
            code += &format!("let mut {} = {};\n", local(field), value::default(field));
        }
        code + &match self.flexible {
            "true" => section + "\n",
            "false" => String::new(),
            condition => format!("if {condition} {{ {section} }}\n"),
        }
    }

    fn known_tagged_fields(&self) -> String {
        let mut arms = String::new();
        let flexible_versions = self.message.flexible.and(self.structure.versions);
        for field in &self.structure.fields {
            let Some(tag) = field.tag else { continue };
            let read = self.nullable_or_not(field);
            match field.versions.within(flexible_versions) {
                Condition::Always => arms += &format!("{tag} => {} = {read},\n", local(field)),
                Condition::Never => {}
                Condition::When(condition) => {
                    arms += &format!("{tag} if {condition} => {} = {read},\n", local(field));
                }
            }
        }
        format!(
            "d.tagged_fields(|d, tag| {{
                match tag {{ {arms} _ => return Ok(false), }}
                Ok(true)
            }})?;"
        )
    }

    fn nullable_or_not(&self, field: &Field) -> String {
        let plain = self.plain(&field.ty);
        match field.nullable.within(field.versions) {
            Condition::Always => self.nullable(field),
            Condition::Never => plain,
            Condition::When(condition) => {
                let present = if field.is_option() {
                    format!("Some({plain})")
                } else {
                    plain
                };
                format!(
                    "if {condition} {{ {} }} else {{ {present} }}",
                    self.nullable(field)
                )
            }
        }
    }

    fn plain(&self, ty: &Type) -> String {
        let flexible = self.flexible;
        match ty {
            Type::String => format!("d.string({flexible})?"),
            Type::Bytes => format!("d.bytes({flexible})?"),
            Type::Records => format!("d.records({flexible})?"),
            Type::Struct(name) => format!("{name}::decode(d, version)?"),
            Type::Array(element) => self.array("array", element),
            scalar => format!("d.{}()?", scalar_method(scalar)),
        }
    }

    fn nullable(&self, field: &Field) -> String {
        let flexible = self.flexible;
        // A varint in a tagged field, else a byte.
        let presence = match field.tag {
            Some(_) => "is_present_tagged",
            None => "is_present",
        };
        match &field.ty {
            Type::String => format!("d.nullable_string({flexible})?"),
            Type::Bytes => format!("d.nullable_bytes({flexible})?"),
            Type::Records => format!("d.nullable_records({flexible})?"),
            Type::Array(element) => self.array("nullable_array", element),
            other => format!(
                "if d.{presence}()? {{ Some({}) }} else {{ None }}",
                self.plain(other)
            ),
        }
    }

    fn array(&self, method: &str, element: &Type) -> String {
        let flexible = self.flexible;
        let compact = flexible != "false";
        let least = min_type_bytes(
            element,
            &self.message.structs,
            compact,
            self.message.flexible,
        );
        let closure = match element {
            Type::String => format!("|d| d.string({flexible})"),
            Type::Bytes => format!("|d| d.bytes({flexible})"),
            Type::Records => format!("|d| d.records({flexible})"),
            Type::Struct(name) => format!("|d| {name}::decode(d, version)"),
            scalar => format!("Decoder::{}", scalar_method(scalar)),
        };
        format!("d.{method}({flexible}, {least}, {closure})?")
    }
}

/// The method of `Decoder` and `Encoder` for a type of fixed size.
pub fn scalar_method(ty: &Type) -> String {
    match ty {
        Type::Uuid => "uuid".to_owned(),
        other => value::type_name(other),
    }
}
