//! Addresses below the internet: [`NetlinkAddress`] and [`PacketAddress`].

use alloc::string::{String, ToString};

use super::SocketAddressError;
use super::numbers::hex_bytes;
use crate::socket::Family;

/// An address of a netlink socket (netlink(7), SOC-05).
///
/// ```
/// use standpipe_core::socket::{NetlinkAddress, SocketAddress};
///
/// let address = SocketAddress::from(NetlinkAddress { pid: 7, groups: 1 });
/// assert_eq!(address.to_string(), "netlink:7,0x1");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct NetlinkAddress {
    /// The port id, often a process's number; 0 for the kernel.
    pub pid: u32,
    /// The multicast groups, a bit for each.
    pub groups: u32,
}

/// Where frames come from or go to (packet(7), SOC-07).
///
/// ```
/// use standpipe_core::socket::{HardwareAddress, PacketAddress, SocketAddress};
///
/// let hardware = HardwareAddress::new(&[2, 0, 0, 0, 0, 1])?;
/// let address = PacketAddress { interface: 2, protocol: 0x0800, packet_type: 0, hardware_type: 1, hardware };
/// assert_eq!(SocketAddress::from(address).to_string(), "packet:2,0x800,0,1,02:00:00:00:00:01");
/// # Ok::<(), standpipe_core::socket::SocketAddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct PacketAddress {
    /// The interface's index; 0 for any.
    pub interface: i32,
    /// The protocol of the frames, in host order.
    pub protocol: u16,
    /// Where a frame was headed: [`PACKET_HOST`](crate::socket::constants::PACKET_HOST) and the like.
    pub packet_type: u8,
    /// The kind of hardware (ARP's number).
    pub hardware_type: u16,
    /// The hardware's address.
    pub hardware: HardwareAddress,
}

/// The address of a piece of hardware, at most eight bytes (SOC-07).
///
/// ```
/// use standpipe_core::socket::HardwareAddress;
///
/// let address: HardwareAddress = "02:00:5e:00:53:01".parse()?;
/// assert_eq!(address.as_bytes(), [2, 0, 0x5e, 0, 0x53, 1]);
/// assert_eq!(address, HardwareAddress::new(&[2, 0, 0x5e, 0, 0x53, 1])?);
/// assert!(HardwareAddress::new(&[0; 9]).is_err());
/// # Ok::<(), standpipe_core::socket::SocketAddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct HardwareAddress {
    bytes: [u8; 8],
    len: u8,
}

impl HardwareAddress {
    /// From its bytes.
    ///
    /// # Errors
    /// [`SocketAddressError::Long`] when there are more than eight.
    pub fn new(address: &[u8]) -> Result<Self, SocketAddressError> {
        let mut bytes = [0; 8];
        let Some(room) = bytes.get_mut(..address.len()) else {
            return Err(SocketAddressError::Long { family: Family::PACKET, len: address.len(), most: 8 });
        };
        room.copy_from_slice(address);
        Ok(Self { bytes, len: address.len() as u8 })
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len.into()]
    }
}

impl core::str::FromStr for HardwareAddress {
    type Err = SocketAddressError;

    fn from_str(text: &str) -> Result<Self, SocketAddressError> {
        Self::new(&hex_bytes(text, Some(':'))?)
    }
}

impl core::fmt::Display for HardwareAddress {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut colon = "";
        for byte in self.as_bytes() {
            write!(f, "{colon}{byte:02x}")?;
            colon = ":";
        }
        Ok(())
    }
}

/// A network interface, as a user names it. The kernel takes the index; finding it is the driver's call
/// (if_nametoindex(3)).
///
/// ```
/// use standpipe_core::socket::Interface;
///
/// assert_eq!("2".parse(), Ok(Interface::Index(2)));
/// assert_eq!("eth0".parse(), Ok(Interface::Name("eth0".into())));
/// assert!("an interface with a long name".parse::<Interface>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Interface {
    /// Its index.
    Index(i32),
    /// Its name, of at most 15 bytes.
    Name(String),
}

impl core::str::FromStr for Interface {
    type Err = SocketAddressError;

    fn from_str(text: &str) -> Result<Self, SocketAddressError> {
        if let Ok(index) = text.parse() {
            return Ok(Self::Index(index));
        }
        let odd = |c: char| c == '/' || c == '\0' || c.is_whitespace();
        if text.is_empty() || text.len() > 15 || text.contains(odd) {
            return Err(SocketAddressError::Interface(text.to_string()));
        }
        Ok(Self::Name(text.to_string()))
    }
}
