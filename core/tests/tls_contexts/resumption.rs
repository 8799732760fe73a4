//! Sessions that are taken up again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use standpipe_core::Layer;
use standpipe_core::tls::{
    Clients, Context, ContextOptions, Identity, SessionCache, SessionStats, SessionStore, TlsError, Trust,
    Version, WallClock,
};

use super::made::{Authority, Met, NOON, options, params};

const VERSIONS: [Version; 2] = [Version::Tls12, Version::Tls13];
const MINUTE: Duration = Duration::from_secs(60);

struct Shared(Mutex<SessionCache>);

impl SessionStore for Shared {
    fn with(&self, work: &mut dyn FnMut(&mut SessionCache)) {
        work(&mut self.0.lock().unwrap());
    }
}

impl Shared {
    fn new(cache: SessionCache) -> Arc<Self> {
        Arc::new(Self(Mutex::new(cache)))
    }

    fn stats(&self) -> SessionStats {
        self.0.lock().unwrap().stats()
    }
}

/// A clock that a test sets.
struct Hand(AtomicU64);

impl WallClock for Hand {
    fn unix_seconds(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed))
    }
}

/// Two contexts that remember, and what they do.
struct Remembering {
    root: Authority,
    clock: Arc<Hand>,
    ours: Arc<Shared>,
    theirs: Arc<Shared>,
    client: Context,
    server: Context,
}

impl Remembering {
    fn new(version: Version) -> Self {
        Self::by(version, SessionCache::default(), SessionCache::default())
    }

    fn by(version: Version, ours: SessionCache, theirs: SessionCache) -> Self {
        let (root, clock) = (Authority::root("root"), Arc::new(Hand(AtomicU64::new(NOON))));
        let (ours, theirs) = (Shared::new(ours), Shared::new(theirs));
        let identity = root.identity(&["localhost", "other.example"]);
        let server = Context::server(identity, None, remembering(version, &clock, &theirs));
        let client = remembering(version, &clock, &ours);
        let client = Context::client(Trust::Roots(root.roots()), None, client);
        let (client, server) = (client.expect("a client's context"), server.expect("a server's context"));
        Self { root, clock, ours, theirs, client, server }
    }

    /// Whether the next handshake resumes a session; both sides say the same.
    fn resumes(&self) -> bool {
        is_resumed(&Met::new(&self.client, &self.server))
    }

    fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn remembering(version: Version, clock: &Arc<Hand>, store: &Arc<Shared>) -> ContextOptions {
    ContextOptions {
        oldest: version,
        newest: version,
        clock: clock.clone(),
        resumption: Some(store.clone()),
        ..options()
    }
}

fn is_resumed(met: &Met) -> bool {
    let told = met.client.negotiated().expect("the handshake is over");
    assert_eq!(told.peer_certificates.len(), 1, "the server's, resumed or not");
    assert_eq!(told.is_resumed, met.agreed().is_resumed);
    told.is_resumed
}

/// SSL-100.
#[test]
fn the_second_handshake_resumes_the_first() {
    for version in VERSIONS {
        let both = Remembering::new(version);
        assert_eq!([both.resumes(), both.resumes(), both.resumes()], [false, true, true], "{version}");
        let (ours, theirs) = (both.ours.stats(), both.theirs.stats());
        assert_eq!((ours.kept, ours.hits, ours.misses), (1, 2, 1), "{version}");
        assert_eq!((theirs.hits, theirs.expired, theirs.evicted), (2, 0, 0), "{version}");
        assert!(theirs.kept > 0, "{version}");
    }
}

#[test]
fn nothing_is_resumed_unless_both_remember() {
    for version in VERSIONS {
        let both = Remembering::new(version);
        let plain = || ContextOptions { oldest: version, newest: version, ..options() };
        let server = Context::server(both.root.identity(&["localhost"]), None, plain()).expect("a context");
        let client = Context::client(Trust::Roots(both.root.roots()), None, plain()).expect("a context");
        for (client, server) in [(&both.client, &server), (&client, &both.server), (&client, &server)] {
            for _ in 0..3 {
                assert!(!is_resumed(&Met::new(client, server)), "{version}");
            }
        }
    }
}

/// SSL-100: `timeouts`.
#[test]
fn a_session_that_is_too_old_is_not_resumed() {
    for version in VERSIONS {
        for is_ours in [false, true] {
            let caches = [SessionCache::default(), SessionCache::new(16, MINUTE)];
            let [ours, theirs] = if is_ours {
                let [long, short] = caches;
                [short, long]
            } else {
                caches
            };
            let both = Remembering::by(version, ours, theirs);
            assert!(!both.resumes());
            both.pass(59);
            assert!(both.resumes(), "{version}");
            both.pass(61);
            assert!(!both.resumes(), "{version}");
            let stats = if is_ours { both.ours.stats() } else { both.theirs.stats() };
            assert!(stats.expired > 0, "{version} {is_ours}");
            both.pass(59);
            assert!(both.resumes(), "a fresh one: {version}");
        }
    }
}

/// SSL-100: `cache_full`.
#[test]
fn a_full_cache_forgets_what_came_first() {
    for version in VERSIONS {
        let both = Remembering::by(version, SessionCache::default(), SessionCache::new(2, MINUTE));
        assert!(!both.resumes());
        let stranger = Context::client(Trust::Roots(both.root.roots()), None, {
            remembering(version, &both.clock, &Shared::new(SessionCache::default()))
        });
        let stranger = stranger.expect("a context");
        for name in ["localhost", "other.example"] {
            assert!(!is_resumed(&Met::by_name(&stranger, &both.server, name)));
        }
        assert!(!both.resumes(), "{version}");
        let stats = both.theirs.stats();
        assert!(stats.kept <= 2 && stats.evicted > 0, "{version}");
    }
}

#[test]
fn a_session_is_of_one_server_alone() {
    for version in VERSIONS {
        let both = Remembering::new(version);
        assert!(!both.resumes());
        assert!(!is_resumed(&Met::by_name(&both.client, &both.server, "other.example")), "{version}");
        assert!(both.resumes(), "{version}");
    }
}

#[test]
fn who_was_forgotten_makes_a_whole_handshake() {
    for version in VERSIONS {
        let both = Remembering::new(version);
        assert!(!both.resumes());
        both.theirs.0.lock().unwrap().clear();
        assert!(!both.resumes(), "{version}");
        assert!(both.theirs.stats().misses > 0, "{version}");
        assert!(both.resumes(), "{version}");
    }
}

#[test]
fn a_client_that_resumes_is_told_by_its_certificate() {
    for version in VERSIONS {
        let both = Remembering::new(version);
        let (der, key) = both.root.issue(params(&["alice"]));
        let own = Identity::from_der(vec![der.clone()], key).expect("a pair");
        let stores = [(); 2].map(|()| Shared::new(SessionCache::default()));
        let options = |store| remembering(version, &both.clock, store);
        let client = Context::client(Trust::Roots(both.root.roots()), Some(own), options(&stores[0]));
        let clients = Some(Clients::required(both.root.roots()));
        let server = Context::server(both.root.identity(&["localhost"]), clients, options(&stores[1]));
        let (client, server) = (client.expect("a context"), server.expect("a context"));
        for is_resumed in [false, true] {
            let agreed = Met::new(&client, &server).agreed();
            assert_eq!((agreed.is_resumed, agreed.peer_certificates), (is_resumed, vec![der.clone()]));
        }
    }
}

#[test]
fn a_store_is_one_contexts_own() {
    let both = Remembering::new(Version::Tls13);
    let options = || remembering(Version::Tls13, &both.clock, &both.theirs);
    let server = Context::server(both.root.identity(&["localhost"]), None, options());
    let client = Context::client(Trust::Anybody, None, options());
    assert_eq!([server.err(), client.err()], [Some(TlsError::StoreInUse), Some(TlsError::StoreInUse)]);
}
