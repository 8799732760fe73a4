//! Options of sockets as data: [`SocketOption`] and [`OptionValue`].

mod table;
mod value;

pub use table::SOCKET_OPTION_TABLE;
pub use value::{Membership, OptionError, OptionValue};

/// What kind of value an option takes and gives.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum OptionKind {
    /// A number of 32 bits.
    Int,
    /// On or off, as a number of 32 bits.
    Bool,
    /// `struct linger`.
    Linger,
    /// `struct timeval`.
    Time,
    /// A group and an interface: `struct ip_mreq` (IPv4).
    MembershipV4,
    /// A group and an interface: `struct ipv6_mreq`.
    MembershipV6,
    /// An IPv4 address.
    AddressV4,
    /// Bytes whose form is the option's own.
    Bytes,
}

/// An option of a socket, as data: setsockopt(2) and getsockopt(2) take its level and number, [`OptionValue`] is what
/// they move (SOC-17, SOC-24 to SOC-26, SOC-64, SOC-65). Numbers are Linux's.
///
/// ```
/// use standpipe_core::socket::{OptionKind, OptionValue, SOCKET_OPTION_TABLE, SocketOption};
///
/// let option = SocketOption::by_name("reuseaddr")?; // or SO_REUSEADDR
/// assert_eq!((option.level, option.number, option.kind), (1, 2, OptionKind::Bool));
/// assert_eq!(option.encode(&OptionValue::Bool(true))?, 1_i32.to_ne_bytes());
/// assert_eq!(option.decode(&0_i32.to_ne_bytes())?, OptionValue::Bool(false));
/// assert_eq!(SocketOption::by_number(1, 2), Some(option));
/// assert!(SOCKET_OPTION_TABLE.contains(option));
/// assert!(SocketOption::by_name("no such option").is_err());
/// # Ok::<(), standpipe_core::socket::OptionError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SocketOption {
    /// The name in C.
    pub name: &'static str,
    /// The level, such as [`SOL_SOCKET`](super::constants::SOL_SOCKET).
    pub level: i32,
    /// The number at that level.
    pub number: i32,
    /// What it takes.
    pub kind: OptionKind,
}

impl SocketOption {
    /// The option with this name, in any case; `SO_` may be left out, the prefix of another level not.
    ///
    /// # Errors
    /// [`OptionError::Unknown`].
    pub fn by_name(name: &str) -> Result<&'static Self, OptionError> {
        let fits = |option: &&Self| {
            let short = option.name.strip_prefix("SO_").unwrap_or(option.name);
            option.name.eq_ignore_ascii_case(name) || short.eq_ignore_ascii_case(name)
        };
        SOCKET_OPTION_TABLE.iter().find(fits).ok_or_else(|| OptionError::Unknown(name.into()))
    }

    /// The option with this number at this level, the first of two names for one.
    pub fn by_number(level: i32, number: i32) -> Option<&'static Self> {
        SOCKET_OPTION_TABLE.iter().find(|option| (option.level, option.number) == (level, number))
    }
}
