//! The one handler, and what it knows of each signal: [`handle`], [`tell`].

use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::thread;

use libc::{c_int, c_void, siginfo_t};
use standpipe_core::signal::Signal;

use super::action::Action;
use super::sink::Sink;

/// What the handler knows of a signal. It is never changed, only exchanged as a whole.
pub(super) struct Told {
    /// What was in place when the handler was put there.
    pub(super) beneath: Action,
    /// Whom it tells.
    pub(super) sinks: Vec<Arc<Sink>>,
}

/// What the handler reads without a lock, and how long it reads.
///
/// What it read before an exchange is dropped when no handler that has begun before it still runs. Handlers are counted in
/// one of two counters, by turns, so that those which begin while we wait cannot keep us waiting.
struct Cell {
    told: AtomicPtr<Told>,
    turn: AtomicUsize,
    readers: [AtomicUsize; 2],
}

static CELLS: [Cell; Signal::NSIG as usize - 1] = [const { Cell::new() }; Signal::NSIG as usize - 1];

/// What the kernel calls. Async-signal-safe: no allocation, no lock, no panic; `errno` is kept (SIG-40).
pub(super) extern "C" fn handle(number: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the place of this thread's errno.
    let errno = unsafe { *libc::__errno_location() };
    if let Some(signal) = Signal::new(number) {
        handle_signal(signal, info, context);
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

fn handle_signal(signal: Signal, info: *mut siginfo_t, context: *mut c_void) {
    let read = cell(signal).read(|told| {
        let ours = || told.sinks.iter().filter(|sink| sink.is_ours());
        ours().for_each(|sink| sink.tell(signal));
        (told.beneath, ours().next().is_some())
    });
    match read {
        // The one beneath is called when the cell is left: it may take long, or never return.
        Some((beneath, true)) => beneath.call(signal, info, context),
        Some((beneath, false)) => beneath.act(signal, info, context),
        None => {}
    }
}

/// Exchanges what the handler knows of a signal. Calls are one after the other, under the table's lock, and none is made
/// by a handler.
pub(super) fn tell(signal: Signal, told: Told) {
    cell(signal).exchange(told);
}

fn cell(signal: Signal) -> &'static Cell {
    &CELLS[signal.number() as usize - 1]
}

impl Cell {
    const fn new() -> Self {
        Self {
            told: AtomicPtr::new(null_mut()),
            turn: AtomicUsize::new(0),
            readers: [AtomicUsize::new(0), AtomicUsize::new(0)],
        }
    }

    /// Async-signal-safe.
    fn read<T>(&self, look: impl FnOnce(&Told) -> T) -> Option<T> {
        let readers = &self.readers[self.turn.load(Ordering::SeqCst) & 1];
        readers.fetch_add(1, Ordering::SeqCst);
        // SAFETY: what is in the cell came from a box, and is dropped only when we have left the counter.
        let looked = unsafe { self.told.load(Ordering::SeqCst).as_ref() }.map(look);
        readers.fetch_sub(1, Ordering::SeqCst);
        looked
    }

    /// Returns when nobody reads what was there before.
    fn exchange(&self, told: Told) {
        let old = self.told.swap(Box::into_raw(Box::new(told)), Ordering::SeqCst);
        self.wait_for_readers();
        if !old.is_null() {
            // SAFETY: it came from a box, is no longer in the cell, and whoever has read it there is gone.
            drop(unsafe { Box::from_raw(old) });
        }
    }

    /// Waits until each counter was seen empty: whoever has read before is in one of the two.
    fn wait_for_readers(&self) {
        for _ in 0..2 {
            let before = self.turn.fetch_add(1, Ordering::SeqCst) & 1;
            while self.readers[before].load(Ordering::SeqCst) > 0 {
                thread::yield_now();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::thread;
    use std::time::Duration;

    use standpipe_core::signal::Signal;

    use super::{Action, Cell, Told};

    fn told() -> Told {
        Told { beneath: Action::in_place(Signal::USR1).expect("a signal"), sinks: Vec::new() }
    }

    #[test]
    fn what_is_read_is_not_dropped() {
        let cell = Cell::new();
        cell.exchange(told());
        let ((go, went), (is_in, inside)) = (channel::<()>(), channel());
        let (done, exchanged) = channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let wait = move |_: &Told| {
                    is_in.send(()).expect("somebody waits");
                    went.recv()
                };
                cell.read(wait)
            });
            inside.recv().expect("it reads");
            scope.spawn(|| {
                cell.exchange(told());
                done.send(()).expect("somebody waits");
            });
            let early = exchanged.recv_timeout(Duration::from_millis(100));
            go.send(()).expect("it waits");
            assert_eq!(early, Err(RecvTimeoutError::Timeout));
            exchanged.recv_timeout(Duration::from_secs(60)).expect("nobody reads any more");
        });
    }
}
