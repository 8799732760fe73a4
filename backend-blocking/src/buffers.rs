//! Whose buffers a waiter lends: [`Buffers`].

use std::sync::{Arc, Mutex, PoisonError};

use standpipe_core::{Lend, Pool};
use standpipe_sys::ThreadPool;

/// Whose buffers a waiter lends.
#[derive(Clone, Debug)]
pub(crate) enum Buffers {
    /// Those of the thread it runs in.
    Thread(ThreadPool),
    /// Those of all connections of a server. With a thread for each, a pool of its own would keep buffers for a connection
    /// that is idle.
    Shared(Arc<Mutex<Pool>>),
}

impl Buffers {
    /// Shared by whoever has a clone.
    pub(crate) fn shared() -> Self {
        Self::Shared(Arc::default())
    }
}

impl Lend for Buffers {
    fn take(&mut self) -> Box<[u8]> {
        match self {
            Self::Thread(pool) => pool.take(),
            Self::Shared(pool) => pool.lock().unwrap_or_else(PoisonError::into_inner).take(),
        }
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        match self {
            Self::Thread(pool) => pool.give(buffer),
            Self::Shared(pool) => pool.lock().unwrap_or_else(PoisonError::into_inner).give(buffer),
        }
    }
}
