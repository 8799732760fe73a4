//! asyncore for threads: dispatchers run by a poll(2) loop, for a program without mio or smol.
//!
//! A program says what is to happen at a connection by a [`Dispatcher`], or by an [`AsyncChat`] or a [`MessageHandler`] where it is
//! a dialogue of messages; a [`Loop`] has the listeners and the connections, and calls. All of it happens in the thread that runs
//! the loop: there is no other, but for the look-up of a name ([`EventLoop::connect`]), and no global map.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use std::net::{Shutdown, TcpStream};
//! use standpipe_blocking::dispatch::{Channel, Dispatcher, Loop};
//!
//! struct Echo;
//!
//! impl Dispatcher for Echo {
//!     fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
//!         channel.push(data)
//!     }
//! }
//!
//! let mut event_loop = Loop::new()?;
//! let listener = event_loop.listen(&"127.0.0.1:0".parse()?, |_peer| Echo)?;
//! # let mut client = TcpStream::connect(event_loop.local(listener).unwrap().to_string())?;
//! # client.write_all(b"hello")?;
//! # client.shutdown(Shutdown::Write)?;
//! # event_loop.run_once(None)?;
//! # while event_loop.len() != 1 { event_loop.run_once(None)?; }
//! # event_loop.stop();
//! event_loop.run()?;
//! # let mut echoed = String::new();
//! # client.read_to_string(&mut echoed)?;
//! # assert_eq!(echoed, "hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Datagrams are told to a [`DatagramHandler`], in the same loop:
//!
//! ```
//! use std::io;
//! use std::net::UdpSocket;
//! use standpipe_blocking::dispatch::{Datagram, DatagramHandler, DatagramOptions, DatagramSocket, Loop};
//!
//! struct Echo;
//!
//! impl DatagramHandler for Echo {
//!     fn handle_datagram(&mut self, socket: &mut DatagramSocket<'_>, datagram: Datagram<'_>) -> io::Result<()> {
//!         datagram.from.map_or(Ok(()), |from| socket.send_to(datagram.bytes, from))
//!     }
//! }
//!
//! let mut event_loop = Loop::new()?;
//! let socket = UdpSocket::bind("127.0.0.1:0")?;
//! # let client = UdpSocket::bind("127.0.0.1:0")?;
//! # client.send_to(b"hello", socket.local_addr()?)?;
//! event_loop.insert_datagrams(socket, DatagramOptions::default(), Echo)?;
//! # event_loop.run_once(None)?;
//! # event_loop.stop();
//! event_loop.run()?;
//! # let mut buffer = [0; 16];
//! # assert_eq!(client.recv(&mut buffer)?, 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod waiting;

pub use standpipe_core::chat::{Message, MessageEnd, MessageOptions, OverLimit, Terminator};
pub use standpipe_core::dispatch::{ChannelOptions, Key, TimerKey};
pub use standpipe_core::socket::{DatagramOptions, SocketAddress};
pub use standpipe_sys::Security;
pub use standpipe_sys::dispatch::{
    AsyncChat, Catching, Channel, Chat, ChatDispatcher, Chatting, ChildHandler, ConnectionOptions, Datagram,
    DatagramHandler, DatagramSocket, Dispatcher, Ended, EventLoop, Life, ListenerOptions, LoopEvent,
    MessageDispatcher, MessageHandler, Opening, Others, Resident, SignalHandler, Spawned, TalkHandler,
};
pub use standpipe_sys::socket::{Candidate, Destination};
pub use waiting::Polling;

/// A loop that waits by poll(2), so that a pass costs as much as there are connections.
pub type Loop<'a> = EventLoop<'a, Polling>;

/// Reaches a [`Loop`] from any thread.
///
/// ```
/// use standpipe_blocking::dispatch::{Dispatcher, Loop};
///
/// struct Silent;
/// impl Dispatcher for Silent {}
///
/// let mut event_loop = Loop::new()?;
/// event_loop.listen(&"127.0.0.1:0".parse()?, |_| Silent)?;
/// let waker = event_loop.waker();
/// std::thread::spawn(move || waker.stop());
/// event_loop.run()?; // until it was asked to stop
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Waker<'a> = standpipe_sys::dispatch::Waker<'a, Polling>;
