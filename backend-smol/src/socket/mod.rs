//! Sockets of any family and type as futures: [`Socket`], with time-outs, messages, options, files over sockets and look-ups.
//!
//! For TCP and Unix streams alone, [`connect`](crate::connect), [`Listener`](crate::Listener) and [`Stream`](crate::Stream) are
//! all that is needed, [`DatagramSocket`](crate::DatagramSocket) is for datagrams, and [`serve`](crate::serve) is a server with
//! limits. Here is what everything else is made of, in the words of the system and with core's values: addresses, options,
//! errors.
//!
//! ```
//! use std::time::Duration;
//! use standpipe_smol::socket::{Family, Socket, TimeoutMode, constants::SOCK_STREAM};
//!
//! smol::block_on(async {
//!     let mut server = Socket::new(Family::INET, SOCK_STREAM, 0)?;
//!     server.bind(&"127.0.0.1:0".parse()?)?;
//!     server.listen(16)?;
//!
//!     let mut client = Socket::new(Family::INET, SOCK_STREAM, 0)?;
//!     client.set_timeout(TimeoutMode::Timed(Duration::from_secs(50)));
//!     client.connect(&server.local()?).await?;
//!     let (peer, address) = server.accept().await?;
//!     assert_eq!(address, Some(client.local()?));
//!
//!     client.send_all(b"a line\nand the end").await?;
//!     client.shutdown(std::net::Shutdown::Write)?;
//!     let mut lines = peer.reader();
//!     assert_eq!(lines.readline(None).await?.as_deref(), Some(&b"a line\n"[..]));
//!     assert_eq!(lines.read_to_end().await?, b"and the end");
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Time
//!
//! Each call has one deadline, by the mode of its handle
//! ([`set_timeout`](standpipe_sys::socket::Socket::set_timeout)): it is set when the future is first polled, and neither a signal
//! nor a piece that went sets it again. The mode belongs to the handle and changes nothing of the descriptor, which a child or
//! another thread may have too. Two calls of the system have no flag that says that they must not wait: a listener is made
//! non-blocking when it first accepts, and a connecting socket while each of its calls lasts.
//!
//! # Cancellation
//!
//! Dropping a future gives up its wait and nothing else: a connection, bytes or a message are taken only by the poll that
//! returns them. Where a call takes several operations ([`Socket::send_all`], and the files), its documentation says what then
//! holds.
//!
//! # Fairness
//!
//! A socket that is always ready yields after 128 operations.
//!
//! # Signals and children
//!
//! No call raises SIGPIPE, none fails with `EINTR`, and every descriptor is close-on-exec from its birth.

mod connect;
mod lookups;
mod message;
mod plain;
mod reader;
mod waiting;
mod writer;

pub use lookups::{
    create_connection, fqdn, get_addr_info, get_host_by_addr, get_host_by_name, get_name_info,
};
pub use message::Outgoing;
pub use plain::{Socket, activated, socket_pair};
pub use reader::SocketReader;
pub use standpipe_core::socket::{
    AncillaryError, BufferedReader, BufferedWriter, Buffering, ControlMessage, Family, Found, HostFault,
    Inet6Address, Lookup, Membership, NetlinkAddress, Operation, OptionError, OptionValue, PacketAddress,
    ReadError, Received, ResolveFault, SendAllError, SendAllReason, SocketAddress, SocketAddressError,
    SocketError, SocketOption, TimeoutError, TimeoutMode, UnixAddress, WriteError, constants,
};
pub use standpipe_sys::socket::error::{ConnectionError, FileError, io_error};
pub use standpipe_sys::socket::{
    ActivationError, Arrived, Host, Message, OptionCallError, get_protocol_by_name, get_service_by_name,
    get_service_by_port, host_name,
};
pub use writer::SocketWriter;
