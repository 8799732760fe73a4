//! An echo server in a mio loop: the second example of Python's asyncore (17.6.2).
//!
//! Try `cargo run --example echo_server 127.0.0.1:8007`, and `nc 127.0.0.1 8007`.

use std::error::Error;
use std::io;

use standpipe_mio::dispatch;

#[path = "../../sys/examples/loops/echo_server.rs"]
mod echo_server;

fn main() -> Result<(), Box<dyn Error>> {
    echo_server::main()
}

fn run(event_loop: &mut dispatch::Loop<'_>) -> io::Result<()> {
    event_loop.run()
}
