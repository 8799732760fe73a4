//! Who finds the lines: ours, which are shown each chunk where it was read to, and the peers, which read for themselves.

use std::hint::black_box;
use std::io::{self, BufRead, Read};

use smol::stream::StreamExt;
use standpipe_core::chat::{MessageOptions, Messages, Piece, Scanner, Terminator};
use tokio_util::codec::{AnyDelimiterCodec, FramedRead, LinesCodec};

use super::text::Source;

/// How many lines there are; `None` from what does not look for any.
pub(super) type Run = fn(&[u8], usize) -> Option<usize>;

pub(super) const COPY: &str = "memcpy of each chunk to a reused buffer";
pub(super) const TOKIO: &str = "tokio BufReader, read_until";

/// The rows; the first is the limit.
pub(super) const PEERS: [(&str, Run); 10] = [
    ("memmem over the whole (limit)", memmem),
    (COPY, copy),
    ("memchr of LF over the whole", memchr),
    ("**standpipe Scanner**, pieces", scanner),
    ("**standpipe Messages**, whole lines", messages),
    ("std BufReader, read_until", std_read_until),
    (TOKIO, tokio_read_until),
    ("futures-lite BufReader, read_until", futures_read_until),
    ("tokio-util FramedRead, LinesCodec", lines_codec),
    ("tokio-util FramedRead, AnyDelimiterCodec", any_delimiter_codec),
];

/// What a reader buffers at least; less would not be fair to peers that are given single bytes.
const CAPACITY: usize = 8192;

fn memmem(text: &[u8], _: usize) -> Option<usize> {
    let found = memchr::memmem::find_iter(text, b"\r\n");
    Some(found.map(black_box).count())
}

fn memchr(text: &[u8], _: usize) -> Option<usize> {
    let found = memchr::memchr_iter(b'\n', text);
    Some(found.map(black_box).count())
}

fn copy(text: &[u8], chunk: usize) -> Option<usize> {
    let mut buffer = vec![0; chunk];
    let mut source = Source::new(text, chunk);
    while source.read(&mut buffer).expect("memory can be read") > 0 {
        black_box(&buffer);
    }
    None
}

fn scanner(text: &[u8], chunk: usize) -> Option<usize> {
    let mut scanner = Scanner::new(Terminator::CRLF);
    let mut found = 0;
    each_chunk(text, chunk, |mut rest| {
        loop {
            let (used, piece) = scanner.scan(rest);
            rest = &rest[used..];
            match piece {
                Piece::Data(data) | Piece::Unterminated(data) => {
                    black_box(data);
                }
                Piece::Found(_) => found += 1,
                Piece::More => return,
            }
        }
    });
    Some(found)
}

fn messages(text: &[u8], chunk: usize) -> Option<usize> {
    let options = MessageOptions { limit: text.len(), ..MessageOptions::default() };
    let mut messages = Messages::new(Terminator::CRLF).with_options(options);
    let mut found = 0;
    each_chunk(text, chunk, |mut rest| {
        while let (used, Some(message)) = messages.next(rest).expect("no line is over the limit") {
            black_box(message.bytes);
            rest = &rest[used..];
            found += 1;
        }
    });
    Some(found)
}

fn each_chunk(text: &[u8], chunk: usize, mut work: impl FnMut(&[u8])) {
    let mut buffer = vec![0; chunk];
    let mut source = Source::new(text, chunk);
    loop {
        match source.read(&mut buffer).expect("memory can be read") {
            0 => return,
            n => work(&buffer[..n]),
        }
    }
}

fn std_read_until(text: &[u8], chunk: usize) -> Option<usize> {
    let mut reader = io::BufReader::with_capacity(chunk.max(CAPACITY), Source::new(text, chunk));
    let (mut line, mut found) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line).expect("memory can be read") > 0 {
        found += usize::from(line.ends_with(b"\r\n"));
        black_box(&line);
        line.clear();
    }
    Some(found)
}

fn tokio_read_until(text: &[u8], chunk: usize) -> Option<usize> {
    use tokio::io::AsyncBufReadExt;
    let mut reader = tokio::io::BufReader::with_capacity(chunk.max(CAPACITY), Source::new(text, chunk));
    smol::future::block_on(async {
        let (mut line, mut found) = (Vec::new(), 0);
        while reader.read_until(b'\n', &mut line).await.expect("memory can be read") > 0 {
            found += usize::from(line.ends_with(b"\r\n"));
            black_box(&line);
            line.clear();
        }
        Some(found)
    })
}

fn futures_read_until(text: &[u8], chunk: usize) -> Option<usize> {
    use smol::io::AsyncBufReadExt;
    let mut reader = smol::io::BufReader::with_capacity(chunk.max(CAPACITY), Source::new(text, chunk));
    smol::future::block_on(async {
        let (mut line, mut found) = (Vec::new(), 0);
        while reader.read_until(b'\n', &mut line).await.expect("memory can be read") > 0 {
            found += usize::from(line.ends_with(b"\r\n"));
            black_box(&line);
            line.clear();
        }
        Some(found)
    })
}

fn lines_codec(text: &[u8], chunk: usize) -> Option<usize> {
    let source = Source::new(text, chunk);
    let mut reader = FramedRead::with_capacity(source, LinesCodec::new(), chunk.max(CAPACITY));
    smol::future::block_on(async {
        let mut found = 0;
        while let Some(line) = reader.next().await {
            black_box(line.expect("the text is ASCII"));
            found += 1;
        }
        Some(found)
    })
}

fn any_delimiter_codec(text: &[u8], chunk: usize) -> Option<usize> {
    let codec = AnyDelimiterCodec::new(b"\n".to_vec(), b"\n".to_vec());
    let mut reader = FramedRead::with_capacity(Source::new(text, chunk), codec, chunk.max(CAPACITY));
    smol::future::block_on(async {
        let mut found = 0;
        while let Some(line) = reader.next().await {
            found += usize::from(black_box(line.expect("no line is over the limit")).ends_with(b"\r"));
        }
        Some(found)
    })
}
