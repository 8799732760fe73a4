//! A reader of HTTP requests in a mio loop: the example of Python's asynchat (17.7.2).
//!
//! Try `cargo run --example http_requests 127.0.0.1:8000`, and `curl -d hello 127.0.0.1:8000`.

use std::error::Error;
use std::io;

use standpipe_mio::dispatch;

#[path = "../../sys/examples/loops/http_requests.rs"]
mod http_requests;

fn main() -> Result<(), Box<dyn Error>> {
    http_requests::main()
}

fn run(event_loop: &mut dispatch::Loop<'_>) -> io::Result<()> {
    event_loop.run()
}
