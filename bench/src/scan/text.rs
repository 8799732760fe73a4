//! The text, and how it comes.

use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Lines of letters that are so long on average, from a half to one and a half times that, with CRLF.
pub(super) fn lines(average: usize, bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 2 * average);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    while text.len() < bytes {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let length = average / 2 + (random >> 33) as usize % (average + 1);
        let first = (random >> 58) as u8;
        let letters = (0..length.max(3) - 2).map(|at| b'a' + (first + (at % 26) as u8) % 26);
        text.extend(letters);
        text.extend_from_slice(b"\r\n");
    }
    text
}

/// A line whose end comes last.
pub(super) fn one_line(bytes: usize) -> Vec<u8> {
    let mut text = vec![b'x'; bytes];
    text.extend_from_slice(b"\r\n");
    text
}

/// Gives a text in chunks, by copies, as a socket does.
#[derive(Debug)]
pub(super) struct Source<'a> {
    text: &'a [u8],
    chunk: usize,
}

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a [u8], chunk: usize) -> Self {
        Self { text, chunk }
    }

    fn give(&mut self, room: usize) -> &'a [u8] {
        let (chunk, rest) = self.text.split_at(self.chunk.min(self.text.len()).min(room));
        self.text = rest;
        chunk
    }
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let chunk = self.give(into.len());
        into[..chunk.len()].copy_from_slice(chunk);
        Ok(chunk.len())
    }
}

impl AsyncRead for Source<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let chunk = self.give(into.remaining());
        into.put_slice(chunk);
        Poll::Ready(Ok(()))
    }
}

impl smol::io::AsyncRead for Source<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.read(into))
    }
}
