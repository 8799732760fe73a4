//! Loops over dispatchers as scenarios see them, on backends that have them: [`Dispatching`].

use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use standpipe_core::Moment;
use standpipe_core::dispatch::{Key, TimerKey};
use standpipe_core::process::{Command, Communicate, Output, Pipeline, Stop, StopStep, Unfinished};
use standpipe_core::signal::Signal;
use standpipe_core::socket::{Address, DatagramOptions, Listen};
use standpipe_sys::dispatch::{
    Channel, ConnectionOptions, DatagramHandler, DatagramSocket, Dispatcher, Ended, Life, ListenerOptions,
    LoopEvent, Spawned,
};
use standpipe_sys::socket::{Bound, Destination, Endpoint};
use standpipe_sys::{Dialogue, RunError, Stream};

/// A backend that has a loop over many connections, each with its handler.
pub trait Dispatching: Sync {
    /// A loop with nothing in it.
    ///
    /// # Errors
    /// The descriptor limit.
    fn event_loop<'a>(&self) -> io::Result<Box<dyn EventLoop<'a> + 'a>>;
}

/// Makes a handler for each who connects.
pub type Make<'a> = Box<dyn FnMut(&Endpoint) -> Box<dyn Dispatcher + 'a> + 'a>;

/// What a loop does when it is time.
pub type Later<'a> = Box<dyn FnOnce(&mut dyn EventLoop<'a>) + 'a>;

/// What another thread has a loop do.
pub type Errand<'a> = Box<dyn FnOnce(&mut dyn EventLoop<'a>) + Send + 'a>;

/// What a handler of a child is told.
#[derive(Debug)]
pub enum News<'l> {
    /// A signal has stopped it.
    Stopped(&'l mut Life, Signal),
    /// It goes on.
    Continued(&'l mut Life),
    /// A step of its stop is taken.
    Step(&'l mut Life, StopStep),
    /// It has ended.
    Ended(Ended),
}

/// Who is told of a child.
pub type Hear<'a> = Box<dyn FnMut(&mut dyn EventLoop<'a>, News<'_>) + 'a>;

/// Who is told the outcome of something.
pub type Outcome<'a, T> = Box<dyn FnOnce(&mut dyn EventLoop<'a>, T) + 'a>;

/// Who is told of signals.
pub type Alarmed<'a> = Box<dyn FnMut(&mut dyn EventLoop<'a>, Signal) + 'a>;

