//! Dialogues that live in a mio loop.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use standpipe_core::Bytes;
use standpipe_core::dispatch::Key;
use standpipe_core::flow::SendQueue;
use standpipe_core::process::{Communicate, CommunicateEvent, Output, Stop, Stream, Unfinished};
use standpipe_mio::dispatch::{Loop, Spawned, TalkHandler, Watching};
use standpipe_sys::{ChildHandle, Dialogue};
use standpipe_tests::harness::{Shared, Talking};

use super::Lone;
use crate::children::Blocking;

/// Begins to talk with a child.
pub(super) fn begin(lone: Lone, spawned: Spawned, input: Vec<u8>) -> Box<dyn Talking> {
    let mut queue = SendQueue::new(input.len(), 0);
    queue.push(Bytes::from(input));
    let (told, handle) = (Arc::<Mutex<Told>>::default(), spawned.handle.clone());
    let telling = Telling(told.clone());
    let key = lone.ask(move |event_loop| {
        let dialogue = Dialogue { input: Some(queue), ..Dialogue::default() };
        event_loop.begin_talk(spawned, dialogue, telling).expect("what is fed has a pipe")
    });
    Box::new(Talk { lone, handle, key, told })
}

/// What was told of a dialogue.
#[derive(Default)]
struct Told {
    events: VecDeque<CommunicateEvent>,
    result: Option<Result<Output, Unfinished>>,
}

struct Telling(Arc<Mutex<Told>>);

impl<'a> TalkHandler<'a, Watching> for Telling {
    fn handle_event(&mut self, _: &mut Loop<'a>, _: &mut Communicate, event: CommunicateEvent) {
        self.0.lock().expect("no panic").events.push_back(event);
    }

    fn handle_finish(self: Box<Self>, _: &mut Loop<'a>, result: Result<Output, Unfinished>) {
        self.0.lock().expect("no panic").result = Some(result);
    }
}

struct Talk {
    lone: Lone,
    handle: ChildHandle,
    key: Key,
    told: Arc<Mutex<Told>>,
}

impl Talk {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("no panic")
    }

    /// What the machine says, as long as it is there.
    fn act<T: Send + 'static>(&self, act: impl FnOnce(&mut Communicate) -> T + Send + 'static) -> Option<T> {
        let key = self.key;
        self.lone.ask(move |event_loop| event_loop.talk(key).map(act))
    }
}

impl Talking for Talk {
    fn run(&mut self, at_most: Option<Duration>) -> Option<CommunicateEvent> {
        let end = at_most.map(|wait| self.lone.ask(|event_loop| event_loop.now()) + wait);
        self.act(move |talk| talk.set_deadline(end));
        let told = self.told.clone();
        let event = self.lone.run_until(None, move |_| {
            let mut told = told.lock().expect("no panic");
            let event = told.events.pop_front();
            (event.is_some() || told.result.is_some()).then_some(event)
        });
        self.act(|talk| talk.set_deadline(None));
        event.flatten()
    }

    fn take_output(&mut self, stream: Stream) -> Vec<u8> {
        let taken = self.act(move |talk| talk.take_output(stream));
        taken.unwrap_or_else(|| match (&mut self.told().result, stream) {
            (Some(Ok(output)), Stream::Stdout) => std::mem::take(&mut output.stdout),
            (Some(Ok(output)), _) => std::mem::take(&mut output.stderr),
            _ => Vec::new(),
        })
    }

    fn set_limit(&mut self, stream: Stream, limit: usize) {
        self.act(move |talk| talk.set_limit(stream, limit));
    }

    fn stop(&mut self, stop: &Stop) {
        let stop = stop.clone();
        self.act(move |talk| talk.stop(&stop));
    }

    fn share(&self) -> Box<dyn Shared> {
        Box::new(Blocking(standpipe_blocking::ChildHandle::from(self.handle.clone())))
    }

    fn finish(mut self: Box<Self>) -> Output {
        while self.run(None).is_some() {}
        self.told().result.take().expect("it has ended").expect("nobody was stopped for a limit")
    }
}
