//! Numbers of single families.

use super::Table;

constants! {
    /// TIPC (SOC-32).
    TIPC: i32 {
        TIPC_ADDR_NAMESEQ = 1;
        TIPC_ADDR_NAME = 2;
        TIPC_ADDR_ID = 3;
        TIPC_ZONE_SCOPE = 1;
        TIPC_CLUSTER_SCOPE = 2;
        TIPC_NODE_SCOPE = 3;
        TIPC_IMPORTANCE = 127;
        TIPC_SRC_DROPPABLE = 128;
        TIPC_DEST_DROPPABLE = 129;
        TIPC_CONN_TIMEOUT = 130;
        TIPC_LOW_IMPORTANCE = 0;
        TIPC_MEDIUM_IMPORTANCE = 1;
        TIPC_HIGH_IMPORTANCE = 2;
        TIPC_CRITICAL_IMPORTANCE = 3;
        TIPC_SUB_PORTS = 1;
        TIPC_SUB_SERVICE = 2;
        TIPC_SUB_CANCEL = 4;
        TIPC_WAIT_FOREVER = -1;
        TIPC_PUBLISHED = 1;
        TIPC_WITHDRAWN = 2;
        TIPC_SUBSCR_TIMEOUT = 3;
        TIPC_CFG_SRV = 0;
        TIPC_TOP_SRV = 1;
    }

    /// Protocols of netlink (SOC-33).
    NETLINK: i32 {
        NETLINK_ROUTE = 0;
        NETLINK_USERSOCK = 2;
        NETLINK_FIREWALL = 3;
        NETLINK_NFLOG = 5;
        NETLINK_XFRM = 6;
        NETLINK_IP6_FW = 13;
        NETLINK_DNRTMSG = 14;
        NETLINK_CRYPTO = 21;
    }

    /// Where a frame was headed (SOC-33).
    PACKET: i32 {
        PACKET_HOST = 0;
        PACKET_BROADCAST = 1;
        PACKET_MULTICAST = 2;
        PACKET_OTHERHOST = 3;
        PACKET_OUTGOING = 4;
        PACKET_LOOPBACK = 5;
        PACKET_FASTROUTE = 6;
    }

    /// Protocols and options of Bluetooth (SOC-33).
    BLUETOOTH: i32 {
        BTPROTO_L2CAP = 0;
        BTPROTO_HCI = 1;
        BTPROTO_SCO = 2;
        BTPROTO_RFCOMM = 3;
        HCI_DATA_DIR = 1;
        HCI_FILTER = 2;
        HCI_TIME_STAMP = 3;
    }

    /// Kinds of control messages at [`SOL_SOCKET`](super::SOL_SOCKET); [`ControlMessage`](crate::socket::ControlMessage)
    /// reads them.
    CONTROL_MESSAGES: i32 {
        SCM_RIGHTS = 1;
        SCM_CREDENTIALS = 2;
    }
}
