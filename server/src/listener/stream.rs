//! Streams of bytes that are looked into before they are read, and that don't wait forever for their reader.

use std::{
    future::{Future, poll_fn},
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// The version of HTTP that a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Http1,
    Http2,
}

/// What each connection of HTTP/2 begins with.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads as much of `stream` as tells its version. The deadline is the caller's.
///
/// # Errors
///
/// When the stream fails, or ends before its first byte.
pub(super) async fn sniff<S: AsyncRead + Unpin>(mut stream: S) -> io::Result<(Version, Replay<S>)> {
    let mut first = [0; PREFACE.len()];
    let mut length = 0;
    loop {
        let mut buffer = ReadBuf::new(&mut first[length..]);
        poll_fn(|context| Pin::new(&mut stream).poll_read(context, &mut buffer)).await?;
        let read = buffer.filled().len();
        length += read;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let is_preface = first[..length] == PREFACE[..length];
        if read == 0 || !is_preface || length == PREFACE.len() {
            let version = if is_preface && length == PREFACE.len() { Version::Http2 } else { Version::Http1 };
            return Ok((version, Replay { first, replayed: 0, length, stream }));
        }
    }
}

/// A stream whose first bytes were read already and are read once more.
#[derive(Debug)]
pub(super) struct Replay<S> {
    first: [u8; PREFACE.len()],
    /// How many of `first` were read once more.
    replayed: usize,
    /// How many of `first` there are.
    length: usize,
    stream: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Replay<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.replayed == self.length {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let end = self.length.min(self.replayed + buffer.remaining());
        buffer.put_slice(&self.first[self.replayed..end]);
        self.replayed = end;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replay<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A stream that fails when its reader takes nothing for a while.
#[derive(Debug)]
pub(super) struct StallGuard<S> {
    stream: S,
    limit: Duration,
    /// Runs while something waits to be taken.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S> StallGuard<S> {
    /// Guards `stream`: nothing waits longer than `limit`.
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, limit, stalled: None }
    }

    fn judge<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stalled = None;
            return polled;
        }
        let limit = self.limit;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallGuard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallGuard<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.judge(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(context, polled)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// Both ends of a connection.
    async fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    async fn sniffed(sent: &'static [u8]) -> (Version, Vec<u8>) {
        let (version, mut replay) = sniff(sent).await.unwrap();
        let mut bytes = vec![0; sent.len() + 1];
        let mut buffer = ReadBuf::new(&mut bytes);
        while buffer.filled().len() < sent.len() {
            poll_fn(|context| Pin::new(&mut replay).poll_read(context, &mut buffer)).await.unwrap();
        }
        (version, buffer.filled().to_vec())
    }

    #[tokio::test]
    async fn version_is_told_by_the_first_bytes_which_stay_readable() {
        let requests: [(&'static [u8], Version); 5] = [
            (b"GET / HTTP/1.1\r\n\r\n", Version::Http1),
            (b"POST /caption HTTP/1.1\r\n\r\n", Version::Http1),
            (b"PRI * HTTP/1.1\r\n\r\nsomething else that is long", Version::Http1),
            (b"PRI", Version::Http1),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04", Version::Http2),
        ];
        for (sent, version) in requests {
            assert_eq!(sniffed(sent).await, (version, sent.to_vec()));
        }
        assert_eq!(sniff(&b""[..]).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn reader_that_takes_nothing_ends_the_stream() {
        let (_client, server) = connection().await;
        let mut guarded = StallGuard::new(server, Duration::from_millis(50));
        let error = loop {
            let written = poll_fn(|context| Pin::new(&mut guarded).poll_write(context, &[0; 8192])).await;
            if let Err(error) = written {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
