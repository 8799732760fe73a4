//! Bluetooth addresses: [`BluetoothAddress`].

use alloc::string::ToString;

use super::SocketAddressError;
use super::numbers::hex_bytes;

/// An address of a Bluetooth socket (SOC-08). Its protocol is not part of the bytes; their length tells it.
///
/// ```
/// use standpipe_core::socket::{BluetoothAddress, SocketAddress};
///
/// let device = "00:1A:7D:DA:71:13".parse()?;
/// let address = SocketAddress::from(BluetoothAddress::Rfcomm { device, channel: 3 });
/// assert_eq!(address.to_string(), "rfcomm:00:1A:7D:DA:71:13,3");
/// # Ok::<(), standpipe_core::socket::SocketAddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum BluetoothAddress {
    /// L2CAP (`BTPROTO_L2CAP`).
    L2cap {
        /// The device.
        device: DeviceAddress,
        /// The protocol and service multiplexer.
        psm: u16,
        /// The channel; 0 on connection-oriented sockets.
        cid: u16,
        /// The kind of the device's address; 0 for the classic one.
        device_type: u8,
    },
    /// RFCOMM (`BTPROTO_RFCOMM`).
    Rfcomm {
        /// The device.
        device: DeviceAddress,
        /// The channel.
        channel: u8,
    },
    /// An adapter of this machine (`BTPROTO_HCI`).
    Hci {
        /// The adapter's number.
        device: u16,
        /// The kind of access; 0 for the raw one.
        channel: u16,
    },
    /// SCO, for sound (`BTPROTO_SCO`).
    Sco {
        /// The device.
        device: DeviceAddress,
    },
}

/// The address of a Bluetooth device, in the order in which it is written. The kernel has it the other way round.
///
/// ```
/// use standpipe_core::socket::DeviceAddress;
///
/// let device: DeviceAddress = "00:1a:7d:da:71:13".parse()?;
/// assert_eq!(device, DeviceAddress([0, 0x1a, 0x7d, 0xda, 0x71, 0x13]));
/// assert_eq!(device.to_string(), "00:1A:7D:DA:71:13");
/// assert_eq!(DeviceAddress::ANY.to_string(), "00:00:00:00:00:00");
/// assert_eq!(DeviceAddress::LOCAL.to_string(), "00:00:00:FF:FF:FF");
/// # Ok::<(), standpipe_core::socket::SocketAddressError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DeviceAddress(pub [u8; 6]);

impl DeviceAddress {
    /// Any device (`BDADDR_ANY`).
    pub const ANY: Self = Self([0; 6]);
    /// This machine (`BDADDR_LOCAL`).
    pub const LOCAL: Self = Self([0, 0, 0, 0xff, 0xff, 0xff]);

    /// As the kernel has it, and back.
    pub(super) fn reversed(mut self) -> [u8; 6] {
        self.0.reverse();
        self.0
    }
}

impl core::str::FromStr for DeviceAddress {
    type Err = SocketAddressError;

    fn from_str(text: &str) -> Result<Self, SocketAddressError> {
        let bytes = hex_bytes(text, Some(':')).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| SocketAddressError::Device(text.to_string()))
    }
}

impl core::fmt::Display for DeviceAddress {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}
