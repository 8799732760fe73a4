//! TLS streams of the backends as library types: what their readers, writers and halves promise.

mod contexts;
mod futures;
mod halves;
mod handshakes;
mod kinds;
mod side;
mod tasks;
mod timeouts;
mod unwrapping;
mod upgrades;
