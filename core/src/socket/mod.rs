//! Sockets: addresses and names, options and numbers, time limits, the policies by which connections are made and
//! accepted, and what is read from and written to them in lines and pieces.

mod address;
mod ancillary;
mod buffering;
mod byte_order;
mod connect;
pub mod constants;
mod datagrams;
mod error;
mod family;
mod host;
mod inet;
mod listen;
mod lookup;
mod names;
mod option;
mod reader;
mod received;
mod send_all;
mod sockaddr;
mod timeout;
mod writer;

pub use address::{Address, AddressError};
pub use ancillary::{AncillaryError, ControlMessage, ControlMessages};
pub use buffering::Buffering;
pub use byte_order::{htonl, htons, ntohl, ntohs};
pub use connect::{Connect, ConnectOptions, interleave};
pub use datagrams::{DatagramEvent, DatagramOptions, Datagrams};
pub use error::{HostFault, Operation, ResolveFault, SocketError};
pub use family::Family;
pub use host::{HostError, fully_qualified, host_address};
pub use inet::{InetError, inet_aton, inet_ntoa, inet_ntop, inet_pton};
pub use listen::{Admission, Listen, ListenEvent, ListenOptions, PerAddress};
pub use lookup::{Found, Lookup, name_info};
pub use names::{
    NameError, Protocol, Protocols, Service, Services, getprotobyname, getservbyname, getservbyport,
};
pub use option::{Membership, OptionError, OptionKind, OptionValue, SOCKET_OPTION_TABLE, SocketOption};
pub use reader::{BufferedReader, Lines, ReadError, Taken};
pub use received::Received;
pub use send_all::{SendAll, SendAllError, SendAllReason};
pub use sockaddr::{
    BluetoothAddress, DeviceAddress, HardwareAddress, Inet6Address, Interface, NetlinkAddress, PacketAddress,
    SocketAddress, SocketAddressError, TipcAddress, TipcName, UnixAddress,
};
pub use timeout::{Call, TimeoutError, TimeoutMode, WouldBlock};
pub use writer::{BufferedWriter, WriteError};
