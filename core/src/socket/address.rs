//! Addresses as text: [`Address`].

use alloc::string::{String, ToString};

/// Where to listen or to connect, as a user writes it.
///
/// | text | meaning |
/// |---|---|
/// | `host:port`, `[v6]:port` | a TCP address; the host may be a name, the port a number |
/// | `:port` | every interface to listen on, this machine to connect to |
/// | `unix:PATH` | a Unix stream socket |
/// | `fd:N` | a descriptor that was inherited |
/// | `-` | standard input and output |
///
/// ```
/// use standpipe_core::socket::Address;
///
/// let address: Address = "[::1]:7000".parse()?;
/// assert_eq!(address, Address::Tcp { host: Some("::1".into()), port: 7000 });
/// assert_eq!(address.to_string(), "[::1]:7000");
/// assert!("::1:7000".parse::<Address>().is_err()); // an IPv6 host wants its brackets
/// # Ok::<(), standpipe_core::socket::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Address {
    /// A TCP host and port.
    Tcp {
        /// A name or a number; `None` for every interface, or for this machine.
        host: Option<String>,
        /// The port; 0 lets the system choose.
        port: u16,
    },
    /// A Unix stream socket's path.
    Unix(String),
    /// An inherited descriptor.
    Descriptor(i32),
    /// Standard input and output.
    Stdio,
}

/// Why a text is no address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No form fits.
    #[error("'{0}' is no address: write host:port, [v6]:port, :port, unix:PATH, fd:N or -")]
    Form(String),
    /// The port is no number from 0 to 65535.
    #[error("'{0}' is no port: write a number from 0 to 65535")]
    Port(String),
    /// An IPv6 host without brackets.
    #[error("'{0}' holds several colons: write an IPv6 host in brackets, as in [::1]:7000")]
    Brackets(String),
    /// Nothing behind `unix:`.
    #[error("'unix:' wants a path behind it")]
    EmptyPath,
    /// The descriptor is no number from 0 up.
    #[error("'fd:{0}' is no descriptor: write a number from 0 up")]
    Descriptor(String),
}

impl core::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text == "-" {
            return Ok(Self::Stdio);
        }
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() { Err(AddressError::EmptyPath) } else { Ok(Self::Unix(path.into())) };
        }
        if let Some(number) = text.strip_prefix("fd:") {
            let valid = number.parse().ok().filter(|number| *number >= 0);
            return valid.map(Self::Descriptor).ok_or_else(|| AddressError::Descriptor(number.into()));
        }
        tcp(text)
    }
}

fn tcp(text: &str) -> Result<Address, AddressError> {
    let (host, port) = text.rsplit_once(':').ok_or_else(|| AddressError::Form(text.into()))?;
    let port = port.parse().map_err(|_| AddressError::Port(port.into()))?;
    let form = || AddressError::Form(text.into());
    let host = match host.strip_prefix('[').map(|host| host.strip_suffix(']')) {
        Some(host) => host.ok_or_else(form)?,
        None if host.contains(':') => return Err(AddressError::Brackets(text.into())),
        None => host,
    };
    if host.contains(['[', ']']) {
        return Err(form());
    }
    Ok(Address::Tcp { host: (!host.is_empty()).then(|| host.to_string()), port })
}

impl core::fmt::Display for Address {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Tcp { host: None, port } => write!(f, ":{port}"),
            Self::Tcp { host: Some(host), port } if is_bracketed(host) => write!(f, "[{host}]:{port}"),
            Self::Tcp { host: Some(host), port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "unix:{path}"),
            Self::Descriptor(number) => write!(f, "fd:{number}"),
            Self::Stdio => f.write_str("-"),
        }
    }
}

/// An IPv6 host, or one whose name would be taken for another form.
fn is_bracketed(host: &str) -> bool {
    host.contains(':') || matches!(host, "unix" | "fd")
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["[unix]:80", "[fd]:3", "[::1]:7000", "host:1", ":1", "unix:/x", "fd:3", "-"] {
            let address: Address = text.parse().expect("it has a form");
            assert_eq!(address.to_string(), text);
        }
        for text in ["[[[]:1", "[a[]:1", "a]:1", "[a:1"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
