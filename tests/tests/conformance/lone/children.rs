//! Handles of children that live in a mio loop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use standpipe_core::process::{Command, Exit, Stop, StopStep};
use standpipe_core::signal::Signal;
use standpipe_mio::dispatch::{ChildHandler, Ended, Life, Loop, Spawned, Watching};
use standpipe_tests::harness::{Living, NotRun, Shared, Talking};

use super::{Lone, talks};
use crate::children::Blocking;

/// Starts a command by this backend.
pub(crate) fn spawn(command: &Command) -> Result<Box<dyn Living>, NotRun> {
    let (lone, state, command) = (Lone::new(), Arc::<State>::default(), command.clone());
    let told = state.clone();
    let spawned = lone.ask(move |event_loop| event_loop.spawn(&command, Telling(told)))?;
    let child = Child { lone, handle: spawned.handle.clone(), key: spawned.key, state };
    *child.state.spawned.lock().expect("no panic") = Some(spawned);
    Ok(Box::new(child))
}

/// What the loop's thread and the child's owner have in common.
#[derive(Default)]
struct State {
    spawned: Mutex<Option<Spawned>>,
    ended: Mutex<Option<Ended>>,
}

impl State {
    fn close_stdin(&self) {
        let mut spawned = self.spawned.lock().expect("no panic");
        if let Some(mut stdin) = spawned.as_mut().and_then(|spawned| spawned.pipe(0)) {
            let _ = stdin.end_input();
        }
    }

    fn ended(&self) -> Option<Ended> {
        *self.ended.lock().expect("no panic")
    }
}

struct Telling(Arc<State>);

impl<'a> ChildHandler<'a, Watching> for Telling {
    fn handle_step(&mut self, _: &mut Loop<'a>, _: &mut Life, step: StopStep) {
        if step == StopStep::CloseStdin {
            self.0.close_stdin();
        }
    }

    fn handle_exit(self: Box<Self>, _: &mut Loop<'a>, ended: Ended) {
        *self.0.ended.lock().expect("no panic") = Some(ended);
    }
}

struct Child {
    lone: Lone,
    handle: standpipe_sys::ChildHandle,
    key: standpipe_core::dispatch::Key,
    state: Arc<State>,
}

impl Child {
    fn wait_for(&self, at_most: Option<Duration>) -> Option<Ended> {
        let state = self.state.clone();
        self.state.ended().or_else(|| self.lone.run_until(at_most, move |_| state.ended()))
    }

    fn act(&self, act: impl FnOnce(&mut Life) + Send + 'static) {
        let key = self.key;
        self.lone.ask(move |event_loop| {
            event_loop.child(key).map(act);
        });
    }
}

impl Living for Child {
    fn pid(&self) -> i32 {
        self.handle.pid()
    }

    fn poll(&mut self) -> Option<Exit> {
        self.wait_for(Some(Duration::ZERO)).map(|ended| ended.exit)
    }

    fn wait(&mut self) -> Exit {
        self.state.close_stdin();
        self.wait_for(None).expect("it waits until there is one").exit
    }

    fn wait_timeout(&mut self, at_most: Duration) -> Option<Exit> {
        self.wait_for(Some(at_most)).map(|ended| ended.exit)
    }

    fn signal(&mut self, signal: Signal) {
        self.act(move |child| child.signal(signal));
        self.poll();
    }

    fn stop(&mut self, stop: &Stop) -> (Exit, Option<StopStep>) {
        let stop = stop.clone();
        self.act(move |child| child.stop(&stop));
        let ended = self.wait_for(None).expect("it waits until there is one");
        (ended.exit, ended.by)
    }

    fn share(&self) -> Box<dyn Shared> {
        Box::new(Blocking(standpipe_blocking::ChildHandle::from(self.handle.clone())))
    }

    fn talk(self: Box<Self>, input: Vec<u8>) -> Box<dyn Talking> {
        let spawned = self.state.spawned.lock().expect("no panic").take().expect("nobody has taken it");
        talks::begin(self.lone, spawned, input)
    }
}
