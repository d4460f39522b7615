//! A TCP connection that sends exactly the bytes of a test.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use wire::frame::encode_request;
use wire::header::ResponseHeader;
use wire::{Decoder, Message, Piece, Request, StrBytes};

/// Long enough for a debug build on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Size of the length field of a frame.
const PREFIX_BYTES: usize = 4;

/// One connection.
pub struct Raw {
    stream: TcpStream,
    next_correlation_id: i32,
}

/// Why there is no frame.
#[derive(Debug, PartialEq, Eq)]
pub enum NoFrame {
    /// The other side has closed the connection.
    Closed,
    /// Nothing arrived within the time-out.
    Silence,
}

impl Raw {
    pub fn connect(bootstrap: &str) -> Raw {
        let stream = TcpStream::connect(bootstrap).expect("the server accepts connections");
        stream.set_nodelay(true).unwrap();
        let mut raw = Raw {
            stream,
            next_correlation_id: 1,
        };
        raw.set_timeout(TIMEOUT);
        raw
    }

    /// Sets the time-out of responses.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.stream.set_read_timeout(Some(timeout)).unwrap();
        self.stream.set_write_timeout(Some(timeout)).unwrap();
    }

    /// Sends bytes. Returns `false` if the other side has closed the connection or does not read.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Closes the sending direction.
    pub fn finish(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// The next frame, without its length.
    pub fn frame(&mut self) -> Result<Bytes, NoFrame> {
        let mut prefix = [0; PREFIX_BYTES];
        self.read(&mut prefix)?;
        let mut frame = vec![0; u32::from_be_bytes(prefix) as usize];
        self.read(&mut frame)?;
        Ok(frame.into())
    }

    fn read(&mut self, into: &mut [u8]) -> Result<(), NoFrame> {
        self.stream.read_exact(into).map_err(|e| match e.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => NoFrame::Silence,
            _ => NoFrame::Closed,
        })
    }

    /// Sends a request and waits for the response.
    pub fn request<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        self.try_request(request, version).expect("an answer")
    }

    /// As [`Raw::request`], if the other side may close the connection.
    pub fn try_request<R: Request>(
        &mut self,
        request: &R,
        version: i16,
    ) -> Result<R::Response, NoFrame> {
        let id = self.next_correlation_id;
        self.next_correlation_id += 1;
        if !self.send(&encode(request, version, id)) {
            return Err(NoFrame::Closed);
        }
        let (correlation_id, response) = decode::<R>(self.frame()?, version);
        assert_eq!(correlation_id, id);
        Ok(response)
    }
}

/// Encodes a request with its frame.
///
/// # Panics
/// If the version lacks a field that the request uses.
pub fn encode<R: Request>(request: &R, version: i16, correlation_id: i32) -> Vec<u8> {
    let name = StrBytes::from("test");
    let pieces = encode_request(request, version, correlation_id, Some(&name))
        .unwrap_or_else(|e| panic!("{} version {version}: {e}", R::NAME));
    let mut bytes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(piece) => bytes.extend_from_slice(&piece),
            Piece::Hole(_) => unreachable!("requests carry their records"),
        }
    }
    bytes
}

/// Decodes a response to `R`, and its correlation id.
pub fn decode<R: Request>(frame: Bytes, version: i16) -> (i32, R::Response) {
    let mut decoder = Decoder::new(frame, usize::MAX);
    let header_version = R::KEY.response_header_version(version);
    let header = ResponseHeader::decode(&mut decoder, header_version).expect("a response header");
    let response = R::Response::decode(&mut decoder, version)
        .unwrap_or_else(|e| panic!("answer to {} version {version}: {e}", R::NAME));
    decoder.finish().expect("nothing behind the answer");
    (header.correlation_id, response)
}

/// Puts the length in front of a body.
pub fn framed(body: &[u8]) -> Vec<u8> {
    [&(body.len() as i32).to_be_bytes(), body].concat()
}
