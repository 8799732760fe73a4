//! A client's sessions, in rustls' words.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

use super::{SessionCache, SessionStore};
use crate::tls::WallClock;

/// The most tickets that are kept of one server; the newest are the last to be refused.
const MOST_TICKETS: usize = 4;

/// What is known of a server. Sessions come with the second from which on they are too old.
#[derive(Default)]
pub(super) struct Server {
    /// The group that it took last.
    group: Option<NamedGroup>,
    session: Option<(u64, Tls12ClientSessionValue)>,
    /// The newest last. Each is used once.
    tickets: VecDeque<(u64, Tls13ClientSessionValue)>,
}

impl SessionCache {
    fn edit(&mut self, name: String, edit: impl FnOnce(&mut Server)) {
        match self.by_name.get_mut(&name) {
            Some(server) => edit(server),
            None => {
                let mut server = Server::default();
                edit(&mut server);
                self.stats.evicted += self.by_name.insert(name, server);
            }
        }
    }

    /// A ticket; that there is none says nothing, since an older session is asked for next.
    fn take_ticket(&mut self, name: &str, now: u64) -> Option<Tls13ClientSessionValue> {
        loop {
            let (until, ticket) = self.by_name.get_mut(name)?.tickets.pop_back()?;
            if let Some(ticket) = self.found(Some(ticket), now < until) {
                return Some(ticket);
            }
        }
    }

    fn session(&mut self, name: &str, now: u64) -> Option<Tls12ClientSessionValue> {
        let kept = self.by_name.get_mut(name).map(|server| &mut server.session);
        let is_fresh = kept.as_ref().and_then(|kept| kept.as_ref()).is_some_and(|(until, _)| now < *until);
        let found = match kept {
            Some(kept) if is_fresh => kept.clone(),
            Some(kept) => kept.take(),
            None => None,
        };
        self.found(found.map(|(_, session)| session), is_fresh)
    }
}

/// Where a client's sessions are kept.
pub(in crate::tls) struct ClientStore {
    pub(in crate::tls) store: Arc<dyn SessionStore>,
    pub(in crate::tls) clock: Arc<dyn WallClock>,
}

impl ClientStore {
    /// Works with what is kept of a server, where the time is known.
    fn with<T>(
        &self,
        name: &ServerName<'_>,
        work: impl FnOnce(&mut SessionCache, String, u64) -> T,
    ) -> Option<T> {
        let now = self.clock.unix_seconds()?;
        let (mut work, mut done) = (Some(work), None);
        self.store.with(&mut |cache| done = work.take().map(|work| work(cache, key(name), now)));
        done
    }
}

/// Names as they compare.
fn key(name: &ServerName<'_>) -> String {
    match name {
        ServerName::DnsName(name) => name.as_ref().to_ascii_lowercase(),
        address => alloc::format!("{address:?}"),
    }
}

impl ClientSessionStore for ClientStore {
    fn set_kx_hint(&self, name: ServerName<'static>, group: NamedGroup) {
        self.with(&name, |cache, name, _| cache.edit(name, |server| server.group = Some(group)));
    }

    fn kx_hint(&self, name: &ServerName<'_>) -> Option<NamedGroup> {
        self.with(name, |cache, name, _| cache.by_name.get(&name).and_then(|server| server.group)).flatten()
    }

    fn set_tls12_session(&self, name: ServerName<'static>, session: Tls12ClientSessionValue) {
        self.with(&name, |cache, name, now| {
            let until = now.saturating_add(cache.lifetime.as_secs());
            cache.edit(name, |server| server.session = Some((until, session)));
        });
    }

    fn tls12_session(&self, name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.with(name, |cache, name, now| cache.session(&name, now)).flatten()
    }

    fn remove_tls12_session(&self, name: &ServerName<'static>) {
        self.with(name, |cache, name, _| cache.by_name.get_mut(&name).map(|server| server.session = None));
    }

    fn insert_tls13_ticket(&self, name: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        self.with(&name, |cache, name, now| {
            let until = now.saturating_add(cache.lifetime.as_secs());
            cache.edit(name, |server| {
                if server.tickets.len() == MOST_TICKETS {
                    server.tickets.pop_front();
                }
                server.tickets.push_back((until, ticket));
            });
        });
    }

    fn take_tls13_ticket(&self, name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.with(name, |cache, name, now| cache.take_ticket(&name, now)).flatten()
    }
}

impl core::fmt::Debug for ClientStore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ClientStore")
    }
}
