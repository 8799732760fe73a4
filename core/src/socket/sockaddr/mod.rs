//! Socket addresses as the kernel has them: [`SocketAddress`].

mod bluetooth;
mod bytes;
mod inet6;
mod link;
mod numbers;
mod text;
mod tipc;
mod unix;

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr, SocketAddrV4};

pub use bluetooth::{BluetoothAddress, DeviceAddress};
pub use inet6::Inet6Address;
pub use link::{HardwareAddress, Interface, NetlinkAddress, PacketAddress};
pub use tipc::{TipcAddress, TipcName};
pub use unix::UnixAddress;

use super::Family;

/// The address of a socket, of any family, as connect(2) takes it and getsockname(2) tells it (SOC-01 to SOC-09).
///
/// [`to_bytes`](Self::to_bytes) and [`from_bytes`](Self::from_bytes) speak Linux's layouts in the byte order of this
/// target; text goes both ways too:
///
/// | text | family |
/// |---|---|
/// | `192.0.2.1:80` | IPv4 |
/// | `[fe80::1%2]:80`, `[::1]:80?flowinfo=5` | IPv6; the scope id and the flow are kept (SOC-T16) |
/// | `unix:/run/x`, `unix:@name`, `unix:` | a path, an abstract name, an unnamed socket; odd bytes as `\xNN` |
/// | `netlink:PID,GROUPS` | netlink |
/// | `packet:INDEX,PROTOCOL,TYPE,HARDWARE,ADDRESS` | frames |
/// | `tipc:seq,TYPE,LOWER,UPPER,SCOPE`, `tipc:name,TYPE,INSTANCE,DOMAIN,SCOPE`, `tipc:id,NODE,REF,SCOPE` | TIPC |
/// | `l2cap:DEVICE,PSM,CID,TYPE`, `rfcomm:DEVICE,CHANNEL`, `hci:NUMBER,CHANNEL`, `sco:DEVICE` | Bluetooth |
/// | `family:NUMBER,HEX` | any other |
///
/// What a user writes at a shell is an [`Address`](super::Address), whose host may be a name. A socket address is
/// always numeric: looking names up is a step of its own, which may block and has its own time limit (SOC-T12).
///
/// ```
/// use standpipe_core::socket::{Family, SocketAddress};
///
/// let address: SocketAddress = "127.0.0.1:80".parse()?;
/// assert_eq!(address.family(), Family::INET);
/// assert_eq!((address.ip(), address.port()), (Some([127, 0, 0, 1].into()), Some(80)));
/// let bytes = address.to_bytes();
/// assert_eq!(bytes[2..8], [0, 80, 127, 0, 0, 1]);
/// assert_eq!(SocketAddress::from_bytes(&bytes)?, address);
/// # Ok::<(), standpipe_core::socket::SocketAddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SocketAddress {
    /// IPv4 (ip(7)).
    Inet(SocketAddrV4),
    /// IPv6 (ipv6(7)).
    Inet6(Inet6Address),
    /// Unix (unix(7)).
    Unix(UnixAddress),
    /// Netlink (netlink(7)).
    Netlink(NetlinkAddress),
    /// Frames of a network interface (packet(7)).
    Packet(PacketAddress),
    /// TIPC.
    Tipc(TipcAddress),
    /// Bluetooth.
    Bluetooth(BluetoothAddress),
    /// Any other family, or a form of one of these that is not known here.
    Other {
        /// The family.
        family: Family,
        /// What follows the family, at most [`SocketAddress::MAX_LEN`] - 2 bytes.
        data: Vec<u8>,
    },
}

impl SocketAddress {
    /// How many bytes the longest address has (`sizeof(struct sockaddr_storage)`): room for any answer of the kernel.
    ///
    /// ```
    /// assert_eq!(standpipe_core::socket::SocketAddress::MAX_LEN, 128);
    /// ```
    pub const MAX_LEN: usize = 128;

