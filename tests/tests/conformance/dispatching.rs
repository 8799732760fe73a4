//! The backends' loops over dispatchers as the suite sees them.

use std::fmt::Debug;
use std::io;
use std::ops::DerefMut;
use std::os::fd::OwnedFd;
use std::time::Duration;

use standpipe_core::Moment;
use standpipe_core::dispatch::{Key, TimerKey};
use standpipe_core::process::{Command, Communicate, Output, Pipeline, Stop, StopStep, Unfinished};
use standpipe_core::signal::Signal;
use standpipe_core::socket::{Address, DatagramOptions, Listen};
use standpipe_sys::dispatch::{
    self, Channel, ChildHandler, ConnectionOptions, DatagramHandler, DatagramSocket, Dispatcher, Ended, Life,
    ListenerOptions, LoopEvent, Spawned,
};
use standpipe_sys::socket::{Bound, Destination, Endpoint};
use standpipe_sys::{Dialogue, RunError, Stream};
use standpipe_tests::harness::{
    Alarmed, Dispatching, Errand, EventLoop, Hear, Later, Make, News, Outcome, Waker,
};

use crate::drive::Drive;

/// The backend of plain threads.
pub(crate) struct Blocking;

/// That of a mio loop.
pub(crate) struct Mio;

/// That of futures.
pub(crate) struct Smol;

/// One of the backend's own things.
#[derive(Debug)]
struct Own<T>(T);

impl Dispatching for Blocking {
    fn event_loop<'a>(&self) -> io::Result<Box<dyn EventLoop<'a> + 'a>> {
        Ok(Box::new(Own(Box::new(standpipe_blocking::dispatch::Loop::new()?))))
    }
}

impl Dispatching for Mio {
    fn event_loop<'a>(&self) -> io::Result<Box<dyn EventLoop<'a> + 'a>> {
        Ok(Box::new(Own(Box::new(standpipe_mio::dispatch::Loop::new()?))))
    }
}

impl Dispatching for Smol {
    fn event_loop<'a>(&self) -> io::Result<Box<dyn EventLoop<'a> + 'a>> {
        Ok(Box::new(Own(Box::new(standpipe_smol::dispatch::Loop::new()?))))
    }
}

/// Who is told of a child.
struct Hearing<'a> {
    observes: bool,
    hear: Hear<'a>,
}

impl<'a, W: Drive> ChildHandler<'a, W> for Hearing<'a> {
    fn observes_stops(&self) -> bool {
        self.observes
    }

    fn handle_stopped(
        &mut self,
        event_loop: &mut dispatch::EventLoop<'a, W>,
        child: &mut Life,
        signal: Signal,
    ) {
        (self.hear)(&mut Own(event_loop), News::Stopped(child, signal));
    }

    fn handle_continued(&mut self, event_loop: &mut dispatch::EventLoop<'a, W>, child: &mut Life) {
        (self.hear)(&mut Own(event_loop), News::Continued(child));
    }

    fn handle_step(&mut self, event_loop: &mut dispatch::EventLoop<'a, W>, child: &mut Life, step: StopStep) {
        (self.hear)(&mut Own(event_loop), News::Step(child, step));
    }

    fn handle_exit(mut self: Box<Self>, event_loop: &mut dispatch::EventLoop<'a, W>, ended: Ended) {
        (self.hear)(&mut Own(event_loop), News::Ended(ended));
    }
}

