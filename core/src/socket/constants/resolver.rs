//! Numbers of getaddrinfo(3) and getnameinfo(3).

use super::Table;

constants! {
    /// Why a name could not be looked up (SOC-27); [`ResolveFault`](crate::socket::ResolveFault) tells them apart.
    RESOLVER_ERRORS: i32 {
        EAI_BADFLAGS = -1;
        EAI_NONAME = -2;
        EAI_AGAIN = -3;
        EAI_FAIL = -4;
        EAI_NODATA = -5;
        EAI_FAMILY = -6;
        EAI_SOCKTYPE = -7;
        EAI_SERVICE = -8;
        EAI_ADDRFAMILY = -9;
        EAI_MEMORY = -10;
        EAI_SYSTEM = -11;
        EAI_OVERFLOW = -12;
    }

    /// What getaddrinfo(3) is asked for (SOC-28).
    RESOLVER_FLAGS: i32 {
        AI_PASSIVE = 0x1;
        AI_CANONNAME = 0x2;
        AI_NUMERICHOST = 0x4;
        AI_V4MAPPED = 0x8;
        AI_ALL = 0x10;
        AI_ADDRCONFIG = 0x20;
        AI_NUMERICSERV = 0x400;
    }

    /// What getnameinfo(3) is asked for, and how long its answers are at most (SOC-29).
    NAME_FLAGS: i32 {
        NI_NUMERICHOST = 1;
        NI_NUMERICSERV = 2;
        NI_NOFQDN = 4;
        NI_NAMEREQD = 8;
        NI_DGRAM = 16;
        NI_MAXHOST = 1025;
        NI_MAXSERV = 32;
    }
}
