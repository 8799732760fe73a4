//! A server's sessions, in rustls' words.

use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls::server::StoresServerSessions;

use super::{SessionCache, SessionStore};
use crate::tls::WallClock;

/// The most bytes of one session that are kept; the largest part is the client's certificates.
const MOST: usize = 16 << 10;

/// A session, and from which second on it is too old.
pub(super) struct Entry {
    until: u64,
    session: Vec<u8>,
}

impl SessionCache {
    fn put(&mut self, id: Vec<u8>, session: Vec<u8>, now: u64) -> bool {
        if session.len() > MOST {
            return false;
        }
        self.drop_expired(now);
        let until = now.saturating_add(self.lifetime.as_secs());
        self.stats.evicted += self.by_id.insert(id, Entry { until, session });
        true
    }

    /// All live equally long, so the oldest expires first.
    fn drop_expired(&mut self, now: u64) {
        while self.by_id.oldest().is_some_and(|oldest| oldest.until <= now) {
            self.by_id.remove_oldest();
            self.stats.expired += 1;
        }
    }

    fn get(&mut self, id: &[u8], now: u64) -> Option<Vec<u8>> {
        let found = self.by_id.get(id);
        let is_fresh = found.is_some_and(|entry| now < entry.until);
        let session = found.map(|entry| entry.session.clone());
        if session.is_some() && !is_fresh {
            self.by_id.remove(id);
        }
        self.found(session, is_fresh)
    }

    fn take_out(&mut self, id: &[u8], now: u64) -> Option<Vec<u8>> {
        let found = self.by_id.remove(id);
        let is_fresh = found.as_ref().is_some_and(|entry| now < entry.until);
        self.found(found.map(|entry| entry.session), is_fresh)
    }
}

/// Where a server's sessions are kept.
pub(in crate::tls) struct ServerStore {
    pub(in crate::tls) store: Arc<dyn SessionStore>,
    pub(in crate::tls) clock: Arc<dyn WallClock>,
}

impl ServerStore {
    /// Works with the cache, where the time is known.
    fn with<T>(&self, mut work: impl FnMut(&mut SessionCache, u64) -> T) -> Option<T> {
        let now = self.clock.unix_seconds()?;
        let mut done = None;
        self.store.with(&mut |cache| done = Some(work(cache, now)));
        done
    }
}

impl StoresServerSessions for ServerStore {
    fn put(&self, id: Vec<u8>, session: Vec<u8>) -> bool {
        self.with(|cache, now| cache.put(id.clone(), session.clone(), now)).unwrap_or(false)
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.with(|cache, now| cache.get(id, now)).flatten()
    }

    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.with(|cache, now| cache.take_out(id, now)).flatten()
    }

    fn can_cache(&self) -> bool {
        true
    }
}

impl core::fmt::Debug for ServerStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ServerStore")
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use core::time::Duration;

    use super::*;
    use crate::tls::SessionStats;

    fn cache() -> SessionCache {
        SessionCache::new(2, Duration::from_secs(10))
    }

    #[test]
    fn a_session_is_found_until_it_is_too_old() {
        let mut cache = cache();
        assert!(cache.put(vec![1], vec![9], 100));
        assert_eq!(cache.get(&[1], 109), Some(vec![9]));
        assert_eq!((cache.get(&[2], 109), cache.get(&[1], 110), cache.get(&[1], 110)), (None, None, None));
        let expected = SessionStats { kept: 0, hits: 1, misses: 2, expired: 1, evicted: 0 };
        assert_eq!(cache.stats(), expected);
    }

    #[test]
    fn what_is_taken_out_is_found_once() {
        let mut cache = cache();
        assert!(cache.put(vec![1], vec![9], 100));
        assert_eq!((cache.take_out(&[1], 100), cache.take_out(&[1], 100)), (Some(vec![9]), None));
    }

    #[test]
    fn the_old_make_room_before_the_young_must_go() {
        let mut cache = cache();
        for (id, now) in [(1, 100), (2, 105), (3, 110), (4, 111)] {
            assert!(cache.put(vec![id], vec![id], now));
        }
        assert_eq!(
            cache.stats(),
            SessionStats { kept: 2, expired: 1, evicted: 1, ..SessionStats::default() }
        );
        assert_eq!(cache.get(&[4], 111), Some(vec![4]));
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let mut cache = cache();
        assert!(!cache.put(vec![1], vec![0; MOST + 1], 100) && cache.put(vec![1], vec![0; MOST], 100));
    }
}
