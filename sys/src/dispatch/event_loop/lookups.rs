//! Names that are looked up beside a loop: [`Lookups`].

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use standpipe_core::dispatch::Key;
use standpipe_core::signal::{Signal, SignalSet};
use standpipe_core::socket::{Operation, SocketError};

use crate::Control;
use crate::signals::Blocked;
use crate::socket::{Candidate, Destination, error};

/// So many threads look names up for one loop; what is over that waits for one of them.
const THREADS: usize = 4;

/// What a look-up came to.
pub(super) type Found = Result<Vec<Candidate>, SocketError>;

/// Names that are looked up for a loop, by threads of their own, since getaddrinfo(3) waits. A thread is begun when there is a name
/// to be looked up, and ends when there is none. What waits when the loop is dropped is not looked up any more; a call that
/// is under way cannot be taken back, and its thread ends with it.
#[derive(Debug)]
pub(super) struct Lookups {
    desk: Arc<Desk>,
    found: Receiver<(Key, Found)>,
    tell: Sender<(Key, Found)>,
}

/// What the threads share.
#[derive(Debug)]
struct Desk {
    queue: Mutex<Queue>,
    /// Ends the wait of the loop.
    control: Control,
}

#[derive(Debug, Default)]
struct Queue {
    names: VecDeque<(Key, Destination)>,
    threads: usize,
}

impl Lookups {
    pub(super) fn new(control: Control) -> Self {
        let (tell, found) = channel();
        Self { desk: Arc::new(Desk { queue: Mutex::default(), control }), found, tell }
    }

    /// Looks a name up; what it comes to is found by this key. No thread to do so is such an answer as well.
    pub(super) fn ask(&self, key: Key, name: Destination) {
        let mut queue = self.desk.queue();
        queue.names.push_back((key, name));
        if queue.threads == THREADS {
            return;
        }
        match self.hire() {
            Ok(()) => queue.threads += 1,
            Err(error) if queue.threads == 0 => {
                queue.names.clear();
                let _ = self.tell.send((key, Err(error::system(Operation::Name, &error))));
            }
            // Those who are there come to it.
            Err(_) => {}
        }
    }

    /// Nobody waits for the answer any more.
    pub(super) fn forget(&self, key: Key) {
        self.desk.queue().names.retain(|(waiting, _)| *waiting != key);
    }

    /// The next answer.
    pub(super) fn next(&self) -> Option<(Key, Found)> {
        self.found.try_recv().ok()
    }

    fn hire(&self) -> io::Result<()> {
        let (desk, tell) = (self.desk.clone(), self.tell.clone());
        let thread = thread::Builder::new().name("look-up".into());
        thread.spawn(move || desk.serve(&tell)).map(drop)
    }
}

impl Drop for Lookups {
    fn drop(&mut self) {
        self.desk.queue().names.clear();
    }
}

impl Desk {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, tell: &Sender<(Key, Found)>) {
        // They are for threads that know of them.
        let _blocked = Blocked::new(SignalSet::FULL);
        while let Some((key, name)) = self.next() {
            if tell.send((key, name.look_up())).is_ok() {
                self.control.ask(Signal::CHLD);
            }
        }
    }

    /// The next name. Where there is none, the thread that has asked is counted no more.
    fn next(&self) -> Option<(Key, Destination)> {
        let mut queue = self.queue();
        let next = queue.names.pop_front();
        queue.threads -= usize::from(next.is_none());
        next
    }
}
