//! Levels, protocols, ports, addresses.

use super::Table;

constants! {
    /// Levels of options (SOC-20).
    LEVELS: i32 {
        SOL_IP = 0;
        SOL_SOCKET = 1;
        SOL_TCP = 6;
        SOL_UDP = 17;
        SOL_IPV6 = 41;
        SOL_IPX = 256;
        SOL_AX25 = 257;
        SOL_ATALK = 258;
        SOL_NETROM = 259;
        SOL_ROSE = 260;
        SOL_HCI = 0;
        SOL_L2CAP = 6;
        SOL_SCO = 17;
        SOL_RFCOMM = 18;
        SOL_TIPC = 271;
    }

    /// Protocols over IP (SOC-21).
    PROTOCOLS: i32 {
        IPPROTO_IP = 0;
        IPPROTO_HOPOPTS = 0;
        IPPROTO_ICMP = 1;
        IPPROTO_IGMP = 2;
        IPPROTO_IPIP = 4;
        IPPROTO_TCP = 6;
        IPPROTO_EGP = 8;
        IPPROTO_PUP = 12;
        IPPROTO_UDP = 17;
        IPPROTO_IDP = 22;
        IPPROTO_TP = 29;
        IPPROTO_DCCP = 33;
        IPPROTO_IPV6 = 41;
        IPPROTO_ROUTING = 43;
        IPPROTO_FRAGMENT = 44;
        IPPROTO_RSVP = 46;
        IPPROTO_GRE = 47;
        IPPROTO_ESP = 50;
        IPPROTO_AH = 51;
        IPPROTO_ICMPV6 = 58;
        IPPROTO_NONE = 59;
        IPPROTO_DSTOPTS = 60;
        IPPROTO_PIM = 103;
        IPPROTO_COMP = 108;
        IPPROTO_SCTP = 132;
        IPPROTO_UDPLITE = 136;
        IPPROTO_RAW = 255;
        IPPROTO_MPTCP = 262;
    }

    /// Borders between kinds of ports (SOC-22), and how many connections may wait to be accepted (SOC-18).
    PORTS: i32 {
        IPPORT_RESERVED = 1024;
        IPPORT_USERRESERVED = 5000;
        SOMAXCONN = 4096;
    }

    /// IPv4 addresses with a meaning of their own, in host order (SOC-23).
    ADDRESSES: u32 {
        INADDR_ANY = 0;
        INADDR_BROADCAST = 0xffff_ffff;
        INADDR_NONE = 0xffff_ffff;
        INADDR_LOOPBACK = 0x7f00_0001;
        INADDR_UNSPEC_GROUP = 0xe000_0000;
        INADDR_ALLHOSTS_GROUP = 0xe000_0001;
        INADDR_MAX_LOCAL_GROUP = 0xe000_00ff;
    }
}
