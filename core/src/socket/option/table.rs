//! The options that are known.

use super::{OptionKind, SocketOption};
use crate::socket::constants::*;

macro_rules! options {
    ($($level:ident { $($name:ident: $kind:ident)* })*) => {
        &[$($(SocketOption {
            name: stringify!($name),
            level: $level,
            number: $name,
            kind: OptionKind::$kind,
        }),*),*]
    };
}

/// The options that are known, by level. [`SocketOption`] shows its use.
pub const SOCKET_OPTION_TABLE: &[SocketOption] = options! {
    SOL_SOCKET {
        SO_DEBUG: Bool SO_REUSEADDR: Bool SO_TYPE: Int SO_ERROR: Int SO_DONTROUTE: Bool SO_BROADCAST: Bool
        SO_SNDBUF: Int SO_RCVBUF: Int SO_KEEPALIVE: Bool SO_OOBINLINE: Bool SO_PRIORITY: Int SO_LINGER: Linger
        SO_REUSEPORT: Bool SO_PASSCRED: Bool SO_PEERCRED: Bytes SO_RCVLOWAT: Int SO_SNDLOWAT: Int SO_RCVTIMEO: Time
        SO_SNDTIMEO: Time SO_BINDTODEVICE: Bytes SO_ACCEPTCONN: Bool SO_MARK: Int SO_PROTOCOL: Int SO_DOMAIN: Int
    }
    SOL_IP {
        IP_TOS: Int IP_TTL: Int IP_HDRINCL: Bool IP_OPTIONS: Bytes IP_RECVOPTS: Bool IP_RETOPTS: Bool
        IP_RECVRETOPTS: Bool IP_RECVTOS: Bool IP_TRANSPARENT: Bool IP_BIND_ADDRESS_NO_PORT: Bool
        IP_MULTICAST_IF: AddressV4 IP_MULTICAST_TTL: Int IP_MULTICAST_LOOP: Bool IP_ADD_MEMBERSHIP: MembershipV4
        IP_DROP_MEMBERSHIP: MembershipV4
    }
    SOL_IPV6 {
        IPV6_CHECKSUM: Int IPV6_NEXTHOP: Bytes IPV6_UNICAST_HOPS: Int IPV6_MULTICAST_IF: Int IPV6_MULTICAST_HOPS: Int
        IPV6_MULTICAST_LOOP: Bool IPV6_JOIN_GROUP: MembershipV6 IPV6_LEAVE_GROUP: MembershipV6 IPV6_V6ONLY: Bool
        IPV6_RECVPKTINFO: Bool IPV6_PKTINFO: Bytes IPV6_RECVHOPLIMIT: Bool IPV6_HOPLIMIT: Int IPV6_RECVHOPOPTS: Bool
        IPV6_HOPOPTS: Bytes IPV6_RTHDRDSTOPTS: Bytes IPV6_RECVRTHDR: Bool IPV6_RTHDR: Bytes IPV6_RECVDSTOPTS: Bool
        IPV6_DSTOPTS: Bytes IPV6_RECVPATHMTU: Bool IPV6_PATHMTU: Bytes IPV6_DONTFRAG: Bool IPV6_RECVTCLASS: Bool
        IPV6_TCLASS: Int
    }
    SOL_TCP {
        TCP_NODELAY: Bool TCP_MAXSEG: Int TCP_CORK: Bool TCP_KEEPIDLE: Int TCP_KEEPINTVL: Int TCP_KEEPCNT: Int
        TCP_SYNCNT: Int TCP_LINGER2: Int TCP_DEFER_ACCEPT: Int TCP_WINDOW_CLAMP: Int TCP_INFO: Bytes
        TCP_QUICKACK: Bool TCP_CONGESTION: Bytes TCP_USER_TIMEOUT: Int TCP_FASTOPEN: Int TCP_NOTSENT_LOWAT: Int
    }
    SOL_TIPC {
        TIPC_IMPORTANCE: Int TIPC_SRC_DROPPABLE: Bool TIPC_DEST_DROPPABLE: Bool TIPC_CONN_TIMEOUT: Int
    }
};
