//! What options take and give: [`OptionValue`].

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use super::{OptionKind, SocketOption};

/// A value of an option.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::socket::{OptionValue, SocketOption};
///
/// let linger = SocketOption::by_name("SO_LINGER")?;
/// let value = OptionValue::Linger(Some(Duration::from_secs(3)));
/// assert_eq!(linger.decode(&linger.encode(&value)?)?, value);
/// assert!(linger.encode(&OptionValue::Int(3)).is_err());
/// # Ok::<(), standpipe_core::socket::OptionError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum OptionValue {
    /// A number.
    Int(i32),
    /// On or off.
    Bool(bool),
    /// How long a close waits for what is unsent, in whole seconds, rounded up; `None` when it does not.
    Linger(Option<Duration>),
    /// A time limit, in whole microseconds, rounded up; zero for none.
    Time(Duration),
    /// A multicast group and where it is joined.
    Membership(Membership),
    /// An IPv4 address.
    Address(Ipv4Addr),
    /// Bytes whose form is the option's own.
    Bytes(Vec<u8>),
}

/// A multicast group, and the interface on which it is joined or left.
///
/// ```
/// use standpipe_core::socket::{Membership, OptionValue, SocketOption};
///
/// let join = SocketOption::by_name("IPV6_JOIN_GROUP")?;
/// let group = Membership::V6 { group: "ff02::1".parse()?, interface: 2 };
/// assert_eq!(join.encode(&OptionValue::Membership(group))?.len(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Membership {
    /// Of IPv4.
    V4 {
        /// The group.
        group: Ipv4Addr,
        /// The interface's own address; [`Ipv4Addr::UNSPECIFIED`] for any.
        interface: Ipv4Addr,
    },
    /// Of IPv6.
    V6 {
        /// The group.
        group: Ipv6Addr,
        /// The interface's index; 0 for any.
        interface: u32,
    },
}

impl Membership {
    /// The group, of either version.
    ///
    /// ```
    /// use standpipe_core::socket::Membership;
    ///
    /// let member = Membership::V4 { group: [224, 0, 0, 1].into(), interface: [0, 0, 0, 0].into() };
    /// assert!(member.group().is_multicast());
    /// ```
    pub fn group(&self) -> IpAddr {
        match self {
            Self::V4 { group, .. } => IpAddr::V4(*group),
            Self::V6 { group, .. } => IpAddr::V6(*group),
        }
    }
}

/// Why an option cannot be set or read. [`SocketOption`] shows each.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OptionError {
    /// No option has this name.
    #[error("'{0}' is no option that is known here: write its name in C, such as SO_KEEPALIVE")]
    Unknown(String),
    /// The option takes a value of another kind.
    #[error("{name} takes a value of the kind {kind:?}")]
    Kind {
        /// The option.
        name: &'static str,
        /// What it takes.
        kind: OptionKind,
    },
    /// The system gave another number of bytes.
    #[error("{name} came as {len} bytes, which its kind {kind:?} does not have")]
    Length {
        /// The option.
        name: &'static str,
        /// What it gives.
        kind: OptionKind,
        /// How many bytes came.
        len: usize,
    },
    /// A time that the option has no room for, or that is not one.
    #[error("{name} has no room for this time")]
    Time {
        /// The option.
        name: &'static str,
    },
}

const MICROS: i64 = 1_000_000;

