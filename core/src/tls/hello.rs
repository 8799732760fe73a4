//! A client's first message: [`ClientHello`]. rustls does not tell it on its unbuffered connection, and once that was shown
//! the message its configuration is settled.

use alloc::string::String;
use alloc::vec::Vec;

/// What a client asks for in its first message, by which a server's context may be chosen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ClientHello {
    /// The name of the server (RFC 6066, 3).
    pub server_name: Option<String>,
    /// The application protocols that it offers, the preferred one first (RFC 7301, 3.1).
    pub alpn: Vec<Vec<u8>>,
}

/// What has come of a first message.
#[derive(Debug)]
pub(super) enum Hello {
    /// All of it.
    Whole(ClientHello),
    /// Its beginning, or nothing.
    Begun,
    /// Something else, which is for rustls to refuse.
    Other,
}

/// The most that a record of plaintext announces (RFC 8446, 5.1).
const MOST_IN_RECORD: usize = 1 << 14;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;

/// Reads it out of the records that have come, in however many pieces it lies there.
pub(super) fn read(records: &[u8]) -> Hello {
    let (Some(announced), Some(message)) = (message_len(records), message(records)) else {
        return if is_other(records) { Hello::Other } else { Hello::Begun };
    };
    let body = message.get(4..4 + announced);
    body.and_then(client_hello).map_or(Hello::Other, Hello::Whole)
}

/// The contents of the whole records.
fn contents(records: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut records = Reader(records);
    core::iter::from_fn(move || {
        let (_kind, _version) = (records.byte()?, records.take(2)?);
        records.vector(2)
    })
}

/// Whether what has come cannot be a ClientHello, as soon as that can be told.
fn is_other(records: &[u8]) -> bool {
    let mut rest = Reader(records);
    while let Some(kind) = rest.byte() {
        let announced = rest.take(2).and_then(|_version| rest.number(2));
        if kind != HANDSHAKE || announced.is_some_and(|len| len > MOST_IN_RECORD) {
            return true;
        }
        if announced.and_then(|len| rest.take(len)).is_none() {
            break;
        }
    }
    contents(records).flatten().next().is_some_and(|kind| *kind != CLIENT_HELLO)
}

/// How long the message says that it is.
fn message_len(records: &[u8]) -> Option<usize> {
    let mut header = [0; 4];
    let bytes = contents(records).flatten();
    let n = header.iter_mut().zip(bytes).map(|(to, from)| *to = *from).count();
    (n == header.len() && header[0] == CLIENT_HELLO).then(|| Reader(&header[1..]).number(3))?
}

/// The message, once all of it has come; it is looked for by the headers alone before.
fn message(records: &[u8]) -> Option<Vec<u8>> {
    let len = 4 + message_len(records)?;
    let come: usize = contents(records).map(<[u8]>::len).sum();
    if is_other(records) || come < len {
        return None;
    }
    let mut message = Vec::with_capacity(come);
    contents(records).for_each(|content| message.extend_from_slice(content));
    Some(message)
}

fn client_hello(body: &[u8]) -> Option<ClientHello> {
    let mut body = Reader(body);
    let _version_and_random = body.take(2 + 32)?;
    let (_session, _ciphers, _compression) = (body.vector(1)?, body.vector(2)?, body.vector(1)?);
    let mut hello = ClientHello::default();
    let mut extensions = Reader(body.vector(2).unwrap_or_default());
    while let Some(kind) = extensions.number(2) {
        let content = Reader(extensions.vector(2)?);
        match kind {
            0 => hello.server_name = host_name(content),
            16 => hello.alpn = protocols(content)?,
            _ => {}
        }
    }
    Some(hello)
}

fn host_name(mut extension: Reader<'_>) -> Option<String> {
    let mut names = Reader(extension.vector(2)?);
    let (kind, name) = (names.byte()?, names.vector(2)?);
    let name = core::str::from_utf8(name).ok().filter(|_| kind == 0)?;
    Some(name.into())
}

fn protocols(mut extension: Reader<'_>) -> Option<Vec<Vec<u8>>> {
    let mut names = Reader(extension.vector(2)?);
    let mut protocols = Vec::new();
    while !names.0.is_empty() {
        protocols.push(names.vector(1)?.to_vec());
    }
    Some(protocols)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    fn number(&mut self, width: usize) -> Option<usize> {
        Some(self.take(width)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// Bytes behind their length, which is so many bytes wide.
    fn vector(&mut self, width: usize) -> Option<&'a [u8]> {
        let len = self.number(width)?;
        self.take(len)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Hello, read};

    fn body() -> Vec<u8> {
        [
            &[1, 0, 0, 70, 3, 3][..],
            &[7; 32],
            &[0, 0, 2, 19, 1, 1, 0, 0, 27],
            &[0, 0, 0, 14, 0, 12, 0, 0, 9],
            b"localhost",
            &[0, 16, 0, 5, 0, 3, 2],
            b"h2",
        ]
        .concat()
    }

    fn records(cut: usize) -> Vec<u8> {
        body().chunks(cut).flat_map(|piece| [&[22, 3, 1, 0, piece.len() as u8][..], piece].concat()).collect()
    }

    #[test]
    fn it_is_read_in_however_many_pieces_it_comes() {
        for cut in [1, 2, 5, 30, 100] {
            let records = records(cut);
            let Hello::Whole(hello) = read(&records) else { panic!("pieces of {cut}") };
            assert_eq!(hello.server_name.as_deref(), Some("localhost"));
            assert_eq!(hello.alpn, [b"h2"]);
            for len in 0..records.len() {
                assert!(matches!(read(&records[..len]), Hello::Begun), "{len} bytes in pieces of {cut}");
            }
        }
    }

    #[test]
    fn what_is_something_else_is_told_at_once() {
        for other in
            [&b"G"[..], b"GET / HTTP/1.1", &[22, 3, 1, 0xff, 0xff], &[22, 3, 1, 0, 1, 2], &[21, 3, 3]]
        {
            assert!(matches!(read(other), Hello::Other), "{other:?}");
        }
    }

    #[test]
    fn whatever_is_changed_is_no_panic() {
        let record = records(100);
        for (index, value) in (0..record.len()).flat_map(|index| [0, 1, 127, 255].map(|value| (index, value)))
        {
            let mut changed = record.clone();
            changed[index] = value;
            let _any = read(&changed);
        }
    }
}
