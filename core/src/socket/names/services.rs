//! Services: [`Services`].

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::service_table::SERVICES;
use super::{NameError, asked, lines};

/// A service: a port of a protocol, under a name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Service {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its port, in host order.
    pub port: u16,
    /// The protocol that it speaks over, such as `tcp`.
    pub protocol: Cow<'static, str>,
    /// Other names for it.
    pub aliases: Vec<Cow<'static, str>>,
}

/// Which services are known (SOC-45). Core reads no file: the text of one comes as an argument.
///
/// ```
/// use standpipe_core::socket::Services;
///
/// let services = Services::parse("http 80/tcp www # the web\nqotd 17/tcp\nhttp 80/udp\nbroken x/tcp\n");
/// assert_eq!(services.by_name("www", None)?.port, 80);
/// assert_eq!(services.by_port(80, Some("udp"))?.name, "http");
/// assert!(services.by_name("qotd", Some("udp")).is_err());
/// assert_eq!((services.len(), services.is_empty(), services.malformed()), (3, false, &[4][..]));
/// assert_eq!(services.iter().map(|service| service.port).collect::<Vec<_>>(), [80, 17, 80]);
/// assert_eq!(Services::built_in().by_name("https", Some("tcp"))?.port, 443);
/// # Ok::<(), standpipe_core::socket::NameError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Services {
    services: Vec<Service>,
    by_name: BTreeMap<Cow<'static, str>, Vec<usize>>,
    by_port: BTreeMap<u16, Vec<usize>>,
    malformed: Vec<usize>,
}

impl Services {
    /// The best known ones.
    pub fn built_in() -> Self {
        let mut services = Self::default();
        for (name, port, transport, aliases) in SERVICES {
            services.add(Service {
                name: Cow::Borrowed(name),
                port: *port,
                protocol: Cow::Borrowed(transport.name()),
                aliases: aliases.iter().copied().map(Cow::Borrowed).collect(),
            });
        }
        services
    }

    /// From the text of a file such as `/etc/services` (services(5)): on each line a name, a port with its protocol, and
    /// other names; `#` begins a comment. Lines that are none of this are passed over and told by
    /// [`Services::malformed`].
    pub fn parse(text: &str) -> Self {
        let mut services = Self::default();
        for (line, mut words) in lines(text) {
            match service(&mut words) {
                Some(service) => services.add(service),
                None => services.malformed.push(line),
            }
        }
        services
    }

    /// The first service with this name or alias, over this protocol where one is named. Case matters.
    ///
    /// # Errors
    /// [`NameError::Service`].
    pub fn by_name(&self, name: &str, protocol: Option<&str>) -> Result<&Service, NameError> {
        self.first(self.by_name.get(name), protocol).ok_or_else(|| NameError::Service(asked(&name, protocol)))
    }

    /// The first service at this port, over this protocol where one is named.
    ///
    /// # Errors
    /// [`NameError::Port`].
    pub fn by_port(&self, port: u16, protocol: Option<&str>) -> Result<&Service, NameError> {
        self.first(self.by_port.get(&port), protocol).ok_or_else(|| NameError::Port(asked(&port, protocol)))
    }

    /// The services, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Service> {
        self.services.iter()
    }

    /// How many services are known.
    pub fn len(&self) -> usize {
        self.services.len()
    }

    /// Whether none is known.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// The numbers of the lines that could not be read, from 1.
    pub fn malformed(&self) -> &[usize] {
        &self.malformed
    }

    fn first(&self, indices: Option<&Vec<usize>>, protocol: Option<&str>) -> Option<&Service> {
        let services = indices?.iter().map(|index| &self.services[*index]);
        services.into_iter().find(|service| protocol.is_none_or(|protocol| service.protocol == protocol))
    }

    fn add(&mut self, service: Service) {
        let index = self.services.len();
        self.by_port.entry(service.port).or_default().push(index);
        for name in core::iter::once(&service.name).chain(&service.aliases) {
            let indices = self.by_name.entry(name.clone()).or_default();
            if indices.last() != Some(&index) {
                indices.push(index);
            }
        }
        self.services.push(service);
    }
}

fn service<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Service> {
    let owned = |word: &str| Cow::Owned(String::from(word));
    let name = words.next()?;
    let (port, protocol) = words.next()?.split_once('/')?;
    let protocol = Some(protocol).filter(|protocol| !protocol.is_empty())?;
    let port = Some(port).filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    Some(Service { name: owned(name), port, protocol: owned(protocol), aliases: words.map(owned).collect() })
}

/// The port of a well-known service, in host order (getservbyname(3), SOC-45); from what is built in. For a file's
/// services there is [`Services::parse`].
///
/// # Errors
/// [`NameError::Service`].
///
/// ```
/// assert_eq!(standpipe_core::socket::getservbyname("ssh", Some("tcp")), Ok(22));
/// ```
pub fn getservbyname(name: &str, protocol: Option<&str>) -> Result<u16, NameError> {
    let start = SERVICES.partition_point(|(known, ..)| *known < name);
    let speaks =
        |transport: &super::TransportName| protocol.is_none_or(|protocol| transport.name() == protocol);
    let named = SERVICES[start..].iter().take_while(|(known, ..)| *known == name);
    let aliased = SERVICES.iter().filter(|(.., aliases)| aliases.contains(&name));
    let mut found = named.chain(aliased).filter(|(_, _, transport, _)| speaks(transport));
    found.next().map(|(_, port, ..)| *port).ok_or_else(|| NameError::Service(asked(&name, protocol)))
}

/// The name of a well-known service (getservbyport(3), SOC-45); from what is built in.
///
/// # Errors
/// [`NameError::Port`].
///
/// ```
/// assert_eq!(standpipe_core::socket::getservbyport(53, Some("udp")), Ok("domain"));
/// ```
pub fn getservbyport(port: u16, protocol: Option<&str>) -> Result<&'static str, NameError> {
    let fits =
        |row: &&super::ServiceRow| row.1 == port && protocol.is_none_or(|protocol| row.2.name() == protocol);
    SERVICES.iter().find(fits).map(|(name, ..)| *name).ok_or_else(|| NameError::Port(asked(&port, protocol)))
}

#[cfg(test)]
mod tests {
    use super::SERVICES;

    #[test]
    fn services_are_sorted_by_name_and_none_is_there_twice() {
        let keys = SERVICES.iter().map(|(name, _, transport, _)| (*name, transport.name()));
        assert!(keys.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn no_alias_is_the_name_of_another_service_over_the_same_protocol() {
        for (name, _, transport, aliases) in SERVICES {
            let taken = |(other, _, over, _): &&super::super::ServiceRow| {
                other != name && over == transport && aliases.contains(other)
            };
            assert_eq!(SERVICES.iter().find(taken), None);
        }
    }
}
