//! Address families as values: [`Family`].

use super::constants;

/// An address family: the number with which every socket address begins (SOC-15). Numbers are Linux's.
///
/// ```
/// use standpipe_core::socket::Family;
///
/// assert_eq!(Family::INET6, Family(10));
/// assert_eq!(Family::INET.to_string(), "AF_INET");
/// assert_eq!((Family::UNSPEC.0, Family::UNIX.0), (0, 1));
/// assert_eq!((Family::NETLINK.0, Family::PACKET.0, Family::TIPC.0, Family::BLUETOOTH.0), (16, 17, 30, 31));
/// assert_eq!(Family(77).to_string(), "family 77");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Family(pub u16);

impl Family {
    /// None in particular.
    pub const UNSPEC: Self = Self(constants::AF_UNSPEC as u16);
    /// Unix sockets.
    pub const UNIX: Self = Self(constants::AF_UNIX as u16);
    /// IPv4.
    pub const INET: Self = Self(constants::AF_INET as u16);
    /// IPv6.
    pub const INET6: Self = Self(constants::AF_INET6 as u16);
    /// Messages between the kernel and its users.
    pub const NETLINK: Self = Self(constants::AF_NETLINK as u16);
    /// Frames of a network interface.
    pub const PACKET: Self = Self(constants::AF_PACKET as u16);
    /// Cluster communication.
    pub const TIPC: Self = Self(constants::AF_TIPC as u16);
    /// Bluetooth.
    pub const BLUETOOTH: Self = Self(constants::AF_BLUETOOTH as u16);
}

impl core::fmt::Display for Family {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match constants::name_in(constants::FAMILIES, self.0.into()) {
            Some(name) => f.write_str(name),
            None => write!(f, "family {}", self.0),
        }
    }
}
