//! A blocking connection that sends and receives frames.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;

use bytes::Bytes;
use wire::{ApiKey, Decoder, Message, Piece, Request, StrBytes, frame};

use crate::Failure;

/// Position of the correlation id in a request's frame: after length, key and version.
const CORRELATION_ID_AT: usize = 8;

/// Memory that the decoding of one response may use, in bytes.
const DECODE_BUDGET: usize = 64 << 20;

pub struct Connection {
    stream: TcpStream,
    input: BufReader<TcpStream>,
}

/// A request that is encoded once and sent many times.
#[derive(Clone)]
pub struct Frame(Vec<u8>);

impl Frame {
    pub fn new<R: Request>(request: &R, version: i16) -> Result<Frame, Failure> {
        let client_id = StrBytes::from("loadgen");
        let mut bytes = Vec::new();
        for piece in frame::encode_request(request, version, 0, Some(&client_id))? {
            match piece {
                Piece::Bytes(part) => bytes.extend_from_slice(&part),
                Piece::Hole(_) => return Err("a request has no holes".into()),
            }
        }
        Ok(Frame(bytes))
    }
}

impl Connection {
    pub fn open(bootstrap: &str) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(bootstrap)?;
        stream.set_nodelay(true)?;
        let input = BufReader::with_capacity(1 << 20, stream.try_clone()?);
        Ok(Connection { stream, input })
    }

    /// Splits the connection, so that two threads can send and receive.
    pub fn split(self) -> (Sender, Receiver) {
        (Sender(self.stream), Receiver(self.input))
    }

    pub fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, Failure> {
        self.stream.write_all(&Frame::new(request, version)?.0)?;
        decode(receive(&mut self.input)?, R::KEY, version)
    }
}

pub struct Sender(TcpStream);

impl Sender {
    pub fn send(&mut self, frame: &mut Frame, correlation_id: i32) -> Result<(), Failure> {
        frame.0[CORRELATION_ID_AT..CORRELATION_ID_AT + 4]
            .copy_from_slice(&correlation_id.to_be_bytes());
        Ok(self.0.write_all(&frame.0)?)
    }
}

pub struct Receiver(BufReader<TcpStream>);

impl Receiver {
    pub fn receive<R: Request>(&mut self, version: i16) -> Result<R::Response, Failure> {
        decode(receive(&mut self.0)?, R::KEY, version)
    }
}

fn receive(input: &mut impl Read) -> Result<Bytes, Failure> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let mut body = vec![0; usize::try_from(i32::from_be_bytes(length))?];
    input.read_exact(&mut body)?;
    Ok(body.into())
}

fn decode<M: Message>(frame: Bytes, key: ApiKey, version: i16) -> Result<M, Failure> {
    let mut decoder = Decoder::new(frame, DECODE_BUDGET);
    wire::header::ResponseHeader::decode(&mut decoder, key.response_header_version(version))?;
    Ok(M::decode(&mut decoder, version)?)
}
