//! Addresses of cluster communication: [`TipcAddress`].

use super::super::constants;

/// An address of a TIPC socket (SOC-06).
///
/// ```
/// use standpipe_core::socket::{SocketAddress, TipcAddress, TipcName};
///
/// let name = TipcName::Name { kind: 1000, instance: 5, domain: 0 };
/// let address = TipcAddress { name, scope: TipcAddress::CLUSTER_SCOPE };
/// assert_eq!(SocketAddress::from(address).to_string(), "tipc:name,1000,5,0,2");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TipcAddress {
    /// What is named.
    pub name: TipcName,
    /// How far the name is known: by default [`TipcAddress::CLUSTER_SCOPE`].
    pub scope: i8,
}

/// The three ways of naming something in a TIPC cluster.
///
/// ```
/// use standpipe_core::socket::TipcName;
///
/// let range = TipcName::Sequence { kind: 1000, lower: 0, upper: 9 };
/// assert_ne!(range, TipcName::Id { node: 1, reference: 2 });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum TipcName {
    /// A range of names (`TIPC_ADDR_NAMESEQ`).
    Sequence {
        /// The type of service.
        kind: u32,
        /// The first instance.
        lower: u32,
        /// The last instance.
        upper: u32,
    },
    /// One name (`TIPC_ADDR_NAME`).
    Name {
        /// The type of service.
        kind: u32,
        /// The instance.
        instance: u32,
        /// Where it is looked for; 0 for everywhere.
        domain: u32,
    },
    /// One port (`TIPC_ADDR_ID`).
    Id {
        /// The node.
        node: u32,
        /// The port's reference there.
        reference: u32,
    },
}

impl TipcAddress {
    /// Known in the whole cluster: the default.
    pub const CLUSTER_SCOPE: i8 = constants::TIPC_CLUSTER_SCOPE as i8;
}