/// By a reference as well, which is all that a call has.
impl<'a, W: Drive, L: DerefMut<Target = dispatch::EventLoop<'a, W>> + Debug> EventLoop<'a> for Own<L> {
    fn set_log(&mut self, log: Box<dyn FnMut(LoopEvent) + 'a>) {
        self.0.set_log(log);
    }

    fn set_budget(&mut self, budget: usize) {
        self.0.set_budget(budget);
    }

    fn set_drain(&mut self, drain: Duration) {
        self.0.set_drain(drain);
    }

    fn now(&self) -> Moment {
        self.0.now()
    }

    fn listen(&mut self, address: &Address, make: Make<'a>) -> io::Result<Key> {
        self.0.listen(address, make)
    }

    fn listen_with(&mut self, bound: Bound, options: ListenerOptions, make: Make<'a>) -> Key {
        self.0.listen_with(bound, options, make)
    }

    fn connect(&mut self, address: &Address, handler: Box<dyn Dispatcher + 'a>) -> io::Result<Key> {
        self.0.connect(address, handler)
    }

    fn connect_with(
        &mut self,
        to: Destination,
        options: ConnectionOptions,
        handler: Box<dyn Dispatcher + 'a>,
    ) -> Key {
        self.0.connect_with(to, options, handler)
    }

    fn insert(
        &mut self,
        stream: Stream,
        options: ConnectionOptions,
        handler: Box<dyn Dispatcher + 'a>,
    ) -> Key {
        self.0.insert(stream, options, handler)
    }

    fn spawn(&mut self, command: &Command, observes: bool, hear: Hear<'a>) -> Result<Spawned, RunError> {
        self.0.spawn(command, Hearing { observes, hear })
    }

    fn child<'r>(&'r mut self, key: Key) -> Option<&'r mut Life>
    where
        'a: 'r,
    {
        self.0.child(key)
    }

    fn communicate(
        &mut self,
        command: &Command,
        dialogue: Dialogue,
        timeout: Option<Duration>,
        told: Outcome<'a, Result<Output, Unfinished>>,
    ) -> Result<Key, RunError> {
        self.0
            .communicate(command, dialogue, timeout, |event_loop, result| told(&mut Own(event_loop), result))
    }

    fn talk<'r>(&'r mut self, key: Key) -> Option<&'r mut Communicate>
    where
        'a: 'r,
    {
        self.0.talk(key)
    }

    fn pipeline(
        &mut self,
        commands: &[Command],
        stop: Stop,
        timeout: Option<Duration>,
        told: Outcome<'a, Pipeline>,
    ) -> Result<Key, RunError> {
        self.0.pipeline(commands, stop, timeout, |event_loop, pipeline| told(&mut Own(event_loop), pipeline))
    }

    fn signals(&mut self, signals: &[Signal], mut alarmed: Alarmed<'a>) -> io::Result<Key> {
        let signals = signals.iter().copied();
        self.0.signals(signals, move |event_loop: &mut dispatch::EventLoop<'a, W>, signal| {
            alarmed(&mut Own(event_loop), signal);
        })
    }

    fn stop_on(&mut self, signals: &[Signal]) -> io::Result<Key> {
        self.0.stop_on(signals.iter().copied())
    }

    fn dismiss(&mut self, key: Key) -> bool {
        self.0.dismiss(key)
    }

    fn insert_datagrams(
        &mut self,
        socket: OwnedFd,
        options: DatagramOptions,
        handler: Box<dyn DatagramHandler + 'a>,
    ) -> io::Result<Key> {
        self.0.insert_datagrams(socket, options, handler)
    }

    fn datagrams<'r>(&'r mut self, key: Key) -> Option<DatagramSocket<'r>>
    where
        'a: 'r,
    {
        self.0.datagrams(key)
    }

    fn local(&self, listener: Key) -> Option<Endpoint> {
        self.0.local(listener)
    }

    fn channel<'r>(&'r mut self, key: Key) -> Option<Channel<'r>>
    where
        'a: 'r,
    {
        self.0.channel(key)
    }

    fn listener<'r>(&'r mut self, key: Key) -> Option<&'r mut Listen>
    where
        'a: 'r,
    {
        self.0.listener(key)
    }

    fn keys(&self) -> Vec<Key> {
        self.0.keys().collect()
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn call_after(&mut self, after: Duration, call: Later<'a>) -> TimerKey {
        self.0.call_after(after, |event_loop| call(&mut Own(event_loop)))
    }

    fn cancel(&mut self, timer: TimerKey) -> bool {
        self.0.cancel(timer)
    }

    fn waker(&self) -> Box<dyn Waker<'a> + 'a> {
        Box::new(Own(self.0.waker()))
    }

    fn run(&mut self) -> io::Result<()> {
        W::run(&mut self.0)
    }

    fn run_count(&mut self, timeout: Option<Duration>, count: usize) -> io::Result<()> {
        W::run_count(&mut self.0, timeout, count)
    }

    fn run_once(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        W::run_once(&mut self.0, timeout)
    }

    fn stop(&mut self) {
        self.0.stop();
    }

    fn is_stopping(&self) -> bool {
        self.0.is_stopping()
    }

    fn close_all(&mut self) {
        self.0.close_all();
    }
}

impl<'a, W: Drive> Waker<'a> for Own<dispatch::Waker<'a, W>> {
    fn wake(&self) {
        self.0.wake();
    }

    fn stop(&self) {
        self.0.stop();
    }

    fn call(&self, call: Errand<'a>) -> bool {
        self.0.call(|event_loop| call(&mut Own(event_loop)))
    }
}
