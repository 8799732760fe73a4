//! The server's name in a client's first message: [`server_name`]. rustls does not tell it on its unbuffered connection.

use alloc::string::String;

/// The name that a ClientHello asks for (RFC 6066, 3), where it lies whole in the first record; `None` for anything
/// else, which is for rustls to refuse.
pub(super) fn server_name(record: &[u8]) -> Option<String> {
    let mut record = Reader(record);
    let (kind, _version) = (record.byte()?, record.take(2)?);
    let mut message = Reader(record.vector(2)?);
    let client_hello = kind == 22 && message.byte()? == 1;
    let mut hello = Reader(message.vector(3).filter(|_| client_hello)?);
    let _version_and_random = hello.take(2 + 32)?;
    let (_session, _ciphers, _compression) = (hello.vector(1)?, hello.vector(2)?, hello.vector(1)?);
    let mut extensions = Reader(hello.vector(2)?);
    loop {
        let (kind, body) = (extensions.number(2)?, extensions.vector(2)?);
        if kind == 0 {
            return host_name(Reader(body));
        }
    }
}

fn host_name(mut extension: Reader<'_>) -> Option<String> {
    let mut names = Reader(extension.vector(2)?);
    let (kind, name) = (names.byte()?, names.vector(2)?);
    let name = core::str::from_utf8(name).ok().filter(|_| kind == 0)?;
    Some(name.into())
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
    use super::server_name;

    #[test]
    fn whatever_is_cut_off_or_changed_is_no_name_and_no_panic() {
        let body = [
            &[1, 0, 0, 61, 3, 3][..],
            &[7; 32],
            &[0, 0, 2, 19, 1, 1, 0, 0, 18],
            &[0, 0, 0, 14, 0, 12, 0, 0, 9],
            b"localhost",
        ]
        .concat();
        let record = [&[22, 3, 1, 0, body.len() as u8][..], &body].concat();
        assert_eq!(server_name(&record).as_deref(), Some("localhost"));
        for len in 0..record.len() {
            assert_eq!(server_name(&record[..len]), None);
        }
        for (index, value) in (0..record.len()).flat_map(|index| [0, 1, 127, 255].map(|value| (index, value)))
        {
            let mut changed = record.clone();
            changed[index] = value;
            let _any = server_name(&changed);
        }
    }
}
