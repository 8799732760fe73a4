//! Taking sessions up again: [`SessionCache`], and [`SessionStore`], which lends it out.

mod client;
mod kept;
mod server;

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use client::Server;
use kept::Kept;

pub(super) use client::ClientStore;
pub(super) use server::ServerStore;

/// What is remembered of earlier sessions, so that the next handshake with the same peer is shorter: no certificate is
/// sent and none checked. It is memory alone, and bounded: by a number of sessions on a server, 16 KiB each at most, by
/// one of servers on a client. What came first goes first.
///
/// It belongs to one context, by [`ContextOptions::resumption`](crate::tls::ContextOptions::resumption): two that ask
/// different things of their clients would let those of one in at the other. A context that replaces another begins with an
/// empty one. Whatever a client's certificate was checked for counts for as long as the session is remembered; a
/// certificate that has been revoked since is not noticed.
///
/// In TLS 1.3 every resumption exchanges fresh keys, and a ticket, which is nothing but a random number, is used once.
/// In TLS 1.2 whoever reads this memory can read the sessions that were resumed from it. Data is never sent early,
/// before the handshake is over: it could be replayed.
///
/// Follows SSL-100.
///
/// ```
/// use std::sync::Mutex;
#[doc = include_str!("made.in")]
/// struct Shared(Mutex<SessionCache>);
///
/// impl SessionStore for Shared {
///     fn with(&self, work: &mut dyn FnMut(&mut SessionCache)) {
///         work(&mut self.0.lock().unwrap());
///     }
/// }
///
/// let sessions = Arc::new(Shared(Mutex::new(SessionCache::default())));
/// let resuming = || ContextOptions { resumption: Some(sessions.clone()), ..options() };
/// let server = Context::server(Identity::from_pem(&chain, &key)?, None, resuming())?;
/// assert_eq!(sessions.0.lock().unwrap().stats(), SessionStats::default());
///
/// let second = Context::client(Trust::Anybody, None, resuming());
/// assert!(matches!(second, Err(TlsError::StoreInUse)));
/// # Ok::<(), TlsError>(())
/// ```
pub struct SessionCache {
    lifetime: Duration,
    is_taken: bool,
    /// A server's, by session id or ticket.
    by_id: Kept<Vec<u8>, server::Entry>,
    /// A client's, by the name of the server.
    by_name: Kept<String, Server>,
    stats: SessionStats,
}

/// Lends a [`SessionCache`] to one session at a time. That takes a lock, which core does not have; whoever has one thread
/// has none to wait for.
///
/// ```
/// use std::sync::Mutex;
/// use standpipe_core::tls::{SessionCache, SessionStore};
///
/// struct Shared(Mutex<SessionCache>);
///
/// impl SessionStore for Shared {
///     fn with(&self, work: &mut dyn FnMut(&mut SessionCache)) {
///         work(&mut self.0.lock().unwrap());
///     }
/// }
/// # let _ = Shared(Mutex::new(SessionCache::default()));
/// ```
pub trait SessionStore: Send + Sync {
    /// Does the work, once, while nobody else has the cache.
    fn with(&self, work: &mut dyn FnMut(&mut SessionCache));
}

/// What became of sessions that were to be resumed. Handshakes are counted by whoever makes them: each has one
/// [`Negotiated`](crate::Negotiated), which tells whether it was a resumption.
///
/// Follows SSL-100.
///
/// ```
/// use standpipe_core::tls::SessionStats;
///
/// assert_eq!(SessionStats::default().hits, 0);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct SessionStats {
    /// How many sessions a server remembers, or how many servers a client does: `number`.
    pub kept: usize,
    /// How often one was found: `hits`.
    pub hits: u64,
    /// How often none was: `misses`. A client's first handshake with a server is one.
    pub misses: u64,
    /// How many were too old: `timeouts`.
    pub expired: u64,
    /// How many had to go for the sake of newer ones: `cache_full`.
    pub evicted: u64,
}

impl SessionCache {
    /// Remembers so many, each for so long, of which TLS allows seven days at most (RFC 8446, 4.6.1). None at all is
    /// allowed, and no resumption.
    ///
    /// ```
    /// use core::time::Duration;
    /// use standpipe_core::tls::SessionCache;
    ///
    /// let small = SessionCache::new(16, Duration::from_secs(300));
    /// assert_eq!(small.stats().kept, 0);
    /// ```
    pub fn new(limit: usize, lifetime: Duration) -> Self {
        Self {
            lifetime: lifetime.min(LONGEST),
            is_taken: false,
            by_id: Kept::new(limit),
            by_name: Kept::new(limit),
            stats: SessionStats::default(),
        }
    }

    /// What became of them so far.
    ///
    /// ```
    /// use standpipe_core::tls::{SessionCache, SessionStats};
    ///
    /// assert_eq!(SessionCache::default().stats(), SessionStats::default());
    /// ```
    pub fn stats(&self) -> SessionStats {
        SessionStats { kept: self.by_id.len() + self.by_name.len(), ..self.stats }
    }

    /// Forgets all sessions, such as those of clients that shall have to show their certificates again.
    ///
    /// ```
    /// use standpipe_core::tls::SessionCache;
    ///
    /// let mut cache = SessionCache::default();
    /// cache.clear();
    /// assert_eq!(cache.stats().kept, 0);
    /// ```
    pub fn clear(&mut self) {
        self.by_id.clear();
        self.by_name.clear();
    }

    /// Makes it one context's; `false` if it is another's.
    pub(super) fn take(&mut self) -> bool {
        !core::mem::replace(&mut self.is_taken, true)
    }

    /// Counts what was looked for, and not found where it was too old.
    fn found<T>(&mut self, found: Option<T>, is_fresh: bool) -> Option<T> {
        self.stats.hits += u64::from(found.is_some() && is_fresh);
        self.stats.misses += u64::from(found.is_none());
        self.stats.expired += u64::from(found.is_some() && !is_fresh);
        found.filter(|_| is_fresh)
    }
}

/// RFC 8446, 4.6.1.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Default for SessionCache {
    /// 1024 of them, each for two hours.
    fn default() -> Self {
        Self::new(1024, Duration::from_secs(2 * 60 * 60))
    }
}

impl core::fmt::Debug for SessionCache {
    /// Without the sessions, which are secrets.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SessionCache").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
