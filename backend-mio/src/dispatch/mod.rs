//! asyncore and asynchat: dispatchers and chats run by a mio loop.
//!
//! A program says what is to happen at a connection by a [`Dispatcher`], or by an [`AsyncChat`] or a [`MessageHandler`] where it is
//! a dialogue of messages; a [`Loop`] has the listeners and the connections, and calls. All of it happens in the thread that runs
//! the loop: there is no other, but for the look-up of a name ([`EventLoop::connect`]), and no global map.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use std::net::{Shutdown, TcpStream};
//! use standpipe_mio::dispatch::{Channel, Dispatcher, Loop};
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
//! Children, dialogues with them and signals live in the same loop, each with who is told of it; a handler has the loop in hand, and
//! may start the next.
//!
//! ```
//! use std::time::Duration;
//! use standpipe_mio::dispatch::{Ended, Loop};
//! use standpipe_mio::{Command, Dialogue, Exit, Signal, Stdio};
//!
//! let mut event_loop = Loop::new()?;
//! // The first has everything come to its end, the second waits for nothing.
//! event_loop.stop_on([Signal::TERM, Signal::INT])?;
//! event_loop.spawn(&Command::shell("exit 3"), |event_loop: &mut Loop<'_>, ended: Ended| {
//!     assert_eq!(ended.exit, Exit::Code(3));
//!     let count = Command::shell("echo hello | wc -c").stdout(Stdio::Pipe);
//!     let wait = Some(Duration::from_secs(60));
//!     let begun = event_loop.communicate(&count, Dialogue::default(), wait, |_, result| {
//!         assert_eq!(result.unwrap().stdout.trim_ascii(), b"6");
//!     });
//!     begun.unwrap();
//! })?;
//! event_loop.run()?; // until both have ended; signals alone keep no loop
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Datagrams are told to a [`DatagramHandler`], in the same loop:
//!
//! ```
//! use std::io;
//! use std::net::UdpSocket;
//! use standpipe_mio::dispatch::{Datagram, DatagramHandler, DatagramOptions, DatagramSocket, Loop};
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
//!
//! A loop belongs to one thread. On several cores each has a loop of its own, with a share of the address:
//!
//! ```
//! use std::thread;
//! use standpipe_mio::bind;
//! use standpipe_mio::dispatch::{Dispatcher, ListenerOptions, Loop};
//!
//! struct Silent;
//! impl Dispatcher for Silent {}
//!
//! let run = |share| {
//!     let mut event_loop = Loop::new()?;
//!     event_loop.listen_with(share, ListenerOptions::default(), |_peer| Silent);
//!     # event_loop.stop();
//!     event_loop.run()
//! };
//! let shares = bind(&"127.0.0.1:0".parse()?)?.share(4)?;
//! let threads: Vec<_> = shares.into_iter().map(|share| thread::spawn(move || run(share))).collect();
//! for thread in threads {
//!     thread.join().expect("no handler panics")?;
//! }
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
pub use waiting::Watching;
pub(crate) use waiting::tell;

pub use standpipe_sys::Registered;

pub use crate::registered::{Reactor, Watched};

/// A loop that waits by a [`mio::Poll`] of its own.
///
/// It lives in another loop as well: what it waits by is a [`mio::event::Source`], readable when there is something to do, which one pass
/// does that does not wait. [`EventLoop::timeout`] says when it wants one although nothing is readable.
///
/// ```
/// use std::time::Duration;
/// use mio::{Events, Interest, Poll, Token};
/// use standpipe_mio::dispatch::{Dispatcher, Loop};
///
/// struct Silent;
/// impl Dispatcher for Silent {}
///
/// const OURS: Token = Token(7); // whatever the program has not given to anybody else
///
/// let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(64));
/// let mut event_loop = Loop::new()?;
/// event_loop.listen(&"127.0.0.1:0".parse()?, |_| Silent)?;
/// poll.registry().register(event_loop.waiting(), OURS, Interest::READABLE)?;
/// event_loop.waker().stop();
/// while !event_loop.is_empty() {
///     poll.poll(&mut events, event_loop.timeout())?;
///     // The program's own events are here as well.
///     event_loop.run_once(Some(Duration::ZERO))?;
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Loop<'a> = EventLoop<'a, Watching>;

/// Reaches a [`Loop`] from any thread.
///
/// ```
/// use standpipe_mio::dispatch::{Dispatcher, Loop};
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
pub type Waker<'a> = standpipe_sys::dispatch::Waker<'a, Watching>;
