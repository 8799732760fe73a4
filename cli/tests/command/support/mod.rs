//! What the tests stand on: processes with bounded waits, servers, clients, terminals, and a look at the system.

mod client;
mod collected;
mod process;
mod server;
mod system;
mod terminal;
mod tls;

pub(crate) use client::{Client, assert_same, payload};
pub(crate) use collected::Collected;
pub(crate) use process::{Ended, Process, command, finish, finish_with, standpipe, with_descriptor_3};
pub(crate) use server::Server;
pub(crate) use system::{
    children, descriptors, eventually, flags, is_alive, is_missing, signal, skip, threads,
};
pub(crate) use terminal::{on_terminal, terminal_input};
pub(crate) use tls::{Certificate, connect, python3, secure};

/// The bound of every wait. Reached only by a test that fails.
pub(crate) const LIMIT: std::time::Duration = std::time::Duration::from_secs(60);

/// The command under test.
pub(crate) const STANDPIPE: &str = env!("CARGO_BIN_EXE_standpipe");

/// Makes a test for each runtime of a function that takes a runtime's name.
macro_rules! on_every_runtime {
    ($($name:ident)*) => {
        $(mod $name {
            #[test]
            fn blocking() {
                super::$name("blocking");
            }

            #[test]
            fn mio() {
                super::$name("mio");
            }

            #[test]
            fn smol() {
                super::$name("smol");
            }
        })*
    };
}

pub(crate) use on_every_runtime;