impl SocketOption {
    /// The bytes that setsockopt(2) takes for a value, in Linux's layouts with 64-bit times.
    ///
    /// # Errors
    /// [`OptionError::Kind`] for a value that the option does not take; [`OptionError::Time`].
    pub fn encode(&self, value: &OptionValue) -> Result<Vec<u8>, OptionError> {
        let time = OptionError::Time { name: self.name };
        match (self.kind, value) {
            (OptionKind::Int, OptionValue::Int(number)) => Ok(number.to_ne_bytes().into()),
            (OptionKind::Bool, OptionValue::Bool(on)) => Ok(i32::from(*on).to_ne_bytes().into()),
            (OptionKind::Linger, OptionValue::Linger(wait)) => {
                // Rounded up: no wait at all would drop what is unsent.
                let seconds = wait.unwrap_or_default().as_nanos().div_ceil(1_000_000_000);
                let seconds = seconds.try_into().map_err(|_| time)?;
                Ok(pair(i32::from(wait.is_some()).to_ne_bytes(), i32::to_ne_bytes(seconds)))
            }
            (OptionKind::Time, OptionValue::Time(wait)) => {
                // Rounded up: zero would be no limit.
                let micros = i64::try_from(wait.as_nanos().div_ceil(1000)).map_err(|_| time)?;
                Ok(pair((micros / MICROS).to_ne_bytes(), (micros % MICROS).to_ne_bytes()))
            }
            (OptionKind::AddressV4, OptionValue::Address(address)) => Ok(address.octets().into()),
            (OptionKind::MembershipV4, OptionValue::Membership(Membership::V4 { group, interface })) => {
                Ok(pair(group.octets(), interface.octets()))
            }
            (OptionKind::MembershipV6, OptionValue::Membership(Membership::V6 { group, interface })) => {
                Ok(pair(group.octets(), interface.to_ne_bytes()))
            }
            (OptionKind::Bytes, OptionValue::Bytes(bytes)) => Ok(bytes.clone()),
            (kind, _) => Err(OptionError::Kind { name: self.name, kind }),
        }
    }

    /// The value in the bytes that getsockopt(2) gave. A number may come as a single byte, as some options of IPv4 do.
    ///
    /// # Errors
    /// [`OptionError::Length`]; [`OptionError::Time`] for a negative one.
    pub fn decode(&self, bytes: &[u8]) -> Result<OptionValue, OptionError> {
        let length = || OptionError::Length { name: self.name, kind: self.kind, len: bytes.len() };
        let value = match self.kind {
            OptionKind::Int => number(bytes).map(OptionValue::Int),
            OptionKind::Bool => number(bytes).map(|number| OptionValue::Bool(number != 0)),
            OptionKind::Linger => return self.linger(halves(bytes).ok_or_else(length)?),
            OptionKind::Time => return self.time(halves(bytes).ok_or_else(length)?),
            OptionKind::AddressV4 => {
                <[u8; 4]>::try_from(bytes).ok().map(|ip| OptionValue::Address(ip.into()))
            }
            OptionKind::MembershipV4 => halves::<4, 4>(bytes).map(|(group, interface)| {
                OptionValue::Membership(Membership::V4 { group: group.into(), interface: interface.into() })
            }),
            OptionKind::MembershipV6 => halves::<16, 4>(bytes).map(|(group, interface)| {
                let interface = u32::from_ne_bytes(interface);
                OptionValue::Membership(Membership::V6 { group: group.into(), interface })
            }),
            OptionKind::Bytes => Some(OptionValue::Bytes(bytes.into())),
        };
        value.ok_or_else(length)
    }

    fn linger(&self, (on, seconds): ([u8; 4], [u8; 4])) -> Result<OptionValue, OptionError> {
        let seconds =
            u64::try_from(i32::from_ne_bytes(seconds)).map_err(|_| OptionError::Time { name: self.name })?;
        let on = i32::from_ne_bytes(on) != 0;
        Ok(OptionValue::Linger(on.then_some(Duration::from_secs(seconds))))
    }

    fn time(&self, (seconds, micros): ([u8; 8], [u8; 8])) -> Result<OptionValue, OptionError> {
        let error = OptionError::Time { name: self.name };
        let micros = Some(i64::from_ne_bytes(micros)).filter(|micros| (0..MICROS).contains(micros));
        let seconds = u64::try_from(i64::from_ne_bytes(seconds)).ok();
        let (Some(seconds), Some(micros)) = (seconds, micros) else { return Err(error) };
        Ok(OptionValue::Time(Duration::new(seconds, micros as u32 * 1000)))
    }
}

fn pair<const A: usize, const B: usize>(first: [u8; A], second: [u8; B]) -> Vec<u8> {
    let mut bytes = Vec::from(first);
    bytes.extend(second);
    bytes
}

fn halves<const A: usize, const B: usize>(bytes: &[u8]) -> Option<([u8; A], [u8; B])> {
    let (first, second) = bytes.split_first_chunk()?;
    Some((*first, second.try_into().ok()?))
}

fn number(bytes: &[u8]) -> Option<i32> {
    match bytes {
        [byte] => Some((*byte).into()),
        bytes => bytes.try_into().ok().map(i32::from_ne_bytes),
    }
}
