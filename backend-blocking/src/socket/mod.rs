//! Sockets of any family and type for plain threads: [`Socket`], with time-outs, messages, options, files over sockets and
//! look-ups.
//!
//! For TCP and Unix streams alone, [`connect`](crate::connect), [`Listener`](crate::Listener) and [`Stream`](crate::Stream) are
//! all that is needed, and [`serve`](crate::serve) is a server with limits. Here is what everything else is made of, in the
//! words of the system and with core's values: addresses, options, errors.
//!
//! ```
//! use std::time::Duration;
//! use standpipe_blocking::socket::{Family, Socket, TimeoutMode, constants::SOCK_STREAM};
//!
//! let mut server = Socket::new(Family::INET, SOCK_STREAM, 0)?;
//! server.bind(&"127.0.0.1:0".parse()?)?;
//! server.listen(16)?;
//!
//! let mut client = Socket::new(Family::INET, SOCK_STREAM, 0)?;
//! client.set_timeout(TimeoutMode::Timed(Duration::from_secs(50)));
//! client.connect(&server.local()?)?;
//! let (peer, address) = server.accept()?;
//! assert_eq!(address, Some(client.local()?));
//!
//! client.send_all(b"a line\nand the end")?;
//! client.shutdown(std::net::Shutdown::Write)?;
//! let mut lines = peer.reader();
//! assert_eq!(lines.readline(None)?.as_deref(), Some(&b"a line\n"[..]));
//! assert_eq!(lines.read_to_end()?, b"and the end");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Time
//!
//! Each call has one deadline, by the mode of its handle ([`set_timeout`](standpipe_sys::socket::Socket::set_timeout)): it is set when the call begins, and neither
//! a signal nor a piece that went sets it again. The mode belongs to the handle and changes nothing of the descriptor, which a
//! child or another thread may have too. Two calls of the system have no flag that says that they must not wait: a listener is
//! made non-blocking when it first accepts, and a connecting socket while it connects.
//!
//! # Signals and children
//!
//! No call raises SIGPIPE, none fails with `EINTR`, and every descriptor is close-on-exec from its birth.

mod activation;
mod connect;
mod convert;
mod lookups;
mod message;
mod plain;
mod reader;
mod waiting;
mod writer;

pub use activation::activated;
pub use lookups::create_connection;
pub use message::Outgoing;
pub use plain::{Socket, socket_pair};
pub use reader::SocketReader;
pub use standpipe_core::socket::{
    AncillaryError, BufferedReader, BufferedWriter, Buffering, ControlMessage, Family, Found, HostFault,
    Inet6Address, Lookup, Membership, NetlinkAddress, Operation, OptionError, OptionValue, PacketAddress,
    ReadError, Received, ResolveFault, SendAllError, SendAllReason, SocketAddress, SocketAddressError,
    SocketError, SocketOption, TimeoutError, TimeoutMode, UnixAddress, WriteError, constants,
};
pub use standpipe_sys::socket::error::{ConnectionError, FileError, io_error};
pub use standpipe_sys::socket::{
    ActivationError, Host, Message, OptionCallError, fqdn, get_addr_info, get_host_by_addr, get_host_by_name,
    get_name_info, get_protocol_by_name, get_service_by_name, get_service_by_port, host_name,
};
pub use writer::SocketWriter;
