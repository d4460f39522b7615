//! A table of all messages, for tests that use every one.

use crate::generate::model::Message;

use super::header;

/// The source of the table, from each folder's messages.
pub fn catalog_file(folders: &[(&str, Vec<Message>)]) -> String {
    let mut entries = String::new();
    for (folder, messages) in folders {
        let path = folder.replace('/', "::");
        for message in messages {
            entries += &format!("entry::<{path}::{}>(),\n", message.name);
        }
    }
    header("Kafka")
        + &format!(
            "//! Every message and record, with a function that decodes and encodes it again.

            use std::error::Error;
            use std::ops::RangeInclusive;

            use bytes::Bytes;
            use wire::{{Decoder, EncodeError, Encoder, Message, messages, records}};

            pub type Recoded = Result<Bytes, Box<dyn Error>>;

            /// A message, its type hidden behind functions.
            pub struct Entry {{
                pub name: &'static str,
                pub versions: RangeInclusive<i16>,
                /// Decodes within a budget, given in bytes, and encodes what came out.
                pub recode: fn(Bytes, usize, i16) -> Recoded,
                /// Encodes the message with all its defaults.
                pub encode_default: fn(i16) -> Result<Bytes, EncodeError>,
            }}

            fn entry<M: Message + Default>() -> Entry {{
                Entry {{
                    name: M::NAME,
                    versions: M::VALID_VERSIONS,
                    recode: recode::<M>,
                    encode_default: encode_default::<M>,
                }}
            }}

            fn recode<M: Message>(
                bytes: Bytes,
                budget_bytes: usize,
                version: i16,
            ) -> Recoded {{
                let mut decoder = Decoder::new(bytes, budget_bytes);
                let message = M::decode(&mut decoder, version)?;
                decoder.finish()?;
                let mut encoder = Encoder::new();
                message.encode(&mut encoder, version)?;
                Ok(encoder.finish())
            }}

            fn encode_default<M: Message + Default>(version: i16) -> Result<Bytes, EncodeError> {{
                let mut encoder = Encoder::new();
                M::default().encode(&mut encoder, version)?;
                Ok(encoder.finish())
            }}

            /// All of them.
            pub fn entries() -> Vec<Entry> {{ vec![{entries}] }}\n"
        )
}
