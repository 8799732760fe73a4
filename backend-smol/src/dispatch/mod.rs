//! asyncore and asynchat: dispatchers and chats run by a task.
//!
//! A program says what is to happen at a connection by a [`Dispatcher`], or by an [`AsyncChat`] or a [`MessageHandler`] where it is
//! a dialogue of messages; a [`Loop`] has the listeners and the connections, and calls. All of it happens in the task that runs
//! the loop: there is no other, no thread but for the look-up of a name ([`EventLoop::connect`]), and no global map.
//!
//! ```
//! use std::io::{self, Read, Write};
//! use std::net::{Shutdown, TcpStream};
//! use standpipe_smol::dispatch::{Channel, Dispatcher, Loop};
//!
//! struct Echo;
//!
//! impl Dispatcher for Echo {
//!     fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
//!         channel.push(data)
//!     }
//! }
//!
//! # smol::block_on(async {
//! let mut event_loop = Loop::new()?;
//! let listener = event_loop.listen(&"127.0.0.1:0".parse()?, |_peer| Echo)?;
//! # let mut client = TcpStream::connect(event_loop.local(listener).unwrap().to_string())?;
//! # client.write_all(b"hello")?;
//! # client.shutdown(Shutdown::Write)?;
//! # event_loop.run_once(None).await?;
//! # while event_loop.len() != 1 { event_loop.run_once(None).await?; }
//! # event_loop.stop();
//! event_loop.run().await?;
//! # let mut echoed = String::new();
//! # client.read_to_string(&mut echoed)?;
//! # assert_eq!(echoed, "hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Children, dialogues with them and signals live in the same loop, each with who is told of it; a handler has the loop in hand, and
//! may start the next.
//!
//! ```
//! use std::time::Duration;
//! use standpipe_smol::dispatch::{Ended, Loop};
//! use standpipe_smol::standpipe_core::process::Command; // a loop takes it as it is
//! use standpipe_smol::{Dialogue, Exit, Signal, Stdio};
//!
//! # smol::block_on(async {
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
//! event_loop.run().await?; // until both have ended; signals alone keep no loop
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Datagrams are told to a [`DatagramHandler`], in the same loop:
//!
//! ```
//! use std::io;
//! use std::net::UdpSocket;
//! use standpipe_smol::dispatch::{Datagram, DatagramHandler, DatagramOptions, DatagramSocket, Loop};
//!
//! struct Echo;
//!
//! impl DatagramHandler for Echo {
//!     fn handle_datagram(&mut self, socket: &mut DatagramSocket<'_>, datagram: Datagram<'_>) -> io::Result<()> {
//!         datagram.from.map_or(Ok(()), |from| socket.send_to(datagram.bytes, from))
//!     }
//! }
//!
//! # smol::block_on(async {
//! let mut event_loop = Loop::new()?;
//! let socket = UdpSocket::bind("127.0.0.1:0")?;
//! # let client = UdpSocket::bind("127.0.0.1:0")?;
//! # client.send_to(b"hello", socket.local_addr()?)?;
//! event_loop.insert_datagrams(socket, DatagramOptions::default(), Echo)?;
//! # event_loop.run_once(None).await?;
//! # event_loop.stop();
//! event_loop.run().await?;
//! # let mut buffer = [0; 16];
//! # assert_eq!(client.recv(&mut buffer)?, 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A loop belongs to one thread, as its handlers need not be [`Send`]: it is run by `block_on`, or as a task of a `LocalExecutor` or
//! of a `LocalSet`. On several cores each thread has one of its own, with a share of the address ([`Bound::share`](crate::Bound::share)).

mod waiting;

pub use standpipe_core::chat::{Message, MessageEnd, MessageOptions, OverLimit, Terminator};
pub use standpipe_core::dispatch::{ChannelOptions, Key, TimerKey};
pub use standpipe_core::socket::{DatagramOptions, SocketAddress};
pub use standpipe_sys::Security;
pub use standpipe_sys::dispatch::{
    AsyncChat, Awaited, Catching, Channel, Chat, ChatDispatcher, Chatting, ChildHandler, ConnectionOptions,
    Datagram, DatagramHandler, DatagramSocket, Dispatcher, Ended, EventLoop, Life, ListenerOptions,
    LoopEvent, MessageDispatcher, MessageHandler, Opening, Others, Resident, SignalHandler, Spawned,
    TalkHandler,
};
pub use standpipe_sys::socket::{Candidate, Destination};
pub use waiting::Watching;

/// A loop that waits by async-io's reactor: its `run` and the like are futures.
///
/// **Cancellation**: a future of it may be dropped at its await, which is between two passes. Nothing is closed, lost or told twice by
/// that; the loop stands still until it is run again. So it may be raced with whatever else ends the wait:
///
/// ```
/// use std::time::Duration;
/// use async_io::Timer;
/// use futures_lite::FutureExt;
/// use standpipe_smol::dispatch::{Dispatcher, Loop};
///
/// struct Silent;
/// impl Dispatcher for Silent {}
///
/// futures_lite::future::block_on(async {
///     let mut event_loop = Loop::new()?;
///     let listener = event_loop.listen(&"127.0.0.1:0".parse()?, |_| Silent)?;
///     let late = async {
///         Timer::after(Duration::from_millis(1)).await;
///         Ok(())
///     };
///     event_loop.run().or(late).await?;
///     assert!(event_loop.local(listener).is_some(), "it listens all the same");
///     event_loop.stop();
///     event_loop.run().await?;
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Fairness**: who has work in it gets turns of a bounded number of bytes, and the other tasks of the executor theirs after each pass.
///
/// There is no way to run it that stops the executor:
///
/// ```compile_fail,E0308
/// use standpipe_smol::dispatch::Loop;
///
/// let mut event_loop = Loop::new().unwrap();
/// let ran: std::io::Result<()> = event_loop.run(); // a future, which does nothing
/// ```
pub type Loop<'a> = EventLoop<'a, Awaited<Watching>>;

/// Reaches a [`Loop`] from any thread, whatever runs it.
///
/// ```
/// use standpipe_smol::dispatch::{Dispatcher, Loop};
///
/// struct Silent;
/// impl Dispatcher for Silent {}
///
/// let mut event_loop = Loop::new()?;
/// event_loop.listen(&"127.0.0.1:0".parse()?, |_| Silent)?;
/// let waker = event_loop.waker();
/// std::thread::spawn(move || waker.stop());
/// smol::block_on(event_loop.run())?; // until it was asked to stop
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Waker<'a> = standpipe_sys::dispatch::Waker<'a, Awaited<Watching>>;
