//! A client's first message: [`ClientHello`]. rustls does not tell it on its unbuffered connection, and once that was shown
//! the message its configuration is settled.

use alloc::string::String;
use alloc::vec::Vec;

/// What a client asks for in its first message, by which a server's context may be chosen.
///
/// ```
#[doc = include_str!("made.in")]
/// let context = Context::server(Identity::from_pem(&chain, &key)?, None, options())?;
/// let choose = |hello: &ClientHello| {
///     let _ = (hello.server_name.as_deref(), &hello.alpn);
///     None // as it is
/// };
/// let session = Session::server_choosing(&context, Arc::new(choose))?;
/// # let _ = session;
/// # Ok::<(), TlsError>(())
/// ```
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
/// The most that a message announces which rustls takes.
const MOST_IN_MESSAGE: usize = 0xffff;
const HANDSHAKE: u8 = 22;
const MAJOR_VERSION: u8 = 3;
const CLIENT_HELLO: u8 = 1;

/// Reads the first message out of the records that have come, in however many pieces it lies there. Each byte is looked
/// at once.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// How many bytes of whole records were read.
    walked: usize,
    /// What they held.
    message: Vec<u8>,
}

impl Reading {
    /// Goes on where it was; the records are all that have come, from the first byte on.
    pub(super) fn read(&mut self, records: &[u8]) -> Hello {
        loop {
            let fresh = records.get(self.walked..).unwrap_or_default();
            let content = match content(fresh) {
                Ok(Some(content)) => content,
                Ok(None) => return Hello::Begun,
                Err(NoHello) => return Hello::Other,
            };
            self.walked += 5 + content.len();
            self.message.extend_from_slice(content);
            match self.judge() {
                Hello::Begun => {}
                told => return told,
            }
        }
    }

    fn judge(&self) -> Hello {
        let mut message = Reader(&self.message);
        match (message.byte(), message.number(3)) {
            (None, _) | (Some(CLIENT_HELLO), None) => Hello::Begun,
            (Some(CLIENT_HELLO), Some(len)) if len <= MOST_IN_MESSAGE => match message.take(len) {
                None => Hello::Begun,
                Some(body) => client_hello(body).map_or(Hello::Other, Hello::Whole),
            },
            _ => Hello::Other,
        }
    }
}

/// What has come is not the beginning of a ClientHello.
struct NoHello;

/// The content of the first record, if all of it has come.
fn content(records: &[u8]) -> Result<Option<&[u8]>, NoHello> {
    let mut record = Reader(records);
    let (kind, major) = (record.byte(), record.byte());
    let len = record.byte().and_then(|_minor| record.number(2));
    let is_other = kind.is_some_and(|kind| kind != HANDSHAKE)
        || major.is_some_and(|major| major != MAJOR_VERSION)
        || len.is_some_and(|len| len > MOST_IN_RECORD);
    if is_other { Err(NoHello) } else { Ok(len.and_then(|len| record.take(len))) }
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

    use super::{Hello, Reading};

    fn read(records: &[u8]) -> Hello {
        Reading::default().read(records)
    }

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
            let mut growing = Reading::default();
            for len in 0..records.len() {
                assert!(matches!(read(&records[..len]), Hello::Begun), "{len} bytes in pieces of {cut}");
                assert!(matches!(growing.read(&records[..len]), Hello::Begun), "{len} bytes one by one");
            }
            assert!(matches!(growing.read(&records), Hello::Whole(all) if all == hello));
        }
    }

    #[test]
    fn what_is_something_else_is_told_at_once() {
        for other in [
            &b"G"[..],
            b"GET / HTTP/1.1",
            &[22, 3, 1, 0xff, 0xff],
            &[22, 3, 1, 0, 1, 2],
            &[21, 3, 3],
            &[22, 2],
        ] {
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
