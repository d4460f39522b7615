//! The frame around a record of the metadata log: three variable-length integers, which are the
//! frame's own version, the record's type and the record's version.

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, DecodeErrorKind};

const FRAME_VERSION: u32 = 1;

/// Type and version of the record inside a frame.
pub struct Frame {
    /// The type of the record.
    pub type_code: i16,
    /// The version of the record.
    pub version: i16,
}

/// Reads the frame's three numbers.
pub fn decode(d: &mut Decoder) -> Result<Frame, DecodeError> {
    d.enter("__cluster_metadata record");
    let frame_version = d.unsigned_varint()?;
    if frame_version != FRAME_VERSION {
        return Err(d.error(DecodeErrorKind::UnsupportedVersion(narrow(frame_version))));
    }
    let type_code = narrow(d.unsigned_varint()?);
    let version = narrow(d.unsigned_varint()?);
    Ok(Frame { type_code, version })
}

/// Writes the frame's three numbers.
pub fn encode(e: &mut Encoder, frame: Frame) {
    e.unsigned_varint(FRAME_VERSION);
    e.unsigned_varint(u32::from(frame.type_code.unsigned_abs()));
    e.unsigned_varint(u32::from(frame.version.unsigned_abs()));
}

/// A number too large for two bytes becomes -1, which is no type and no version.
fn narrow(number: u32) -> i16 {
    i16::try_from(number).unwrap_or(-1)
}
