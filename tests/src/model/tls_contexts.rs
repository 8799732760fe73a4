//! [`Context`]s: whatever two sides are told, they agree on what a few lines say, or not at all.

use std::sync::{Arc, Mutex};

use arbitrary::Arbitrary;
use standpipe_core::tls::{
    Cipher, Clients, Context, ContextOptions, Group, Identity, Provider, Roots, Session, SessionCache,
    SessionStore, TlsError, Trust, Version,
};
use standpipe_core::{Layer, Negotiated, Pool};

use crate::tls::{At, CERTIFICATE, KEY};

/// What is chosen from; the certificate's key is on an elliptic curve.
const CIPHERS: [&str; 6] = [
    "TLS_AES_256_GCM_SHA384",
    "TLS_AES_128_GCM_SHA256",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
];
const GROUPS: [&str; 3] = ["x25519", "secp256r1", "secp384r1"];

/// What one side is told.
#[derive(Arbitrary, Debug)]
struct Side {
    oldest_is_new: bool,
    newest_is_old: bool,
    ciphers: [Option<u8>; 3],
    groups: [Option<u8>; 2],
    remembers: bool,
}

/// Whether a server asks for a certificate.
#[derive(Arbitrary, Clone, Copy, PartialEq, Eq, Debug)]
enum Asks {
    No,
    Optional,
    Required,
}

#[derive(Arbitrary, Debug)]
struct Setting {
    client: Side,
    server: Side,
    asks: Asks,
    has_own: bool,
}

/// Makes both contexts of the bytes, and has them meet twice.
pub fn check(bytes: &[u8]) {
    let Some((setting, _)) = super::read::<Setting, u8>(bytes) else { return };
    let Setting { client, server, asks, has_own } = &setting;
    let ours = Context::client(Trust::Anybody, has_own.then(identity), client.options());
    let theirs = Context::server(identity(), asks.clients(), server.options());
    assert_eq!(ours.as_ref().err(), client.error().as_ref(), "{setting:?}");
    assert_eq!(theirs.as_ref().err(), server.error().as_ref(), "{setting:?}");
    let (Ok(ours), Ok(theirs)) = (ours, theirs) else { return };

    let agreed = client.agreement(server).filter(|_| *asks != Asks::Required || *has_own);
    for is_resumed in [false, client.remembers && server.remembers] {
        let found = meet(&ours, &theirs);
        let Some(cipher) = agreed else {
            assert_eq!(found, None, "{setting:?}");
            continue;
        };
        let found = found.unwrap_or_else(|| panic!("{setting:?} agree on {cipher}"));
        assert_eq!((found.version, found.cipher), (cipher.version().name(), cipher.name()), "{setting:?}");
        assert_eq!(found.is_resumed, is_resumed, "{setting:?}");
        let is_known = *asks != Asks::No && *has_own;
        assert_eq!(found.peer_certificates.len(), usize::from(is_known), "{setting:?}");
    }
}

impl Side {
    fn versions(&self) -> (Version, Version) {
        let oldest = if self.oldest_is_new { Version::Tls13 } else { Version::Tls12 };
        let newest = if self.newest_is_old { Version::Tls12 } else { Version::Tls13 };
        (oldest, newest)
    }

    fn chosen(&self) -> Vec<Cipher> {
        let name = |choice: &u8| CIPHERS[usize::from(*choice) % CIPHERS.len()];
        self.ciphers.iter().flatten().map(|choice| name(choice).parse().expect("a cipher")).collect()
    }

    fn groups(&self) -> Vec<Group> {
        let name = |choice: &u8| GROUPS[usize::from(*choice) % GROUPS.len()];
        self.groups.iter().flatten().map(|choice| name(choice).parse().expect("a group")).collect()
    }

