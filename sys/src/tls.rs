//! What TLS asks of the system: [`SystemClock`], its roots, and the locks of [`SharedSessions`] and [`SharedContext`].

mod agreed;
mod roots;
mod shared;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use standpipe_core::tls::{SessionCache, SessionStats, SessionStore, WallClock};

pub use roots::{default_client_context, system_roots};
pub use shared::SharedContext;

/// The system's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl WallClock for SystemClock {
    fn unix_seconds(&self) -> Option<u64> {
        UNIX_EPOCH.elapsed().ok().map(|since| since.as_secs())
    }
}

/// Remembers the sessions of one context for all threads.
///
/// ```
/// # #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
/// # {
/// use std::sync::Arc;
/// use standpipe_core::tls::{SessionCache, SessionStore};
/// use standpipe_sys::tls::SharedSessions;
///
/// let sessions = Arc::new(SharedSessions::default());
/// let resumption: Option<Arc<dyn SessionStore>> = Some(sessions.clone()); // a field of ContextOptions
/// assert_eq!(sessions.stats().hits, 0);
/// # let _ = resumption;
/// # }
/// ```
#[derive(Debug, Default)]
pub struct SharedSessions(Mutex<SessionCache>);

impl SharedSessions {
    /// Remembers them in this cache.
    pub fn new(cache: SessionCache) -> Self {
        Self(Mutex::new(cache))
    }

    /// What became of them so far.
    pub fn stats(&self) -> SessionStats {
        self.lock().stats()
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// A thread that panicked has left nothing half-done: the cache does one thing at a time.
    fn lock(&self) -> MutexGuard<'_, SessionCache> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for SharedSessions {
    fn with(&self, work: &mut dyn FnMut(&mut SessionCache)) {
        work(&mut self.lock());
    }
}
