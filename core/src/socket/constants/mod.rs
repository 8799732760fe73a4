//! The numbers of the socket interface by their names in C, as Linux has them on x86-64 (SOC-15 to SOC-33).
//!
//! Each group is a list of constants and a table of the same: [`FAMILIES`], [`TYPES`], [`MESSAGE_FLAGS`],
//! [`LEVELS`], [`PROTOCOLS`], [`PORTS`], [`ADDRESSES`], [`SOCKET_LEVEL`], [`IP_LEVEL`], [`IPV6_LEVEL`],
//! [`TCP_LEVEL`], [`RESOLVER_ERRORS`], [`RESOLVER_FLAGS`], [`NAME_FLAGS`], [`SHUTDOWNS`], [`TIPC`], [`NETLINK`],
//! [`PACKET`], [`BLUETOOTH`] and [`CONTROL_MESSAGES`]. [`GROUPS`] has them all, [`lookup`] finds one by its name and
//! [`name_in`] a name by its number.
//!
//! The same numbers mean something else elsewhere: a driver for another system has a table of its own.
//!
//! ```
//! use standpipe_core::socket::constants::{self, *};
//!
//! assert_eq!((AF_INET, SOCK_DGRAM, SO_REUSEADDR, SOMAXCONN), (2, 2, 2, 4096));
//! assert_eq!((MSG_PEEK, SOL_SOCKET, IPPROTO_ICMPV6, IPPORT_RESERVED), (2, 1, 58, 1024));
//! assert_eq!((IP_TTL, IPV6_V6ONLY, TCP_NODELAY, EAI_NONAME, AI_PASSIVE), (2, 26, 1, -2, 1));
//! assert_eq!((NI_MAXHOST, SHUT_RDWR, TIPC_ADDR_ID, NETLINK_XFRM, PACKET_HOST), (1025, 2, 3, 6, 0));
//! assert_eq!((BTPROTO_RFCOMM, SCM_RIGHTS, INADDR_LOOPBACK), (3, 1, 0x7f00_0001));
//! assert_eq!(constants::lookup("SO_KEEPALIVE"), Some(9));
//! assert_eq!(constants::name_in(TCP_LEVEL, 1), Some("TCP_NODELAY"));
//! assert!(GROUPS.iter().any(|group| *group == FAMILIES));
//! # let _ = (TYPES, MESSAGE_FLAGS, LEVELS, PROTOCOLS, PORTS, ADDRESSES, SOCKET_LEVEL, IP_LEVEL, IPV6_LEVEL);
//! # let _ = (RESOLVER_ERRORS, RESOLVER_FLAGS, NAME_FLAGS, SHUTDOWNS, TIPC, NETLINK, PACKET, BLUETOOTH, CONTROL_MESSAGES);
//! ```

/// Constants of one group, and the table of them.
macro_rules! constants {
    ($($(#[$about:meta])* $table:ident: $type:ty { $($name:ident = $value:expr;)* })*) => {
        $(
            $(#[$about])*
            pub const $table: Table = &[$((stringify!($name), $name as i64)),*];
            $(
                #[doc = concat!("`", stringify!($name), "` is ", stringify!($value), ".")]
                pub const $name: $type = $value;
            )*
        )*
    };
}

mod families;
mod options;
mod protocols;
mod resolver;
mod special;

pub use families::*;
pub use options::*;
pub use protocols::*;
pub use resolver::*;
pub use special::*;

/// A group of constants: names and numbers.
///
/// ```
/// use standpipe_core::socket::constants::{SHUTDOWNS, Table};
///
/// let table: Table = SHUTDOWNS;
/// assert_eq!(table[1], ("SHUT_WR", 1));
/// ```
pub type Table = &'static [(&'static str, i64)];

/// All groups.
pub const GROUPS: &[Table] = &[
    FAMILIES,
    TYPES,
    MESSAGE_FLAGS,
    SHUTDOWNS,
    LEVELS,
    PROTOCOLS,
    PORTS,
    ADDRESSES,
    SOCKET_LEVEL,
    IP_LEVEL,
    IPV6_LEVEL,
    TCP_LEVEL,
    RESOLVER_ERRORS,
    RESOLVER_FLAGS,
    NAME_FLAGS,
    TIPC,
    NETLINK,
    PACKET,
    BLUETOOTH,
    CONTROL_MESSAGES,
];

/// The number behind a name, of any group. Case does not matter.
pub fn lookup(name: &str) -> Option<i64> {
    GROUPS
        .iter()
        .flat_map(|group| *group)
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| *value)
}

/// The first name in a group that stands for this number.
pub fn name_in(group: Table, value: i64) -> Option<&'static str> {
    group.iter().find(|(_, known)| *known == value).map(|(name, _)| *name)
}
