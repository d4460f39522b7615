//! Complete frames: four bytes of length, header, body.

use bytes::Bytes;

use crate::encoder::{Encoder, Piece};
use crate::error::EncodeError;
use crate::header::{RequestHeader, ResponseHeader};
use crate::message::{Message, Request};
use crate::messages::ApiKey;
use crate::str_bytes::StrBytes;

/// A request as it is sent, with length and header.
pub fn encode_request<R: Request>(
    request: &R,
    version: i16,
    correlation_id: i32,
    client_id: Option<&StrBytes>,
) -> Result<Vec<Piece>, EncodeError> {
    let header = RequestHeader {
        request_api_key: R::KEY.code(),
        request_api_version: version,
        correlation_id,
        client_id: client_id.cloned(),
    };
    let mut encoder = Encoder::new();
    header.encode(&mut encoder, R::KEY.request_header_version(version))?;
    request.encode(&mut encoder, version)?;
    with_length(encoder)
}

/// A response as it is sent, with length and header.
///
/// `key` and `version` are those of the request. The body is written in the same version.
pub fn encode_response<M: Message>(
    response: &M,
    key: ApiKey,
    version: i16,
    correlation_id: i32,
) -> Result<Vec<Piece>, EncodeError> {
    let mut encoder = Encoder::new();
    ResponseHeader { correlation_id }.encode(&mut encoder, key.response_header_version(version));
    response.encode(&mut encoder, version)?;
    with_length(encoder)
}

fn with_length(encoder: Encoder) -> Result<Vec<Piece>, EncodeError> {
    let body_bytes = encoder.len();
    let Ok(length) = i32::try_from(body_bytes) else {
        return Err(EncodeError::TooLong {
            length: usize::try_from(body_bytes).unwrap_or(usize::MAX),
        });
    };
    let mut pieces = vec![Piece::Bytes(Bytes::copy_from_slice(&length.to_be_bytes()))];
    pieces.extend(encoder.finish_pieces());
    Ok(pieces)
}
