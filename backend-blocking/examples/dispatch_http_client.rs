//! An HTTP client by poll(2): the first example of Python's asyncore (17.6.1).
//!
//! Try `cargo run --example dispatch_http_client 127.0.0.1:8000 /`.

use std::error::Error;
use std::io;

use standpipe_blocking::dispatch;

#[path = "../../sys/examples/loops/http_client.rs"]
mod http_client;

fn main() -> Result<(), Box<dyn Error>> {
    http_client::main()
}

fn run(event_loop: &mut dispatch::Loop<'_>) -> io::Result<()> {
    event_loop.run()
}
