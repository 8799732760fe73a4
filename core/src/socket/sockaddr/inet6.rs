//! IPv6 addresses with all that belongs to them: [`Inet6Address`].

use core::net::{Ipv6Addr, SocketAddrV6};

use super::SocketAddressError;

/// An IPv6 address, its port, its flow and its scope (SOC-02). Without the scope id a link-local address leads nowhere
/// (SOC-T16).
///
/// ```
/// use standpipe_core::socket::Inet6Address;
///
/// let address = Inet6Address::new("fe80::1".parse()?, 80, 0xfffff, 2)?;
/// assert_eq!((address.ip().to_string(), address.port()), ("fe80::1".into(), 80));
/// assert_eq!((address.flowinfo(), address.scope_id()), (0xfffff, 2));
/// assert!(Inet6Address::new("::1".parse()?, 80, 0x100000, 0).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Inet6Address(SocketAddrV6);

impl Inet6Address {
    /// The largest flow label, of 20 bits.
    ///
    /// ```
    /// assert_eq!(standpipe_core::socket::Inet6Address::MAX_FLOW, 0xfffff);
    /// ```
    pub const MAX_FLOW: u32 = 0xf_ffff;

    /// An address in all its parts.
    ///
    /// # Errors
    /// [`SocketAddressError::Flow`] for a flow label above [`Inet6Address::MAX_FLOW`].
    pub const fn new(
        ip: Ipv6Addr,
        port: u16,
        flowinfo: u32,
        scope_id: u32,
    ) -> Result<Self, SocketAddressError> {
        if flowinfo > Self::MAX_FLOW {
            return Err(SocketAddressError::Flow(flowinfo));
        }
        Ok(Self(SocketAddrV6::new(ip, port, flowinfo, scope_id)))
    }

    /// The address itself.
    pub const fn ip(&self) -> Ipv6Addr {
        *self.0.ip()
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.0.port()
    }

    /// The flow: a label of 20 bits, and above it whatever else the kernel has told.
    pub const fn flowinfo(&self) -> u32 {
        self.0.flowinfo()
    }

    /// The interface on whose link the address is valid; 0 for none.
    pub const fn scope_id(&self) -> u32 {
        self.0.scope_id()
    }
}

impl From<SocketAddrV6> for Inet6Address {
    fn from(address: SocketAddrV6) -> Self {
        Self(address)
    }
}

impl From<Inet6Address> for SocketAddrV6 {
    fn from(address: Inet6Address) -> Self {
        address.0
    }
}
