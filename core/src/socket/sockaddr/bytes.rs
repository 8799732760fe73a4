//! Socket addresses in Linux's layouts, in the byte order of this target.

use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6};

use super::{
    BluetoothAddress, DeviceAddress, HardwareAddress, NetlinkAddress, PacketAddress, SocketAddress,
    SocketAddressError, TipcAddress, TipcName, UnixAddress,
};
use crate::socket::Family;
use crate::socket::constants::{TIPC_ADDR_ID, TIPC_ADDR_NAME, TIPC_ADDR_NAMESEQ};

impl SocketAddress {
    /// The bytes of the address, as the kernel takes them (`struct sockaddr_in` and its like).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(28);
        bytes.extend(self.family().0.to_ne_bytes());
        match self {
            Self::Inet(address) => {
                bytes.extend(address.port().to_be_bytes());
                bytes.extend(address.ip().octets());
                bytes.extend([0; 8]);
            }
            Self::Inet6(address) => {
                bytes.extend(address.port().to_be_bytes());
                bytes.extend(address.flowinfo().to_be_bytes());
                bytes.extend(address.ip().octets());
                bytes.extend(address.scope_id().to_ne_bytes());
            }
            Self::Unix(address) => address.append_to(&mut bytes),
            Self::Netlink(address) => {
                bytes.extend([0; 2]);
                bytes.extend(address.pid.to_ne_bytes());
                bytes.extend(address.groups.to_ne_bytes());
            }
            Self::Packet(address) => packet(address, &mut bytes),
            Self::Tipc(address) => tipc(address, &mut bytes),
            Self::Bluetooth(address) => bluetooth(address, &mut bytes),
            Self::Other { data, .. } => bytes.extend_from_slice(data),
        }
        bytes
    }

    /// The address that these bytes are: exactly as many as the kernel has told, since of a Unix address the length is a
    /// part. A Bluetooth address is told by its length too. Families and forms that are not known here become
    /// [`SocketAddress::Other`].
    ///
    /// # Errors
    /// [`SocketAddressError::NoFamily`], [`SocketAddressError::Short`], [`SocketAddressError::Long`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SocketAddressError> {
        let Some((family, data)) = bytes.split_first_chunk() else {
            return Err(SocketAddressError::NoFamily { len: bytes.len() });
        };
        let family = Family(u16::from_ne_bytes(*family));
        if bytes.len() > Self::MAX_LEN {
            return Err(SocketAddressError::Long { family, len: bytes.len(), most: Self::MAX_LEN });
        }
        let mut fields = Fields { family, data, taken: 2 };
        let other = || Self::Other { family, data: data.into() };
        Ok(match family {
            Family::INET => fields.inet()?,
            Family::INET6 => fields.inet6()?,
            Family::UNIX => Self::Unix(UnixAddress::from_room(data)?),
            Family::NETLINK => fields.netlink()?,
            Family::PACKET => fields.packet()?,
            Family::TIPC => fields.tipc()?.unwrap_or_else(other),
            Family::BLUETOOTH => fields.bluetooth()?.unwrap_or_else(other),
            _ => other(),
        })
    }
}

fn packet(address: &PacketAddress, bytes: &mut Vec<u8>) {
    let hardware = address.hardware.as_bytes();
    bytes.extend(address.protocol.to_be_bytes());
    bytes.extend(address.interface.to_ne_bytes());
    bytes.extend(address.hardware_type.to_ne_bytes());
    bytes.extend([address.packet_type, hardware.len() as u8]);
    bytes.extend(hardware);
    bytes.resize(20, 0);
}

fn tipc(address: &TipcAddress, bytes: &mut Vec<u8>) {
    let (kind, words) = match address.name {
        TipcName::Sequence { kind, lower, upper } => (TIPC_ADDR_NAMESEQ, [kind, lower, upper]),
        TipcName::Name { kind, instance, domain } => (TIPC_ADDR_NAME, [kind, instance, domain]),
        TipcName::Id { node, reference } => (TIPC_ADDR_ID, [reference, node, 0]),
    };
    bytes.extend([kind as u8, address.scope.to_ne_bytes()[0]]);
    words.into_iter().for_each(|word| bytes.extend(word.to_ne_bytes()));
}

const L2CAP: usize = 14;
const RFCOMM: usize = 10;
const HCI: usize = 6;
const SCO: usize = 8;

fn bluetooth(address: &BluetoothAddress, bytes: &mut Vec<u8>) {
    match address {
        BluetoothAddress::L2cap { device, psm, cid, device_type } => {
            bytes.extend(psm.to_le_bytes());
            bytes.extend(device.reversed());
            bytes.extend(cid.to_le_bytes());
            bytes.extend([*device_type, 0]);
        }
        BluetoothAddress::Rfcomm { device, channel } => {
            bytes.extend(device.reversed());
            bytes.extend([*channel, 0]);
        }
        BluetoothAddress::Hci { device, channel } => {
            bytes.extend(device.to_ne_bytes());
            bytes.extend(channel.to_ne_bytes());
        }
        BluetoothAddress::Sco { device } => bytes.extend(device.reversed()),
    }
}

