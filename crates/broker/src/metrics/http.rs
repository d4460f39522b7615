//! The part of HTTP/1.1 that a collector of metrics needs: one GET or HEAD per connection.
//!
//! The length of a request's head, the time for request and response, and the number of
//! connections are bounded.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use io::{Chunk, Connection, Io, Listener, Pool, Task, Tasks};

use crate::event::OneTimeEvent;
use crate::server::{OpenConnections, next_connection};

const PATH: &str = "/metrics";
const HEAD_BYTES_MAX: usize = 8 * 1024;
const HEADERS_MAX: usize = 64;
/// For reading the request and sending the response together.
const TIME_MAX: Duration = Duration::from_secs(10);
const CONNECTIONS_MAX: usize = 16;

/// Gathers the metrics as text. May block on the disk.
pub(crate) type Gather = Arc<dyn Fn() -> String + Send + Sync>;

/// Serves what `gather` returns, in a task of its own until the broker stops.
pub(crate) fn serve(io: &Io, stop: &OneTimeEvent<()>, listener: Listener, gather: Gather) -> Task {
    let accepting = accept(io.clone(), stop.clone(), listener, gather);
    io.tasks.spawn_critical("metrics", accepting)
}

async fn accept(io: Io, stop: OneTimeEvent<()>, mut listener: Listener, gather: Gather) {
    let open = OpenConnections::default();
    let mut stopped = Box::pin(stop.happened());
    while let Some((connection, _)) = next_connection(&io.clock, &mut listener, &mut stopped).await
    {
        if open.count() >= CONNECTIONS_MAX {
            continue;
        }
        let counted = open.add();
        let (clock, tasks) = (io.clock.clone(), io.tasks.clone());
        let (stopped, gather) = (stop.happened(), Arc::clone(&gather));
        io.tasks.spawn("metrics connection", async move {
            let too_late = clock.sleep(TIME_MAX);
            tokio::select! {
                biased;
                () = stopped => {}
                () = too_late => {}
                // A client that has gone away needs no response.
                _ = answer(&tasks, connection, gather) => {}
            }
            drop(counted);
        });
    }
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requested {
    /// Its end has not arrived yet.
    Incomplete,
    /// The metrics.
    Metrics,
    /// The response to a GET without its body.
    MetricsHead,
    /// Anything else: the status code and reason of the response.
    Refused(&'static str),
}

async fn answer(tasks: &Tasks, connection: Connection, gather: Gather) -> std::io::Result<()> {
    let (mut input, mut output) = connection.split()?;
    let mut head = BytesMut::new();
    let requested = loop {
        if input.read(&mut head).await? == 0 {
            return Ok(());
        }
        match parse(&head) {
            Requested::Incomplete => {}
            requested => break requested,
        }
    };
    let response = match requested {
        Requested::Metrics | Requested::MetricsHead => {
            let text = tasks.blocking(Pool::Request, move || gather()).await;
            response("200 OK", &text, requested == Requested::Metrics)
        }
        Requested::Refused(status) => response(status, &format!("{status}\n"), true),
        Requested::Incomplete => unreachable!("read until it is complete"),
    };
    output.write(vec![Chunk::Bytes(response)]).await?;
    output.shutdown().await
}

fn parse(head: &[u8]) -> Requested {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Ok(httparse::Status::Partial) if head.len() <= HEAD_BYTES_MAX => {
            return Requested::Incomplete;
        }
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return Requested::Refused("431 Request Header Fields Too Large");
        }
        Err(_) => return Requested::Refused("400 Bad Request"),
    }
    let path = request.path.unwrap_or_default();
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    match (request.method, path) {
        (Some("GET"), PATH) => Requested::Metrics,
        (Some("HEAD"), PATH) => Requested::MetricsHead,
        (_, PATH) => Requested::Refused("405 Method Not Allowed"),
        _ => Requested::Refused("404 Not Found"),
    }
}

fn response(status: &str, text: &str, with_body: bool) -> Bytes {
    let head = format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         Connection: close\r\n\r\n",
        text.len()
    );
    Bytes::from(if with_body { head + text } else { head })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_metrics_is_served() {
        for (request, expected) in [
            ("GET /metrics HTTP/1.1\r\n\r\n", Requested::Metrics),
            (
                "GET /metrics?name[]=a HTTP/1.0\r\nHost: x\r\n\r\n",
                Requested::Metrics,
            ),
            ("HEAD /metrics HTTP/1.1\r\n\r\n", Requested::MetricsHead),
            (
                "POST /metrics HTTP/1.1\r\n\r\n",
                Requested::Refused("405 Method Not Allowed"),
            ),
            (
                "GET / HTTP/1.1\r\n\r\n",
                Requested::Refused("404 Not Found"),
            ),
            ("GET /metrics HTTP/1.1\r\nHost: x", Requested::Incomplete),
            (
                "\u{0}\u{0}\u{0}\u{1}",
                Requested::Refused("400 Bad Request"),
            ),
        ] {
            assert_eq!(parse(request.as_bytes()), expected, "{request:?}");
        }
    }

    #[test]
    fn a_request_head_without_an_end_is_refused() {
        let too_large = Requested::Refused("431 Request Header Fields Too Large");
        let long = format!("GET /{}", "a".repeat(HEAD_BYTES_MAX));
        assert_eq!(parse(long.as_bytes()), too_large);
        let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
        assert_eq!(parse(many.as_bytes()), too_large);
    }

    #[test]
    fn a_response_to_head_has_the_length_and_no_body() {
        let text = |with_body| {
            String::from_utf8(response("200 OK", "abc\n", with_body).to_vec()).expect("text")
        };
        assert!(text(true).ends_with("Content-Length: 4\r\nConnection: close\r\n\r\nabc\n"));
        assert!(text(false).ends_with("Content-Length: 4\r\nConnection: close\r\n\r\n"));
    }
}
