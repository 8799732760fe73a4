//! Options, by level. What each takes is told by [`SocketOption`](crate::socket::SocketOption).

use super::Table;

constants! {
    /// Options of every socket (SOC-17).
    SOCKET_LEVEL: i32 {
        SO_DEBUG = 1;
        SO_REUSEADDR = 2;
        SO_TYPE = 3;
        SO_ERROR = 4;
        SO_DONTROUTE = 5;
        SO_BROADCAST = 6;
        SO_SNDBUF = 7;
        SO_RCVBUF = 8;
        SO_KEEPALIVE = 9;
        SO_OOBINLINE = 10;
        SO_PRIORITY = 12;
        SO_LINGER = 13;
        SO_REUSEPORT = 15;
        SO_PASSCRED = 16;
        SO_PEERCRED = 17;
        SO_RCVLOWAT = 18;
        SO_SNDLOWAT = 19;
        SO_RCVTIMEO = 20;
        SO_SNDTIMEO = 21;
        SO_BINDTODEVICE = 25;
        SO_ACCEPTCONN = 30;
        SO_MARK = 36;
        SO_PROTOCOL = 38;
        SO_DOMAIN = 39;
    }

    /// Options of IPv4 (SOC-24), and their default values.
    IP_LEVEL: i32 {
        IP_TOS = 1;
        IP_TTL = 2;
        IP_HDRINCL = 3;
        IP_OPTIONS = 4;
        IP_RECVOPTS = 6;
        IP_RETOPTS = 7;
        IP_RECVRETOPTS = 7;
        IP_RECVTOS = 13;
        IP_TRANSPARENT = 19;
        IP_BIND_ADDRESS_NO_PORT = 24;
        IP_MULTICAST_IF = 32;
        IP_MULTICAST_TTL = 33;
        IP_MULTICAST_LOOP = 34;
        IP_ADD_MEMBERSHIP = 35;
        IP_DROP_MEMBERSHIP = 36;
        IP_DEFAULT_MULTICAST_TTL = 1;
        IP_DEFAULT_MULTICAST_LOOP = 1;
        IP_MAX_MEMBERSHIPS = 20;
    }

    /// Options of IPv6 (SOC-25).
    IPV6_LEVEL: i32 {
        IPV6_CHECKSUM = 7;
        IPV6_NEXTHOP = 9;
        IPV6_UNICAST_HOPS = 16;
        IPV6_MULTICAST_IF = 17;
        IPV6_MULTICAST_HOPS = 18;
        IPV6_MULTICAST_LOOP = 19;
        IPV6_JOIN_GROUP = 20;
        IPV6_LEAVE_GROUP = 21;
        IPV6_V6ONLY = 26;
        IPV6_RECVPKTINFO = 49;
        IPV6_PKTINFO = 50;
        IPV6_RECVHOPLIMIT = 51;
        IPV6_HOPLIMIT = 52;
        IPV6_RECVHOPOPTS = 53;
        IPV6_HOPOPTS = 54;
        IPV6_RTHDRDSTOPTS = 55;
        IPV6_RECVRTHDR = 56;
        IPV6_RTHDR = 57;
        IPV6_RECVDSTOPTS = 58;
        IPV6_DSTOPTS = 59;
        IPV6_RECVPATHMTU = 60;
        IPV6_PATHMTU = 61;
        IPV6_DONTFRAG = 62;
        IPV6_RECVTCLASS = 66;
        IPV6_TCLASS = 67;
        IPV6_RTHDR_TYPE_0 = 0;
    }

    /// Options of TCP (SOC-26).
    TCP_LEVEL: i32 {
        TCP_NODELAY = 1;
        TCP_MAXSEG = 2;
        TCP_CORK = 3;
        TCP_KEEPIDLE = 4;
        TCP_KEEPINTVL = 5;
        TCP_KEEPCNT = 6;
        TCP_SYNCNT = 7;
        TCP_LINGER2 = 8;
        TCP_DEFER_ACCEPT = 9;
        TCP_WINDOW_CLAMP = 10;
        TCP_INFO = 11;
        TCP_QUICKACK = 12;
        TCP_CONGESTION = 13;
        TCP_USER_TIMEOUT = 18;
        TCP_FASTOPEN = 23;
        TCP_NOTSENT_LOWAT = 25;
    }
}
