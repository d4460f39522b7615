//! What stands before the keys and values of a coordinator's records: two bytes each.

use crate::decoder::Decoder;
use crate::error::{DecodeError, DecodeErrorKind};

pub fn unknown_type(d: &Decoder, type_code: i16) -> DecodeError {
    d.error(DecodeErrorKind::UnknownType(type_code))
}
