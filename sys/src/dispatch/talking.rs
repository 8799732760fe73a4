//! Dialogues with children, and pipelines, in a loop: [`TalkHandler`].

use std::any::Any;

use standpipe_core::Machine;
use standpipe_core::dispatch::Key;
use standpipe_core::process::{Communicate, CommunicateEvent, Output, Pipeline, Stop, Unfinished};

use super::{EventLoop, Resident, Wait};
use crate::Ends;

/// What happens in a dialogue that goes on as long as its handler likes. One that is only to be told its outcome is begun by
/// [`EventLoop::communicate`], with a closure.
pub trait TalkHandler<'a, W: Wait> {
    /// Something is to be decided about: a deadline that was set has passed, or an output has more than its limit and is not read until
    /// something is done about it. Or a piece of an output that is delivered has come.
    fn handle_event(
        &mut self,
        event_loop: &mut EventLoop<'a, W>,
        talk: &mut Communicate,
        event: CommunicateEvent,
    );

    /// Everything has come to its end: always last, and told once.
    fn handle_finish(self: Box<Self>, event_loop: &mut EventLoop<'a, W>, result: Result<Output, Unfinished>);
}

/// A dialogue is decided about by its stop.
impl<'a, W, F> TalkHandler<'a, W> for F
where
    W: Wait,
    F: FnOnce(&mut EventLoop<'a, W>, Result<Output, Unfinished>),
{
    /// Where there is none, by a kill.
    fn handle_event(&mut self, _: &mut EventLoop<'a, W>, talk: &mut Communicate, event: CommunicateEvent) {
        if matches!(event, CommunicateEvent::TimedOut | CommunicateEvent::Limit(_)) {
            talk.stop(&Stop::kill());
        }
    }

    fn handle_finish(self: Box<Self>, event_loop: &mut EventLoop<'a, W>, result: Result<Output, Unfinished>) {
        self(event_loop, result);
    }
}

/// A dialogue of a loop, and who is told of it.
pub(super) struct Talking<'a, W: Wait> {
    pub(super) talk: Communicate,
    pub(super) ends: Ends,
    /// How it is stopped with its loop.
    pub(super) stop: Stop,
    pub(super) handler: Box<dyn TalkHandler<'a, W> + 'a>,
}

impl<'a, W: Wait> Resident<'a, W> for Talking<'a, W> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.talk, &mut self.ends)
    }

    fn ends(&self) -> &Ends {
        &self.ends
    }

    fn as_any(&mut self) -> Option<&mut dyn Any> {
        Some(&mut self.talk)
    }

    fn attend(&mut self, event_loop: &mut EventLoop<'a, W>, _: Key) -> bool {
        let mut touched = false;
        while let Some(event) = self.talk.next_event() {
            self.handler.handle_event(event_loop, &mut self.talk, event);
            touched = true;
        }
        touched
    }

    fn stop(&mut self, _: &mut EventLoop<'a, W>, _: Key) {
        if !self.talk.child().is_stopping() {
            self.talk.stop(&self.stop);
        }
    }

    fn abort(&mut self) {
        self.talk.stop(&Stop::kill());
    }

    fn finish(self: Box<Self>, event_loop: &mut EventLoop<'a, W>) {
        self.handler.handle_finish(event_loop, self.talk.finish());
    }
}

/// A pipeline of a loop, and who is told of its end.
pub(super) struct Piping<F> {
    pub(super) pipeline: Pipeline,
    pub(super) ends: Ends,
    pub(super) stop: Stop,
    pub(super) told: F,
}

impl<'a, W: Wait, F: FnOnce(&mut EventLoop<'a, W>, Pipeline)> Resident<'a, W> for Piping<F> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        (&mut self.pipeline, &mut self.ends)
    }

    fn ends(&self) -> &Ends {
        &self.ends
    }

    fn as_any(&mut self) -> Option<&mut dyn Any> {
        Some(&mut self.pipeline)
    }

    fn attend(&mut self, _: &mut EventLoop<'a, W>, _: Key) -> bool {
        std::iter::from_fn(|| self.pipeline.next_event()).count() > 0
    }

    fn stop(&mut self, _: &mut EventLoop<'a, W>, _: Key) {
        self.pipeline.stop(&self.stop);
    }

    fn abort(&mut self) {
        self.pipeline.stop(&Stop::kill());
    }

    fn finish(self: Box<Self>, event_loop: &mut EventLoop<'a, W>) {
        (self.told)(event_loop, self.pipeline);
    }
}
