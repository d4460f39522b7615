//! A client that sends exactly the bytes that a test wants.

use bytes::{Buf, Bytes, BytesMut};
use io::{Chunk, Io, ReadHalf, WriteHalf};
use wire::frame::encode_request;
use wire::header::ResponseHeader;
use wire::{Decoder, Message, Piece, Request, StrBytes};

/// One connection.
pub struct WireClient {
    read: ReadHalf,
    write: WriteHalf,
    buffer: BytesMut,
    next_correlation_id: i32,
}

impl WireClient {
    pub async fn connect(io: &Io, address: &str) -> WireClient {
        let connection = io.net.connect(address).await.unwrap();
        let (read, write) = connection.split().unwrap();
        WireClient {
            read,
            write,
            buffer: BytesMut::new(),
            next_correlation_id: 1,
        }
    }

    /// Sends a request and waits for its response.
    pub async fn request<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        let id = self.send(request, version).await;
        let (correlation_id, response) = self.receive::<R>(version).await;
        assert_eq!(correlation_id, id);
        response
    }

    /// Sends a request without waiting. Returns its correlation id.
    pub async fn send<R: Request>(&mut self, request: &R, version: i16) -> i32 {
        let id = self.next_correlation_id;
        self.next_correlation_id += 1;
        let name = StrBytes::from("test");
        let pieces = encode_request(request, version, id, Some(&name)).unwrap();
        let chunks = pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Bytes(bytes) => Chunk::Bytes(bytes),
                Piece::Hole(_) => panic!("requests have no holes"),
            })
            .collect();
        // The broker may have closed the connection already; then no response comes.
        let _ = self.write.write(chunks).await;
        id
    }

    /// Sends bytes, which need not be a request.
    pub async fn send_raw(&mut self, bytes: &[u8]) {
        // The broker may have closed the connection already.
        let _ = self
            .write
            .write(vec![Chunk::Bytes(Bytes::copy_from_slice(bytes))])
            .await;
    }

    /// Whether the broker still takes bytes.
    pub async fn is_open(&mut self) -> bool {
        let probe = vec![Chunk::Bytes(Bytes::from_static(&[0]))];
        self.write.write(probe).await.is_ok()
    }

    /// The next response, which answers a request of type `R`.
    pub async fn receive<R: Request>(&mut self, version: i16) -> (i32, R::Response) {
        let frame = self
            .frame()
            .await
            .expect("an answer, not the end of the connection");
        let mut decoder = Decoder::new(frame, usize::MAX);
        let header_version = R::KEY.response_header_version(version);
        let header = ResponseHeader::decode(&mut decoder, header_version).unwrap();
        let response = R::Response::decode(&mut decoder, version).unwrap();
        decoder.finish().unwrap();
        (header.correlation_id, response)
    }

    /// The next frame, or `None` when the broker has closed the connection.
    pub async fn frame(&mut self) -> Option<Bytes> {
        loop {
            if let Some(prefix) = self.buffer.first_chunk::<4>() {
                let length = u32::from_be_bytes(*prefix) as usize;
                if self.buffer.len() >= 4 + length {
                    self.buffer.advance(4);
                    return Some(self.buffer.split_to(length).freeze());
                }
            }
            match self.read.read(&mut self.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}
