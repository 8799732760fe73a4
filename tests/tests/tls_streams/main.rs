//! TLS streams of the backends as library types: what their readers, writers and halves promise.

mod endings;
mod halves;
mod handshakes;
mod side;
mod tasks;
