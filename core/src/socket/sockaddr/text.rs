//! Socket addresses as text.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Display, Formatter, Result as Written, Write};
use core::net::{Ipv6Addr, SocketAddrV6};
use core::str::FromStr;

use super::numbers::{hex_byte, hex_bytes, number};
use super::{
    BluetoothAddress, Inet6Address, Interface, NetlinkAddress, PacketAddress, SocketAddress,
    SocketAddressError, TipcAddress, TipcName, UnixAddress,
};
use crate::socket::Family;

impl Display for SocketAddress {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        match self {
            Self::Inet(address) => write!(f, "{address}"),
            Self::Inet6(address) => inet6(f, address),
            Self::Unix(address) => unix(f, address),
            Self::Netlink(NetlinkAddress { pid, groups }) => write!(f, "netlink:{pid},{groups:#x}"),
            Self::Packet(address) => {
                let PacketAddress { interface, protocol, packet_type, hardware_type, hardware } = address;
                write!(f, "packet:{interface},{protocol:#x},{packet_type},{hardware_type},{hardware}")
            }
            Self::Tipc(address) => tipc(f, address),
            Self::Bluetooth(address) => bluetooth(f, address),
            Self::Other { family, data } => {
                write!(f, "family:{},", family.0)?;
                data.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

fn inet6(f: &mut Formatter<'_>, address: &Inet6Address) -> Written {
    let (ip, port, scope_id) = (address.ip(), address.port(), address.scope_id());
    write!(f, "{}", SocketAddrV6::new(ip, port, 0, scope_id))?;
    match address.flowinfo() {
        0 => Ok(()),
        flow => write!(f, "?flowinfo={flow}"),
    }
}

fn unix(f: &mut Formatter<'_>, address: &UnixAddress) -> Written {
    f.write_str("unix:")?;
    if let Some(name) = address.as_abstract_name() {
        f.write_char('@')?;
        return escaped(f, name);
    }
    match address.as_path() {
        // Else it would be taken for an abstract name.
        Some([b'@', rest @ ..]) => {
            f.write_str("\\x40")?;
            escaped(f, rest)
        }
        path => escaped(f, path.unwrap_or_default()),
    }
}

fn escaped(f: &mut Formatter<'_>, bytes: &[u8]) -> Written {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => f.write_str("\\\\")?,
                c if c.is_control() => {
                    c.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
                }
                c => f.write_char(c)?,
            }
        }
        chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
    }
    Ok(())
}

fn tipc(f: &mut Formatter<'_>, address: &TipcAddress) -> Written {
    match address.name {
        TipcName::Sequence { kind, lower, upper } => write!(f, "tipc:seq,{kind},{lower},{upper}")?,
        TipcName::Name { kind, instance, domain } => write!(f, "tipc:name,{kind},{instance},{domain}")?,
        TipcName::Id { node, reference } => write!(f, "tipc:id,{node},{reference}")?,
    }
    write!(f, ",{}", address.scope)
}

fn bluetooth(f: &mut Formatter<'_>, address: &BluetoothAddress) -> Written {
    match address {
        BluetoothAddress::L2cap { device, psm, cid, device_type } => {
            write!(f, "l2cap:{device},{psm},{cid},{device_type}")
        }
        BluetoothAddress::Rfcomm { device, channel } => write!(f, "rfcomm:{device},{channel}"),
        BluetoothAddress::Hci { device, channel } => write!(f, "hci:{device},{channel}"),
        BluetoothAddress::Sco { device } => write!(f, "sco:{device}"),
    }
}

impl FromStr for SocketAddress {
    type Err = SocketAddressError;

    fn from_str(text: &str) -> Result<Self, SocketAddressError> {
        let form = || SocketAddressError::Form(text.into());
        if text.starts_with('[') {
            return parse_inet6(text).map(Self::Inet6);
        }
        let (kind, rest) = text.split_once(':').ok_or_else(form)?;
        let fields: Vec<&str> = rest.split(',').collect();
        match (kind, fields.as_slice()) {
            ("unix", _) => parse_unix(rest).map(Self::Unix),
            ("netlink", [pid, groups]) => {
                let (pid, groups) = (number("port id", pid)?, number("set of groups", groups)?);
                Ok(NetlinkAddress { pid, groups }.into())
            }
            ("packet", [interface, fields @ ..]) => {
                parse_packet(interface, fields).ok_or_else(form)?.map(Into::into)
            }
            ("tipc", [kind, fields @ ..]) => parse_tipc(kind, fields).ok_or_else(form)?.map(Into::into),
            ("l2cap" | "rfcomm" | "hci" | "sco", fields) => {
                parse_bluetooth(kind, fields).ok_or_else(form)?.map(Into::into)
            }
            ("family", [family, data]) => parse_other(family, data),
            _ => text.parse().map(Self::Inet).map_err(|_| form()),
        }
    }
}

