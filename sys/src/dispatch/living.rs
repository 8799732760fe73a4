//! What a child is to its loop: [`Living`].

use std::any::Any;

use standpipe_core::Machine;
use standpipe_core::dispatch::Key;
use standpipe_core::process::{ChildEvent, Stop};

use super::{ChildHandler, EventLoop, Life, Resident, Wait};
use crate::Ends;

/// A child of a loop, and who is told of it.
pub(super) struct Living<'a, W: Wait> {
    pub(super) life: Life,
    pub(super) handler: Box<dyn ChildHandler<'a, W> + 'a>,
}

impl<'a, W: Wait> Resident<'a, W> for Living<'a, W> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        self.life.parts()
    }

    fn ends(&self) -> &Ends {
        &self.life.ends
    }

    fn as_any(&mut self) -> Option<&mut dyn Any> {
        Some(&mut self.life)
    }

    fn attend(&mut self, event_loop: &mut EventLoop<'a, W>, _: Key) -> bool {
        let mut touched = false;
        while let Some(event) = self.life.child.next_event() {
            touched = true;
            let (handler, life) = (&mut self.handler, &mut self.life);
            match event {
                ChildEvent::Stopped(signal) => handler.handle_stopped(event_loop, life, signal),
                ChildEvent::Continued => handler.handle_continued(event_loop, life),
                ChildEvent::Step(step) => handler.handle_step(event_loop, life, step),
                _ => {}
            }
        }
        touched
    }

    fn stop(&mut self, event_loop: &mut EventLoop<'a, W>, _: Key) {
        self.handler.handle_stop(event_loop, &mut self.life);
    }

    fn abort(&mut self) {
        self.life.stop_all(Stop::kill());
    }

    fn finish(self: Box<Self>, event_loop: &mut EventLoop<'a, W>) {
        self.handler.handle_exit(event_loop, self.life.ended());
    }

    /// Its ends kill and reap it.
    fn close(mut self: Box<Self>, event_loop: &mut EventLoop<'a, W>) {
        drop(std::mem::take(&mut self.life.ends));
        self.finish(event_loop);
    }
}