/// Listeners and connections in one thread, by the verbs that every backend's loop has.
pub trait EventLoop<'a>: fmt::Debug {
    /// Tells this whatever its owner may want to log.
    fn set_log(&mut self, log: Box<dyn FnMut(LoopEvent) + 'a>);

    /// Sets how many bytes one connection's turn may move.
    fn set_budget(&mut self, budget: usize);

    /// Sets how long what is open may drain.
    fn set_drain(&mut self, drain: Duration);

    /// The time.
    fn now(&self) -> Moment;

    /// Listens at an address.
    ///
    /// # Errors
    /// The address is taken, or cannot be had.
    fn listen(&mut self, address: &Address, make: Make<'a>) -> io::Result<Key>;

    /// Accepts from a socket that listens.
    fn listen_with(&mut self, bound: Bound, options: ListenerOptions, make: Make<'a>) -> Key;

    /// Connects to an address.
    ///
    /// # Errors
    /// It is nothing that can be connected to.
    fn connect(&mut self, address: &Address, handler: Box<dyn Dispatcher + 'a>) -> io::Result<Key>;

    /// Connects to a name, or to the first of several candidates that answers.
    fn connect_with(
        &mut self,
        to: Destination,
        options: ConnectionOptions,
        handler: Box<dyn Dispatcher + 'a>,
    ) -> Key;

    /// Takes in a connection that is made, or what else can be read or written.
    fn insert(
        &mut self,
        stream: Stream,
        options: ConnectionOptions,
        handler: Box<dyn Dispatcher + 'a>,
    ) -> Key;

    /// Starts a command; whether it is told when the child is stopped and continued as well.
    ///
    /// # Errors
    /// It cannot be started.
    fn spawn(&mut self, command: &Command, observes: bool, hear: Hear<'a>) -> Result<Spawned, RunError>;

    /// A child, to be signalled or stopped.
    fn child<'r>(&'r mut self, key: Key) -> Option<&'r mut Life>
    where
        'a: 'r;

    /// Starts a command, feeds it and listens to it.
    ///
    /// # Errors
    /// It cannot be started.
    fn communicate(
        &mut self,
        command: &Command,
        dialogue: Dialogue,
        timeout: Option<Duration>,
        told: Outcome<'a, Result<Output, Unfinished>>,
    ) -> Result<Key, RunError>;

    /// A dialogue, to be stopped.
    fn talk<'r>(&'r mut self, key: Key) -> Option<&'r mut Communicate>
    where
        'a: 'r;

    /// Starts commands in a row.
    ///
    /// # Errors
    /// One cannot be started.
    fn pipeline(
        &mut self,
        commands: &[Command],
        stop: Stop,
        timeout: Option<Duration>,
        told: Outcome<'a, Pipeline>,
    ) -> Result<Key, RunError>;

    /// Catches signals.
    ///
    /// # Errors
    /// One cannot be caught.
    fn signals(&mut self, signals: &[Signal], alarmed: Alarmed<'a>) -> io::Result<Key>;

    /// Has signals stop the loop.
    ///
    /// # Errors
    /// One cannot be caught.
    fn stop_on(&mut self, signals: &[Signal]) -> io::Result<Key>;

    /// Drops a child, a dialogue or signals. Whether they were there.
    fn dismiss(&mut self, key: Key) -> bool;

    /// Takes in a socket for datagrams.
    ///
    /// # Errors
    /// It is none.
    fn insert_datagrams(
        &mut self,
        socket: OwnedFd,
        options: DatagramOptions,
        handler: Box<dyn DatagramHandler + 'a>,
    ) -> io::Result<Key>;

    /// A socket for datagrams, to send by it.
    fn datagrams<'r>(&'r mut self, key: Key) -> Option<DatagramSocket<'r>>
    where
        'a: 'r;

    /// Where a listener listens.
    fn local(&self, listener: Key) -> Option<Endpoint>;

    /// A connection, to be told something.
    fn channel<'r>(&'r mut self, key: Key) -> Option<Channel<'r>>
    where
        'a: 'r;

    /// A listener, to be paused, resumed or stopped.
    fn listener<'r>(&'r mut self, key: Key) -> Option<&'r mut Listen>
    where
        'a: 'r;

    /// The keys of all listeners and connections.
    fn keys(&self) -> Vec<Key>;

    /// How many listeners and connections there are.
    fn len(&self) -> usize;

    /// Whether there is neither a listener nor a connection.
    fn is_empty(&self) -> bool;

    /// Calls this once, after so long.
    fn call_after(&mut self, after: Duration, call: Later<'a>) -> TimerKey;

    /// Takes such a call back. Whether it was still to come.
    fn cancel(&mut self, timer: TimerKey) -> bool;

    /// What reaches it from other threads.
    fn waker(&self) -> Box<dyn Waker<'a> + 'a>;

    /// Runs until there is nothing left.
    ///
    /// # Errors
    /// Waiting failed.
    fn run(&mut self) -> io::Result<()>;

    /// Runs so many passes at most.
    ///
    /// # Errors
    /// Waiting failed.
    fn run_count(&mut self, timeout: Option<Duration>, count: usize) -> io::Result<()>;

    /// One pass. Whether there is anything left.
    ///
    /// # Errors
    /// Waiting failed.
    fn run_once(&mut self, timeout: Option<Duration>) -> io::Result<bool>;

    /// Asks it to stop.
    fn stop(&mut self);

    /// Whether it was asked to stop and has not yet.
    fn is_stopping(&self) -> bool;

    /// Closes everything at once.
    fn close_all(&mut self);
}

/// Reaches a loop from any thread.
pub trait Waker<'a>: Send {
    /// Ends the wait of the loop, or the next one.
    fn wake(&self);

    /// Asks the loop to stop.
    fn stop(&self);

    /// Has the loop's thread call this. Whether the loop is still there.
    fn call(&self, call: Errand<'a>) -> bool;
}
