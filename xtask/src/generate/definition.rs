//! Kafka's message definitions in their own form: JSON with comments.

use serde::Deserialize;
use serde_json::Value;

/// One definition file.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub api_key: Option<i16>,
    pub valid_versions: String,
    pub flexible_versions: Option<String>,
    #[serde(default)]
    pub latest_version_unstable: bool,
    #[serde(default)]
    pub fields: Vec<Field>,
    #[serde(default)]
    pub common_structs: Vec<CommonStruct>,
}

/// A structure that several fields of a message use.
#[derive(Debug, Deserialize)]
pub struct CommonStruct {
    pub name: String,
    pub versions: String,
    pub fields: Vec<Field>,
}

/// A field, with the fields of its structure if it has one.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub ty: String,
    pub versions: Option<String>,
    pub nullable_versions: Option<String>,
    pub tagged_versions: Option<String>,
    pub tag: Option<u32>,
    /// A literal of any type, or the string `"null"`.
    pub default: Option<Value>,
    #[serde(default)]
    pub ignorable: bool,
    #[serde(default)]
    pub fields: Vec<Field>,
}

/// Reads a definition file.
pub fn parse(text: &str) -> Result<Definition, serde_json::Error> {
    serde_json::from_str(&without_comments(text))
}

/// Removes comments: `//` and what follows it on the line, except inside strings.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let mut in_string = false;
        let mut end = line.len();
        for (place, character) in line.char_indices() {
            match character {
                '"' => in_string = !in_string,
                '/' if !in_string && line[place..].starts_with("//") => {
                    end = place;
                    break;
                }
                _ => {}
            }
        }
        kept.push_str(&line[..end]);
        kept.push('\n');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_but_slashes_in_strings_stay() {
        let text = "// licence\n{ \"a\": \"x//y\" } // why\n";
        assert_eq!(without_comments(text), "\n{ \"a\": \"x//y\" } \n");
    }
}
