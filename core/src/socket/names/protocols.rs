//! Protocols: [`Protocols`].

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::protocol_table::PROTOCOLS;
use super::{NameError, lines};

/// A protocol over IP, under a name.
///
/// ```
/// use standpipe_core::socket::{Protocol, Protocols};
///
/// let Protocol { number, aliases, .. } = Protocols::built_in().by_name("udp")?.clone();
/// assert_eq!((number, &*aliases[0]), (17, "UDP"));
/// # Ok::<(), standpipe_core::socket::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Protocol {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its number: below 256, but for those that the kernel has made up.
    pub number: u16,
    /// Other names for it.
    pub aliases: Vec<Cow<'static, str>>,
}

/// Which protocols are known (SOC-45). Core reads no file: the text of one comes as an argument.
///
/// ```
/// use standpipe_core::socket::Protocols;
///
/// let protocols = Protocols::parse("tcp 6 TCP # transmission control\nudp 17 UDP\nodd\n");
/// assert_eq!((protocols.by_name("TCP")?.number, &*protocols.by_number(17)?.name), (6, "udp"));
/// assert_eq!((protocols.len(), protocols.is_empty(), protocols.malformed()), (2, false, &[3][..]));
/// assert_eq!(protocols.iter().map(|protocol| protocol.number).collect::<Vec<_>>(), [6, 17]);
/// assert_eq!(Protocols::built_in().by_name("sctp")?.number, 132);
/// # Ok::<(), standpipe_core::socket::NameError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Protocols {
    protocols: Vec<Protocol>,
    by_name: BTreeMap<Cow<'static, str>, usize>,
    malformed: Vec<usize>,
}

impl Protocols {
    /// The best known ones.
    pub fn built_in() -> Self {
        let mut protocols = Self::default();
        for (name, number, aliases) in PROTOCOLS {
            let aliases = aliases.iter().copied().map(Cow::Borrowed).collect();
            protocols.add(Protocol { name: Cow::Borrowed(name), number: *number, aliases });
        }
        protocols
    }

    /// From the text of a file such as `/etc/protocols` (protocols(5)): on each line a name, a number, and other names;
    /// `#` begins a comment. Lines that are none of this are passed over and told by [`Protocols::malformed`].
    pub fn parse(text: &str) -> Self {
        let mut protocols = Self::default();
        for (line, mut words) in lines(text) {
            match protocol(&mut words) {
                Some(protocol) => protocols.add(protocol),
                None => protocols.malformed.push(line),
            }
        }
        protocols
    }

    /// The first protocol with this name or alias. Case matters.
    ///
    /// # Errors
    /// [`NameError::Protocol`].
    pub fn by_name(&self, name: &str) -> Result<&Protocol, NameError> {
        let index = self.by_name.get(name).ok_or_else(|| NameError::Protocol(name.into()))?;
        Ok(&self.protocols[*index])
    }

    /// The first protocol with this number.
    ///
    /// # Errors
    /// [`NameError::Protocol`].
    pub fn by_number(&self, number: u16) -> Result<&Protocol, NameError> {
        let mut protocols = self.protocols.iter();
        let found = protocols.find(|protocol| protocol.number == number);
        found.ok_or_else(|| NameError::Protocol(alloc::format!("{number}")))
    }

    /// The protocols, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Protocol> {
        self.protocols.iter()
    }

    /// How many protocols are known.
    pub fn len(&self) -> usize {
        self.protocols.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.protocols.is_empty()
    }

    /// The numbers of the lines that could not be read, from 1.
    pub fn malformed(&self) -> &[usize] {
        &self.malformed
    }

    fn add(&mut self, protocol: Protocol) {
        let index = self.protocols.len();
        for name in core::iter::once(&protocol.name).chain(&protocol.aliases) {
            self.by_name.entry(name.clone()).or_insert(index);
        }
        self.protocols.push(protocol);
    }
}

fn protocol<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Protocol> {
    let owned = |word: &str| Cow::Owned(String::from(word));
    let name = owned(words.next()?);
    let number = words.next().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    Some(Protocol { name, number, aliases: words.map(owned).collect() })
}

/// The number of a well-known protocol (getprotobyname(3), SOC-45); from what is built in. For a file's protocols there
/// is [`Protocols::parse`].
///
/// # Errors
/// [`NameError::Protocol`].
///
/// ```
/// assert_eq!(standpipe_core::socket::getprotobyname("icmp"), Ok(1));
/// ```
pub fn getprotobyname(name: &str) -> Result<u16, NameError> {
    let known = |row: &&super::ProtocolRow| row.0 == name || row.2.contains(&name);
    PROTOCOLS.iter().find(known).map(|row| row.1).ok_or_else(|| NameError::Protocol(name.into()))
}

#[cfg(test)]
mod tests {
    use super::PROTOCOLS;

    #[test]
    fn protocols_are_sorted_by_name() {
        assert!(PROTOCOLS.is_sorted_by(|a, b| a.0 < b.0));
    }
}
