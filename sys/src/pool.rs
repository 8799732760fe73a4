//! The buffers that machines borrow: [`ThreadPool`].

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

use standpipe_core::{Lend, Pool};

thread_local! {
    static POOL: RefCell<Own<'static>> = const { RefCell::new(Own::new(&LEFT)) };
}

/// What threads have left behind, for all: up to eight buffers, 1.1 MiB.
static LEFT: Mutex<Pool> = Mutex::new(Pool::new(8));

/// Lends from the pool of the thread that calls. Whoever moves to another thread while it holds a buffer gives it back
/// there. What a thread has at its end goes to those that come after it: where each connection has a thread, most would
/// else begin by making a buffer, which is to fill 144 KiB with zeros.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThreadPool;

impl Lend for ThreadPool {
    fn take(&mut self) -> Box<[u8]> {
        POOL.with_borrow_mut(Lend::take)
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        POOL.with_borrow_mut(|pool| pool.give(buffer));
    }
}

/// The pool of one thread.
struct Own<'a> {
    pool: Pool,
    left: &'a Mutex<Pool>,
}

impl<'a> Own<'a> {
    const fn new(left: &'a Mutex<Pool>) -> Self {
        Self { pool: Pool::new(8), left }
    }
}

impl Lend for Own<'_> {
    fn take(&mut self) -> Box<[u8]> {
        match self.pool.idle() {
            0 => self.left.lock().unwrap_or_else(PoisonError::into_inner).take(),
            _ => self.pool.take(),
        }
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.pool.give(buffer);
    }
}

impl Drop for Own<'_> {
    fn drop(&mut self) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        while self.pool.idle() > 0 {
            left.give(self.pool.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use standpipe_core::{Lend, Pool};

    use super::Own;

    #[test]
    fn what_one_has_at_its_end_is_lent_to_the_next() {
        let left = Mutex::new(Pool::new(1));
        let mut first = Own::new(&left);
        let mut buffers = [first.take(), first.take()];
        buffers[1][7] = 7;
        buffers.into_iter().for_each(|buffer| first.give(buffer));
        assert_eq!(left.lock().expect("no panic").idle(), 0, "it has them at hand");
        drop(first);
        assert_eq!(left.lock().expect("no panic").idle(), 1, "no more are kept than may be");
        assert_eq!(Own::new(&left).take()[7], 7);
    }
}