    fn options(&self) -> ContextOptions {
        let (oldest, newest) = self.versions();
        let resumption = self.remembers.then(|| Arc::new(Shared::default()) as Arc<dyn SessionStore>);
        let (ciphers, groups) = (self.chosen(), self.groups());
        let defaults = ContextOptions::new(Provider::Ring, Arc::new(At));
        ContextOptions { oldest, newest, ciphers, groups, resumption, ..defaults }
    }

    /// Those that it speaks, in its order.
    fn ciphers(&self) -> Vec<Cipher> {
        let chosen = self.chosen();
        let all = if chosen.is_empty() { Provider::Ring.ciphers() } else { chosen };
        let (oldest, newest) = self.versions();
        all.into_iter().filter(|cipher| (oldest..=newest).contains(&cipher.version())).collect()
    }

    fn error(&self) -> Option<TlsError> {
        let (oldest, newest) = self.versions();
        if oldest > newest {
            return Some(TlsError::Versions { oldest, newest });
        }
        self.ciphers().is_empty().then_some(TlsError::NoCipher)
    }

    /// As a client, what it agrees on with this server: the newest version comes first, whether or not there is a cipher
    /// in common then.
    fn agreement(&self, server: &Self) -> Option<Cipher> {
        let (ours, theirs) = (self.ciphers(), server.ciphers());
        let speaks = |all: &[Cipher], version| all.iter().any(|cipher| cipher.version() == version);
        let version = [Version::Tls13, Version::Tls12]
            .into_iter()
            .find(|version| speaks(&ours, *version) && speaks(&theirs, *version))?;
        let (our_groups, their_groups) = (self.groups(), server.groups());
        let has_group = our_groups.is_empty()
            || their_groups.is_empty()
            || our_groups.iter().any(|group| their_groups.contains(group));
        let (first, second) = if server.chosen().is_empty() { (ours, theirs) } else { (theirs, ours) };
        let is_usable = |cipher: &Cipher| cipher.version() == version && !cipher.name().contains("_RSA_");
        let mut common = first.into_iter().filter(|cipher| is_usable(cipher) && second.contains(cipher));
        common.next().filter(|_| has_group)
    }
}

impl Asks {
    fn clients(self) -> Option<Clients> {
        let mut roots = Roots::default();
        roots.add_pem(CERTIFICATE).expect("a certificate");
        match self {
            Self::No => None,
            Self::Optional => Some(Clients::optional(roots)),
            Self::Required => Some(Clients::required(roots)),
        }
    }
}

fn identity() -> Identity {
    Identity::from_pem(CERTIFICATE, KEY).expect("a pair")
}

#[derive(Default)]
struct Shared(Mutex<SessionCache>);

impl SessionStore for Shared {
    fn with(&self, work: &mut dyn FnMut(&mut SessionCache)) {
        work(&mut self.0.lock().expect("nobody panics with it"));
    }
}

/// What the server tells, if both got through.
fn meet(client: &Context, server: &Context) -> Option<Negotiated> {
    let mut client = Session::client(client, "localhost").expect("a client's context and a name");
    let mut server = Session::server(server).expect("a server's context");
    let mut pool = Pool::default();
    client.start();
    while carry(&mut client, &mut server, &mut pool) | carry(&mut server, &mut client, &mut pool) {}
    assert_eq!(client.fault().is_some(), server.fault().is_some(), "{client:?} {server:?}");
    if server.fault().is_some() {
        return None;
    }
    let (ours, theirs) = (client.negotiated().expect("a client's"), server.negotiated().expect("a server's"));
    assert_eq!((ours.is_resumed, &ours.cipher), (theirs.is_resumed, &theirs.cipher));
    Some(theirs)
}

fn carry(from: &mut Session, to: &mut Session, pool: &mut Pool) -> bool {
    if !from.wants_write() || !to.wants_read() {
        return false;
    }
    let window = to.window(pool);
    let n = from.pending().len().min(window.len());
    window[..n].copy_from_slice(&from.pending()[..n]);
    to.handle_read(n);
    from.handle_written(n);
    true
}
