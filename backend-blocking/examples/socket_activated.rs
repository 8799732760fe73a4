//! A server that is handed its sockets at its start: it tells their names and addresses, and answers one connection at each with
//! what it was sent.
//!
//! `cargo run --example socket_activated`, as a service with a socket unit, or by `Command::listen_fds`.

use std::error::Error;

use standpipe_blocking::socket::{Received, Socket, activated};
use standpipe_blocking::standpipe_sys::socket::remove_listen_variables;

/// Sends back what comes, to its end.
fn echo(peer: &Socket) -> Result<(), Box<dyn Error>> {
    let mut buffer = [0; 4096];
    loop {
        match peer.recv(&mut buffer)? {
            Received::Eof => return Ok(()),
            received => peer.send_all(&buffer[..received.len()])?,
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let sockets = activated()?;
    remove_listen_variables()?;
    for (name, socket) in &sockets {
        println!("{name} {}", socket.local()?);
        let (peer, _) = socket.accept()?;
        echo(&peer)?;
    }
    println!("again: {}", activated()?.len());
    Ok(())
}
