//! The buffers that machines borrow: [`ThreadPool`].

use std::cell::RefCell;

use standpipe_core::{Lend, Pool};

thread_local! {
    static POOL: RefCell<Pool> = RefCell::new(Pool::default());
}

/// Lends from the pool of the thread that calls. Whoever moves to another thread while it holds a buffer gives it back
/// there.
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
