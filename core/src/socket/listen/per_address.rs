//! How many connections each address has: [`PerAddress`].

use alloc::collections::BTreeMap;
use core::net::IpAddr;

/// How many connections each address has. An IPv4 address counts the same when an IPv6 socket has accepted from it.
///
/// [`Listen`](super::Listen) counts by it alone; listeners that share a limit share one of these, under a lock of their driver's.
///
/// ```
/// use standpipe_core::socket::PerAddress;
///
/// let mut counts = PerAddress::default();
/// let peer = [192, 0, 2, 1].into();
/// assert!(counts.admit(peer, 1));
/// assert!(!counts.admit(peer, 1)); // it has one already
/// counts.release(peer);
/// assert!(counts.admit(peer, 1));
/// ```
#[derive(Clone, Debug, Default)]
pub struct PerAddress(BTreeMap<IpAddr, usize>);

impl PerAddress {
    /// Nobody has any.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Counts one more from this address, unless it has as many as it may have. Whether it was counted.
    pub fn admit(&mut self, address: IpAddr, most: usize) -> bool {
        let address = address.to_canonical();
        let count = self.0.get(&address).copied().unwrap_or(0);
        if count < most {
            self.0.insert(address, count + 1);
        }
        count < most
    }

    /// One from this address counts no longer.
    pub fn release(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        match self.0.get(&address) {
            Some(0..=1) => drop(self.0.remove(&address)),
            Some(count) => drop(self.0.insert(address, count - 1)),
            None => {}
        }
    }
}