fn parse_inet6(text: &str) -> Result<Inet6Address, SocketAddressError> {
    let form = || SocketAddressError::Form(text.into());
    let (address, flow) = match text.split_once("?flowinfo=") {
        Some((address, flow)) => (address, number("flow", flow)?),
        None => (text, 0),
    };
    let (host, port) = address.strip_prefix('[').and_then(|text| text.split_once("]:")).ok_or_else(form)?;
    let (ip, scope) = match host.split_once('%') {
        Some((ip, scope)) => (ip, number("scope id", scope)?),
        None => (host, 0),
    };
    let ip: Ipv6Addr = ip.parse().map_err(|_| form())?;
    let port = number("port", port)?;
    Inet6Address::new(ip, port, flow, scope)
}

fn parse_unix(text: &str) -> Result<UnixAddress, SocketAddressError> {
    match text.strip_prefix('@') {
        Some(name) => UnixAddress::abstract_name(unescaped(name)?),
        None if text.is_empty() => Ok(UnixAddress::UNNAMED),
        None => UnixAddress::path(unescaped(text)?),
    }
}

fn unescaped(text: &str) -> Result<Vec<u8>, SocketAddressError> {
    let error = || SocketAddressError::Escape(String::from(text));
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match (first, rest) {
            (b'\\', [b'\\', behind @ ..]) => {
                bytes.push(b'\\');
                rest = behind;
            }
            (b'\\', [b'x', high, low, behind @ ..]) => {
                bytes.push(hex_byte(&[*high, *low]).ok_or_else(error)?);
                rest = behind;
            }
            (b'\\', _) => return Err(error()),
            (byte, _) => bytes.push(*byte),
        }
    }
    Ok(bytes)
}

/// `None` where the number of fields fits no form.
type Parsed<T> = Option<Result<T, SocketAddressError>>;

fn parse_packet(interface: &str, fields: &[&str]) -> Parsed<PacketAddress> {
    let (protocol, packet_type, hardware_type, hardware) = match *fields {
        [protocol] => (protocol, "0", "0", ""),
        [protocol, packet_type] => (protocol, packet_type, "0", ""),
        [protocol, packet_type, hardware_type] => (protocol, packet_type, hardware_type, ""),
        [protocol, packet_type, hardware_type, hardware] => (protocol, packet_type, hardware_type, hardware),
        _ => return None,
    };
    let packet = || {
        let interface = match interface.parse()? {
            Interface::Index(index) => index,
            Interface::Name(name) => return Err(SocketAddressError::InterfaceName(name)),
        };
        Ok(PacketAddress {
            interface,
            protocol: number("protocol", protocol)?,
            packet_type: number("packet type", packet_type)?,
            hardware_type: number("hardware type", hardware_type)?,
            hardware: hardware.parse()?,
        })
    };
    Some(packet())
}

fn parse_tipc(kind: &str, fields: &[&str]) -> Parsed<TipcAddress> {
    let names = if kind == "id" { 2 } else { 3 };
    let scope = match fields.get(names..)? {
        [] => Ok(TipcAddress::CLUSTER_SCOPE),
        [scope] => number("scope", scope),
        _ => return None,
    };
    let word = |index: usize| number::<u32>("part of a TIPC name", fields[index]);
    let name = || match kind {
        "seq" => Ok(TipcName::Sequence { kind: word(0)?, lower: word(1)?, upper: word(2)? }),
        "name" => Ok(TipcName::Name { kind: word(0)?, instance: word(1)?, domain: word(2)? }),
        _ => Ok(TipcName::Id { node: word(0)?, reference: word(1)? }),
    };
    matches!(kind, "seq" | "name" | "id").then(|| Ok(TipcAddress { name: name()?, scope: scope? }))
}

fn parse_bluetooth(kind: &str, fields: &[&str]) -> Parsed<BluetoothAddress> {
    let address = || match (kind, fields) {
        ("l2cap", [device, psm, rest @ ..]) if rest.len() <= 2 => Ok(Some(BluetoothAddress::L2cap {
            device: device.parse()?,
            psm: number("PSM", psm)?,
            cid: number("channel", rest.first().copied().unwrap_or("0"))?,
            device_type: number("type of a device's address", rest.get(1).copied().unwrap_or("0"))?,
        })),
        ("rfcomm", [device, channel]) => {
            let (device, channel) = (device.parse()?, number("channel", channel)?);
            Ok(Some(BluetoothAddress::Rfcomm { device, channel }))
        }
        ("hci", [device, rest @ ..]) if rest.len() <= 1 => Ok(Some(BluetoothAddress::Hci {
            device: number("adapter", device)?,
            channel: number("channel", rest.first().copied().unwrap_or("0"))?,
        })),
        ("sco", [device]) => Ok(Some(BluetoothAddress::Sco { device: device.parse()? })),
        _ => Ok(None),
    };
    address().transpose()
}

fn parse_other(family: &str, data: &str) -> Result<SocketAddress, SocketAddressError> {
    let family = Family(number("family", family)?);
    let data = hex_bytes(data, None)?;
    let most = SocketAddress::MAX_LEN - 2;
    if data.len() > most {
        return Err(SocketAddressError::Long { family, len: data.len(), most });
    }
    Ok(SocketAddress::Other { family, data })
}