    /// The family.
    pub fn family(&self) -> Family {
        match self {
            Self::Inet(_) => Family::INET,
            Self::Inet6(_) => Family::INET6,
            Self::Unix(_) => Family::UNIX,
            Self::Netlink(_) => Family::NETLINK,
            Self::Packet(_) => Family::PACKET,
            Self::Tipc(_) => Family::TIPC,
            Self::Bluetooth(_) => Family::BLUETOOTH,
            Self::Other { family, .. } => *family,
        }
    }

    /// The internet address, where it is one. What an IPv6 socket has of an IPv4 peer is an IPv4 address.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Inet(address) => Some(IpAddr::V4(*address.ip())),
            Self::Inet6(address) => Some(IpAddr::V6(address.ip()).to_canonical()),
            _ => None,
        }
    }

    /// The port of an internet address.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Inet(address) => Some(address.port()),
            Self::Inet6(address) => Some(address.port()),
            _ => None,
        }
    }
}

impl From<SocketAddr> for SocketAddress {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(address) => Self::Inet(address),
            SocketAddr::V6(address) => Self::Inet6(address.into()),
        }
    }
}

macro_rules! from {
    ($($variant:ident($inner:ty))*) => {
        $(impl From<$inner> for SocketAddress {
            fn from(inner: $inner) -> Self {
                Self::$variant(inner)
            }
        })*
    };
}

from! {
    Inet(SocketAddrV4) Inet6(Inet6Address) Unix(UnixAddress) Netlink(NetlinkAddress) Packet(PacketAddress)
    Tipc(TipcAddress) Bluetooth(BluetoothAddress)
}

/// Why something is no socket address.
///
/// ```
/// use standpipe_core::socket::{SocketAddress, SocketAddressError};
///
/// let short = SocketAddress::from_bytes(&[]);
/// assert_eq!(short, Err(SocketAddressError::NoFamily { len: 0 }));
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketAddressError {
    /// Fewer than the two bytes of a family.
    #[error("{len} bytes are no address: not even a family is there")]
    NoFamily {
        /// How many there are.
        len: usize,
    },
    /// Fewer bytes than the family's addresses have.
    #[error("{len} bytes are no {family} address, which has {wanted}")]
    Short {
        /// The family.
        family: Family,
        /// How many there are.
        len: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// More bytes than an address can have, or than its family leaves room for.
    #[error("{len} bytes are too many: at most {most} fit into a {family} address")]
    Long {
        /// The family.
        family: Family,
        /// How many there are.
        len: usize,
        /// How many fit.
        most: usize,
    },
    /// A flow label above 0xFFFFF (SOC-02).
    #[error("{0:#x} is no flow label: write a number up to 0xfffff")]
    Flow(u32),
    /// A path with a NUL in it, where the kernel would cut it off.
    #[error("a Unix path holds no NUL byte: an abstract name is written as unix:@name")]
    Nul,
    /// An interface by its name, where only an index will do.
    #[error("'{0}' is the name of an interface: look its index up first (if_nametoindex)")]
    InterfaceName(String),
    /// An interface name of no length, of more than 15 bytes, or with a `/`, white space or a NUL in it.
    #[error("'{0}' is no name of an interface: at most 15 bytes, none of them '/' or white space")]
    Interface(String),
    /// A Bluetooth device is six numbers.
    #[error("'{0}' is no Bluetooth device: write six hexadecimal numbers as in 00:1A:7D:DA:71:13")]
    Device(String),
    /// A number that does not fit where it stands.
    #[error("'{text}' is no {what}: write a number from {least} to {most}")]
    Number {
        /// What it would be.
        what: &'static str,
        /// What was given.
        text: String,
        /// The least that fits.
        least: i64,
        /// The most that fits.
        most: i64,
    },
    /// Bytes that are not written as pairs of hexadecimal digits.
    #[error("'{0}' is no row of bytes: write pairs of hexadecimal digits")]
    Hex(String),
    /// A `\` that is not `\\` or `\xNN`.
    #[error("'{0}' holds a backslash that is neither \\\\ nor \\xNN")]
    Escape(String),
    /// No form fits.
    #[error(
        "'{0}' is no socket address: write 192.0.2.1:80, [::1]:80, unix:/path, unix:@name or kind:fields"
    )]
    Form(String),
}
