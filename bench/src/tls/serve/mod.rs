//! The peers among the servers that are this program.

mod bare;
mod held;
mod looped;
mod smol;
mod stream;
mod tokio;

use std::io;

use super::identity::Identity;
use super::server::Work;
use crate::process::listen_and_tell;

/// What a copy moves at once.
const BUFFER: usize = 64 << 10;

/// `bare|stream|tokio|held|loop|smol|futures|plain cat|link|echo PORT FOLDER`: serves for ever, its port told first.
pub(super) fn help(arguments: &[&str]) -> Result<(), String> {
    let [name, work, port, folder] = arguments else { return Err("four words are wanted".to_owned()) };
    let port = port.parse().map_err(|_| "no port")?;
    let work = Work::told(work, port).ok_or("no such work")?;
    let identity = Identity::at(folder);
    if *name == "loop" {
        return looped::serve(&identity).map_err(|error| error.to_string());
    }
    if *name == "smol" {
        return smol::serve(&identity).map_err(|error| error.to_string());
    }
    let config = identity.server();
    let result = listen_and_tell().and_then(|listener| match (*name, work) {
        ("bare", Work::Link(to)) => bare::link(&listener, to, &config),
        ("stream", _) => stream::serve(&listener, work, &config),
        ("tokio", _) => tokio::serve(listener, work, config),
        ("futures", _) => smol::futures(listener, config),
        ("held", _) => held::serve(listener, &config),
        ("plain", _) => tokio::echo_plain(listener),
        _ => Err(io::Error::other("no such server")),
    });
    result.map_err(|error| error.to_string())
}
