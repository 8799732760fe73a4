//! Names of services and protocols: [`Services`] and [`Protocols`], built in or from text, and the functions of the
//! originals over what is built in.

mod protocol_table;
mod protocols;
mod service_table;
mod services;

use alloc::string::{String, ToString};

pub use protocols::{Protocol, Protocols, getprotobyname};
pub use services::{Service, Services, getservbyname, getservbyport};

/// A name or a number that stands for nothing here.
///
/// ```
/// use standpipe_core::socket::{NameError, getservbyname};
///
/// let error = getservbyname("no-such-service", Some("tcp"));
/// assert_eq!(error, Err(NameError::Service("no-such-service/tcp".into())));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// No service has this name, with this protocol where one was named.
    #[error("no service is named '{0}': write its port")]
    Service(String),
    /// No service has this port, with this protocol where one was named.
    #[error("no service is known at port {0}")]
    Port(String),
    /// No protocol has this name.
    #[error("no protocol is named '{0}': write its number")]
    Protocol(String),
}

type ServiceRow = (&'static str, u16, TransportName, &'static [&'static str]);
type ProtocolRow = (&'static str, u16, &'static [&'static str]);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TransportName {
    Tcp,
    Udp,
}

impl TransportName {
    const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// What was asked for, with the protocol that it was asked for with.
fn asked(what: &dyn core::fmt::Display, protocol: Option<&str>) -> String {
    match protocol {
        Some(protocol) => alloc::format!("{what}/{protocol}"),
        None => what.to_string(),
    }
}

/// The words of each line that is not empty, its comment left out, with the number of the line.
fn lines(text: &str) -> impl Iterator<Item = (usize, impl Iterator<Item = &str>)> {
    text.split('\n').enumerate().filter_map(|(index, line)| {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split(is_space).filter(|word| !word.is_empty()).peekable();
        words.peek().is_some().then_some((index + 1, words))
    })
}

/// isspace(3), as the C library separates words.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}
