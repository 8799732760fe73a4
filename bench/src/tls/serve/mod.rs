//! The peers among the servers that are this program.

mod bare;
mod blocking;
mod held;
mod looped;
mod smol;
mod stream;
mod tokio;

use std::io;

use super::identity::{Handshakes, Identity, PROVIDER, RING};
use super::server::Work;
use crate::process::listen_and_tell;

/// What a copy moves at once.
const BUFFER: usize = 64 << 10;

/// `bare|stream|ring|tokio|held|blocking|loop|smol|futures|plain cat|link|echo PORT full|resumed FOLDER`: serves for ever, its
/// port told first.
pub(super) fn help(arguments: &[&str]) -> Result<(), String> {
    let [name, work, port, handshakes, folder] = arguments else {
        return Err("five words are wanted".to_owned());
    };
    let port = port.parse().map_err(|_| "no port")?;
    let work = Work::told(work, port).ok_or("no such work")?;
    let identity = Identity::at(folder);
    let handshakes = Handshakes::told(handshakes).ok_or("no such handshakes")?;
    let ours = match *name {
        "blocking" => Some(blocking::serve(&identity, handshakes)),
        "loop" => Some(looped::serve(&identity, handshakes)),
        "smol" => Some(smol::serve(&identity, handshakes)),
        _ => None,
    };
    if let Some(served) = ours {
        return served.map_err(|error| error.to_string());
    }
    let provider = if *name == "ring" { &RING } else { &PROVIDER };
    let config = handshakes.server(identity.server_with(provider));
    let result = listen_and_tell().and_then(|listener| match (*name, work) {
        ("bare", Work::Link(to)) => bare::link(&listener, to, &config),
        ("stream" | "ring", _) => stream::serve(&listener, work, &config),
        ("tokio", _) => tokio::serve(listener, work, config),
        ("futures", _) => smol::futures(listener, config),
        ("held", _) => held::serve(listener, &config),
        ("plain", _) => tokio::echo_plain(listener),
        _ => Err(io::Error::other("no such server")),
    });
    result.map_err(|error| error.to_string())
}
