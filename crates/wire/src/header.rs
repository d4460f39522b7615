//! Headers of requests and responses.

use std::fmt;

use crate::decoder::Decoder;
use crate::encoder::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::messages::ApiKey;
use crate::str_bytes::StrBytes;

/// Header of a request.
///
/// Its first eight bytes are the same in every version. So a request with an unknown key or
/// version can still be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestHeader {
    /// The request type. It may be a number that [`ApiKey`] does not know.
    pub request_api_key: i16,
    /// Version of the request.
    pub request_api_version: i16,
    /// Chosen by the client, and returned in the response.
    pub correlation_id: i32,
    /// The client id.
    pub client_id: Option<StrBytes>,
}

impl RequestHeader {
    /// Reads the fixed part: key, version, correlation id.
    pub fn decode_fixed(decoder: &mut Decoder) -> Result<RequestHeader, DecodeError> {
        let outer = decoder.enter("RequestHeader");
        let header = RequestHeader {
            request_api_key: decoder.i16()?,
            request_api_version: decoder.i16()?,
            correlation_id: decoder.i32()?,
            client_id: None,
        };
        decoder.leave(outer);
        Ok(header)
    }

    /// Reads the rest after the fixed part, in header version `version`.
    pub fn decode_rest(
        &mut self,
        decoder: &mut Decoder,
        header_version: i16,
    ) -> Result<(), DecodeError> {
        let outer = decoder.enter("RequestHeader");
        // The client id has a two-byte length in every version.
        self.client_id = decoder.nullable_string(false)?;
        if header_version >= 2 {
            decoder.skip_tagged_fields()?;
        }
        decoder.leave(outer);
        Ok(())
    }

    /// Reads the header in header version 1 or 2.
    pub fn decode(
        decoder: &mut Decoder,
        header_version: i16,
    ) -> Result<RequestHeader, DecodeError> {
        let mut header = RequestHeader::decode_fixed(decoder)?;
        header.decode_rest(decoder, header_version)?;
        Ok(header)
    }

    /// Writes the header in header version 1 or 2.
    pub fn encode(&self, encoder: &mut Encoder, header_version: i16) -> Result<(), EncodeError> {
        encoder.i16(self.request_api_key);
        encoder.i16(self.request_api_version);
        encoder.i32(self.correlation_id);
        encoder.nullable_string(self.client_id.as_deref(), false)?;
        if header_version >= 2 {
            encoder.unsigned_varint(0);
        }
        Ok(())
    }
}

/// Header of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseHeader {
    /// The correlation id of the request.
    pub correlation_id: i32,
}

impl ResponseHeader {
    /// Reads the header in header version 0 or 1.
    pub fn decode(
        decoder: &mut Decoder,
        header_version: i16,
    ) -> Result<ResponseHeader, DecodeError> {
        let outer = decoder.enter("ResponseHeader");
        let correlation_id = decoder.i32()?;
        if header_version >= 1 {
            decoder.skip_tagged_fields()?;
        }
        decoder.leave(outer);
        Ok(ResponseHeader { correlation_id })
    }

    /// Writes the header in header version 0 or 1.
    pub fn encode(&self, encoder: &mut Encoder, header_version: i16) {
        encoder.i32(self.correlation_id);
        if header_version >= 1 {
            encoder.unsigned_varint(0);
        }
    }
}

/// Kafka's name.
impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl ApiKey {
    /// The version of the request header for this key and request version.
    pub fn request_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) { 2 } else { 1 }
    }

    /// The version of the response header.
    ///
    /// Always 0 for ApiVersions: the client does not know the versions of the broker yet.
    pub fn response_header_version(self, version: i16) -> i16 {
        if self.is_flexible(version) && self != ApiKey::ApiVersions {
            1
        } else {
            0
        }
    }

    /// Whether requests of this version have compact lengths and tagged fields (KIP-482).
    pub fn is_flexible(self, version: i16) -> bool {
        self.first_flexible().is_some_and(|first| version >= first)
    }
}
