//! Families, types, flags of messages, ways to shut down.

use super::Table;

constants! {
    /// Address families (SOC-15).
    FAMILIES: i32 {
        AF_UNSPEC = 0;
        AF_UNIX = 1;
        AF_INET = 2;
        AF_AX25 = 3;
        AF_IPX = 4;
        AF_APPLETALK = 5;
        AF_NETROM = 6;
        AF_BRIDGE = 7;
        AF_ATMPVC = 8;
        AF_X25 = 9;
        AF_INET6 = 10;
        AF_ROSE = 11;
        AF_DECNET = 12;
        AF_NETBEUI = 13;
        AF_SECURITY = 14;
        AF_KEY = 15;
        AF_NETLINK = 16;
        AF_ROUTE = 16;
        AF_PACKET = 17;
        PF_PACKET = 17;
        AF_ASH = 18;
        AF_ECONET = 19;
        AF_ATMSVC = 20;
        AF_RDS = 21;
        AF_SNA = 22;
        AF_IRDA = 23;
        AF_PPPOX = 24;
        AF_WANPIPE = 25;
        AF_LLC = 26;
        AF_CAN = 29;
        AF_TIPC = 30;
        AF_BLUETOOTH = 31;
        AF_ALG = 38;
        AF_VSOCK = 40;
    }

    /// Types of sockets (SOC-16), and the two bits that may stand beside one.
    TYPES: i32 {
        SOCK_STREAM = 1;
        SOCK_DGRAM = 2;
        SOCK_RAW = 3;
        SOCK_RDM = 4;
        SOCK_SEQPACKET = 5;
        SOCK_NONBLOCK = 0o4000;
        SOCK_CLOEXEC = 0o2_000_000;
    }

    /// Flags of sending and receiving (SOC-19). [`MSG_NOSIGNAL`] stands in for a signal that is ignored in the whole
    /// process (SOC-T11).
    MESSAGE_FLAGS: i32 {
        MSG_OOB = 0x1;
        MSG_PEEK = 0x2;
        MSG_DONTROUTE = 0x4;
        MSG_CTRUNC = 0x8;
        MSG_TRUNC = 0x20;
        MSG_DONTWAIT = 0x40;
        MSG_EOR = 0x80;
        MSG_WAITALL = 0x100;
        MSG_CONFIRM = 0x800;
        MSG_ERRQUEUE = 0x2000;
        MSG_NOSIGNAL = 0x4000;
        MSG_MORE = 0x8000;
        MSG_FASTOPEN = 0x2000_0000;
        MSG_CMSG_CLOEXEC = 0x4000_0000;
    }

    /// What shutdown(2) ends (SOC-30).
    SHUTDOWNS: i32 {
        SHUT_RD = 0;
        SHUT_WR = 1;
        SHUT_RDWR = 2;
    }
}
