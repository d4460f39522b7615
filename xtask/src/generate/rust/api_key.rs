//! The enumeration of requests.

use crate::generate::model::{Kind, Message};

use super::header;

/// The source of `api_key.rs`.
pub fn api_key_file(messages: &[Message]) -> String {
    let mut requests: Vec<&Message> = messages
        .iter()
        .filter(|message| message.kind == Kind::Request)
        .collect();
    requests.sort_by_key(|request| request.api_key);
    let mut variants = String::new();
    let mut from_code = String::new();
    let mut names = String::new();
    let mut versions = String::new();
    let mut flexible = String::new();
    for request in &requests {
        let name = request.name.trim_end_matches("Request");
        let code = request.api_key.unwrap_or(-1);
        let (first, last) = request.versions.bounds().unwrap_or_default();
        let first_flexible = request.flexible.bounds().map(|(first, _)| first);
        variants += &format!("{name} = {code},\n");
        from_code += &format!("{code} => ApiKey::{name},\n");
        names += &format!("ApiKey::{name} => \"{name}\",\n");
        versions += &format!("ApiKey::{name} => {first}..={last},\n");
        flexible += &format!("ApiKey::{name} => {first_flexible:?},\n");
    }
    let all: Vec<String> = requests
        .iter()
        .map(|request| format!("ApiKey::{}", request.name.trim_end_matches("Request")))
        .collect();
    header("the request definitions in kafka-clients")
        + &format!(
            "//! Which requests there are.

            use std::ops::RangeInclusive;

            /// A kind of request, by its number.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[repr(i16)]
            pub enum ApiKey {{ {variants} }}

            impl ApiKey {{
                /// All of them, in the order of their numbers.
                pub const ALL: [ApiKey; {}] = [{}];

                /// The request of this number, if there is one.
                pub fn from_i16(code: i16) -> Option<ApiKey> {{
                    Some(match code {{ {from_code} _ => return None, }})
                }}

                /// The number on the wire.
                pub fn code(self) -> i16 {{ self as i16 }}

                /// Kafka's name: `\"OffsetCommit\"`.
                pub fn name(self) -> &'static str {{ match self {{ {names} }} }}

                /// The stable versions of this release; a broker may offer fewer.
                pub fn valid_versions(self) -> RangeInclusive<i16> {{ match self {{ {versions} }} }}

                /// The first version with compact lengths and tagged fields, if there is one.
                pub fn first_flexible(self) -> Option<i16> {{ match self {{ {flexible} }} }}
            }}",
            requests.len(),
            all.join(", ")
        )
}
