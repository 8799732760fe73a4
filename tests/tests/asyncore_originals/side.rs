//! A machine over a real socket, driven as far as a scenario needs it: [`Side`].

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::net::{RecvFlags, recv};
use standpipe_core::chat::{Chat, ChatEvent, Handle};
use standpipe_core::dispatch::{Channel, ChannelEvent, Outgoing};
use standpipe_core::socket::Address;
use standpipe_core::{
    BUDGET, Done, Duty, Io, Lend, Machine, Moment, Outcome, Pending, Pool, Port, Progress, Window, advance,
};
use standpipe_sys::socket::{Connector, Purpose, resolve};
use standpipe_sys::{Clock, Ends, PortIo, Readiness, Stream};

/// A busy machine may need long, but not for ever.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(60);

/// A machine, its socket, and what was told.
pub(crate) struct Side<M> {
    pub(crate) machine: M,
    ends: Ends,
    pool: Pool,
    pub(crate) log: Vec<String>,
}

impl<M: Machine> Side<M> {
    /// Over a connection.
    pub(crate) fn connected(machine: M, socket: impl Into<OwnedFd>) -> Self {
        Self::over(machine, Stream::socket(socket.into()))
    }

    /// With a connection to be made to this port.
    pub(crate) fn connecting(machine: M, to: SocketAddr) -> Self {
        let address: Address = to.to_string().parse().expect("an address");
        let candidates = resolve(&address, Purpose::Connect).expect("it is numeric");
        Self::over(machine, Connector::new(candidates))
    }

    fn over(machine: M, end: impl Into<standpipe_sys::End>) -> Self {
        let ends = Ends::default().with(Port::new(0), end);
        Self { machine, ends, pool: Pool::default(), log: Vec::new() }
    }

    /// Turns, until there is an event: `false` where no more is to come.
    fn turn(&mut self) -> bool {
        let clock = Clock::start();
        let give_up = clock.now() + FOR_EVER;
        loop {
            assert!(clock.now() < give_up, "nothing comes after {:?}", self.log);
            let socket = self.ends.descriptor(Port::new(0)).cloned();
            // Everything is tried in each turn, so there is nothing to wait for; and no time passes for the machine.
            let mut ready = Readiness::default();
            let io = PortIo::new(&mut self.ends, &mut ready, &mut self.pool, ());
            match advance(&mut self.machine, &mut Turn(io, socket), Moment::ORIGIN, BUDGET) {
                Progress::Events => return true,
                Progress::Done => return false,
                _ => thread::yield_now(),
            }
        }
    }

    /// Data that came in one go is one, wherever it was cut.
    fn tell(&mut self, told: String) {
        match (self.log.last_mut(), told.strip_prefix("data ")) {
            (Some(last), Some(data)) if last.starts_with("data ") => last.push_str(data),
            _ => self.log.push(told),
        }
    }
}

impl Side<Channel> {
    /// Takes what is told, until that holds of it or nothing more is to come.
    pub(crate) fn run(&mut self, until: impl Fn(&[String]) -> bool, mut handler: impl FnMut(&mut Outgoing)) {
        while !until(&self.log) && self.turn() {
            while let Some((event, out)) = self.machine.next_event() {
                let told = match event {
                    ChannelEvent::Connected => vec!["connected".to_owned()],
                    ChannelEvent::Urgent(byte) => vec![format!("urgent {}", char::from(byte))],
                    ChannelEvent::Data(data) => vec![format!("data {}", String::from_utf8_lossy(data))],
                    ChannelEvent::Closed(end) => closed(end.is_clean()),
                    _ => Vec::new(),
                };
                if !told.is_empty() {
                    handler(out);
                }
                told.into_iter().for_each(|told| self.tell(told));
            }
        }
    }
}

impl Side<Chat> {
    /// As for a channel.
    pub(crate) fn run(
        &mut self,
        until: impl Fn(&[String]) -> bool,
        mut handler: impl FnMut(&mut Handle<'_>),
    ) {
        while !until(&self.log) && self.turn() {
            while let Some((event, mut handle)) = self.machine.next_event() {
                let told = match event {
                    ChatEvent::Connected => vec!["connected".to_owned()],
                    ChatEvent::Message(message) => {
                        vec![format!("message {}", String::from_utf8_lossy(message.bytes))]
                    }
                    ChatEvent::Closed(end) => closed(end.is_clean()),
                    _ => Vec::new(),
                };
                if !told.is_empty() {
                    handler(&mut handle);
                }
                told.into_iter().for_each(|told| self.tell(told));
            }
        }
    }
}

/// The originals tell a failure, and then that the channel is closed.
fn closed(is_clean: bool) -> Vec<String> {
    let closed = "closed".to_owned();
    if is_clean { vec![closed] } else { vec!["error".to_owned(), closed] }
}

/// A listener, and where it is.
pub(crate) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// A connection, ours first.
pub(crate) fn pair() -> (TcpStream, TcpStream) {
    let (listener, address) = listener();
    let theirs = TcpStream::connect(address).expect("it listens");
    (listener.accept().expect("it was connected to").0, theirs)
}

/// One turn's io, which takes urgent data as well.
struct Turn<'a>(PortIo<'a, Pool>, Option<Arc<OwnedFd>>);

impl Lend for Turn<'_> {
    fn take(&mut self) -> Box<[u8]> {
        self.0.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.0.give(buffer);
    }
}

impl Io for Turn<'_> {
    fn try_read(&mut self, port: Port, window: Window<'_>) -> Outcome {
        self.0.try_read(port, window)
    }

    fn try_write(&mut self, port: Port, pending: Pending<'_>) -> Outcome {
        self.0.try_write(port, pending)
    }

    fn try_duty(&mut self, port: Port, duty: Duty) -> Done {
        let (Duty::Urgent, Some(socket)) = (duty, &self.1) else { return self.0.try_duty(port, duty) };
        let mut byte = [0];
        match recv(socket, &mut byte[..], RecvFlags::OOB) {
            Ok((1, _)) => Done::Ok(byte[0].into()),
            _ => Done::Blocked,
        }
    }
}
