//! Host and network byte order: [`htons`], [`htonl`], [`ntohs`], [`ntohl`].
//!
//! The numbers have the width that they have on the wire, so none is cut off without a word (SOC-48, SOC-49, SOC-T14):
//! what does not fit is refused by `u16::try_from` or `u32::try_from` before it comes here.

/// A 16-bit number from host to network order, as a port in an address (SOC-48).
///
/// ```
/// use standpipe_core::socket::htons;
///
/// assert_eq!(htons(0x1234).to_ne_bytes(), [0x12, 0x34]);
/// assert!(u16::try_from(70_000).is_err()); // and not silently 4464
/// ```
pub const fn htons(host: u16) -> u16 {
    host.to_be()
}

/// A 32-bit number from host to network order, as an IPv4 address (SOC-49).
///
/// ```
/// assert_eq!(standpipe_core::socket::htonl(0x7f00_0001).to_ne_bytes(), [127, 0, 0, 1]);
/// ```
pub const fn htonl(host: u32) -> u32 {
    host.to_be()
}

/// A 16-bit number from network to host order (SOC-48).
///
/// ```
/// assert_eq!(standpipe_core::socket::ntohs(u16::from_ne_bytes([0, 80])), 80);
/// ```
pub const fn ntohs(network: u16) -> u16 {
    u16::from_be(network)
}

/// A 32-bit number from network to host order (SOC-49).
///
/// ```
/// assert_eq!(standpipe_core::socket::ntohl(u32::from_ne_bytes([0, 0, 1, 0])), 256);
/// ```
pub const fn ntohl(network: u32) -> u32 {
    u32::from_be(network)
}
