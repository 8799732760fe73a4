//! A server with all its connections in one loop: [`serve`].

use std::io;

use standpipe_core::Machine;
use standpipe_sys::{Ends, Front, Served};

use crate::{Key, Loop, Task, Turned};

/// Serves every connection in one loop, until the front was asked to stop and the connections have drained.
///
/// # Errors
/// Waiting failed, or the descriptor limit before the first connection.
pub fn serve(front: Front<'_>) -> io::Result<()> {
    let mut event_loop = Loop::new()?;
    event_loop.set_budget(front.budget());
    let front = event_loop.insert(Job::Front(Box::new(front)))?;
    Server { event_loop, front }.run()
}

struct Server<'a> {
    event_loop: Loop<Job<'a>>,
    front: Key,
}

enum Job<'a> {
    Front(Box<Front<'a>>),
    Connection(Box<Served>),
}

impl Task for Job<'_> {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        match self {
            Self::Front(front) => front.parts(),
            Self::Connection(served) => served.parts(),
        }
    }
}

impl<'a> Server<'a> {
    fn run(mut self) -> io::Result<()> {
        while let Some(turned) = self.event_loop.next()? {
            match turned {
                Turned::Done(key) if key == self.front => return Ok(()),
                Turned::Events(key) if key == self.front => self.attend(),
                Turned::Done(key) => self.ended(key),
                Turned::Events(key) => self.attend_connection(key),
            }
        }
        Ok(())
    }

    fn front(&mut self) -> Option<&mut Front<'a>> {
        match self.event_loop.get_mut(self.front) {
            Some(Job::Front(front)) => Some(front),
            _ => None,
        }
    }

    fn attend(&mut self) {
        if self.front().is_some_and(Front::must_abort) {
            self.abort();
        }
        while let Some(served) = self.front().and_then(Front::next_served) {
            let peer = served.peer.clone();
            let inserted = self.event_loop.insert(Job::Connection(Box::new(served)));
            if let (Err(error), Some(front)) = (inserted, self.front()) {
                front.lost(peer, error);
            }
        }
    }

    fn abort(&mut self) {
        for key in self.event_loop.keys() {
            if let Some(Job::Connection(served)) = self.event_loop.get_mut(key) {
                served.relay.abort();
            }
        }
    }

    fn attend_connection(&mut self, key: Key) {
        let added = match self.event_loop.get_mut(key) {
            Some(Job::Connection(served)) => served.attend(),
            _ => false,
        };
        if !added {
            return;
        }
        let registered = self.event_loop.register(key);
        if let Err(error) = registered
            && let Some(Job::Connection(served)) = self.event_loop.remove(key)
            && let Some(front) = self.front()
        {
            front.lost(served.peer, error);
        }
    }

    fn ended(&mut self, key: Key) {
        let Some(Job::Connection(served)) = self.event_loop.remove(key) else { return };
        if let (Some(verdict), Some(front)) = (served.verdict(), self.front()) {
            front.ended(verdict);
        }
    }
}