/// What stands behind the family, taken from its front.
struct Fields<'a> {
    family: Family,
    data: &'a [u8],
    taken: usize,
}

impl Fields<'_> {
    /// Errors unless the address has this many bytes, its family included.
    fn need(&self, wanted: usize) -> Result<(), SocketAddressError> {
        let len = self.taken + self.data.len();
        if len < wanted {
            return Err(SocketAddressError::Short { family: self.family, len, wanted });
        }
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], SocketAddressError> {
        let len = self.taken + self.data.len();
        let error = SocketAddressError::Short { family: self.family, len, wanted: self.taken + N };
        let (field, data) = self.data.split_first_chunk().ok_or(error)?;
        self.data = data;
        self.taken += N;
        Ok(*field)
    }

    fn word(&mut self) -> Result<u32, SocketAddressError> {
        self.take().map(u32::from_ne_bytes)
    }

    fn device(&mut self) -> Result<DeviceAddress, SocketAddressError> {
        self.take().map(|bytes| DeviceAddress(DeviceAddress(bytes).reversed()))
    }

    fn inet(&mut self) -> Result<SocketAddress, SocketAddressError> {
        self.need(16)?;
        let port = u16::from_be_bytes(self.take()?);
        Ok(SocketAddress::Inet(SocketAddrV4::new(Ipv4Addr::from(self.take::<4>()?), port)))
    }

    fn inet6(&mut self) -> Result<SocketAddress, SocketAddressError> {
        self.need(28)?;
        let port = u16::from_be_bytes(self.take()?);
        let flow = u32::from_be_bytes(self.take()?);
        let ip = Ipv6Addr::from(self.take::<16>()?);
        Ok(SocketAddress::Inet6(SocketAddrV6::new(ip, port, flow, self.word()?).into()))
    }

    fn netlink(&mut self) -> Result<SocketAddress, SocketAddressError> {
        self.need(12)?;
        self.take::<2>()?;
        Ok(SocketAddress::Netlink(NetlinkAddress { pid: self.word()?, groups: self.word()? }))
    }

    /// The kernel tells as many bytes of the hardware's address as there are, and the fields before them in any case.
    fn packet(&mut self) -> Result<SocketAddress, SocketAddressError> {
        self.need(12)?;
        let protocol = u16::from_be_bytes(self.take()?);
        let interface = i32::from_ne_bytes(self.take()?);
        let hardware_type = u16::from_ne_bytes(self.take()?);
        let [packet_type, len] = self.take()?;
        let hardware = self.data.get(..len.into());
        let wanted = self.taken + usize::from(len);
        let short =
            SocketAddressError::Short { family: self.family, len: self.taken + self.data.len(), wanted };
        let hardware = HardwareAddress::new(hardware.ok_or(short)?)?;
        Ok(PacketAddress { interface, protocol, packet_type, hardware_type, hardware }.into())
    }

    fn tipc(&mut self) -> Result<Option<SocketAddress>, SocketAddressError> {
        self.need(16)?;
        let [kind, scope] = self.take()?;
        let (first, second, third) = (self.word()?, self.word()?, self.word()?);
        let name = match i32::from(kind) {
            TIPC_ADDR_NAMESEQ => TipcName::Sequence { kind: first, lower: second, upper: third },
            TIPC_ADDR_NAME => TipcName::Name { kind: first, instance: second, domain: third },
            TIPC_ADDR_ID => TipcName::Id { reference: first, node: second },
            _ => return Ok(None),
        };
        Ok(Some(TipcAddress { name, scope: i8::from_ne_bytes([scope]) }.into()))
    }

    fn bluetooth(&mut self) -> Result<Option<SocketAddress>, SocketAddressError> {
        let address = match self.taken + self.data.len() {
            L2CAP => {
                let psm = u16::from_le_bytes(self.take()?);
                let device = self.device()?;
                let cid = u16::from_le_bytes(self.take()?);
                let [device_type, _] = self.take()?;
                BluetoothAddress::L2cap { device, psm, cid, device_type }
            }
            RFCOMM => {
                let device = self.device()?;
                let [channel, _] = self.take()?;
                BluetoothAddress::Rfcomm { device, channel }
            }
            HCI => BluetoothAddress::Hci {
                device: u16::from_ne_bytes(self.take()?),
                channel: u16::from_ne_bytes(self.take()?),
            },
            SCO => BluetoothAddress::Sco { device: self.device()? },
            _ => return Ok(None),
        };
        Ok(Some(address.into()))
    }
}
