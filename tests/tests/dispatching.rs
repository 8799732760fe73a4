//! Dispatchers in the poll(2) loop of the blocking backend, over real sockets: one thing a test, in one thread unless a test is about
//! several.

mod chats;
mod connecting;
mod events;
mod faults;
mod files;
mod hearing;
mod maps;
mod stopping;
mod timing;
mod tls;
mod turns;
mod upgrading;
