//! The servers, which are this program. Each echoes whole lines.

mod blocking;
mod by_hand;
mod lines;
mod smol;
mod standpipe;
mod tokio;

use crate::echo::server::CORE;
use crate::process::pin;

pub(crate) use standpipe::Messages;

/// The name of a server, as the rows have it: serves for ever, its port told first.
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    let _pinned = pin(CORE);
    let result = match arguments {
        ["epoll"] => by_hand::epoll(),
        ["mio"] => by_hand::mio(),
        ["messages"] => standpipe::messages(),
        ["chat"] => standpipe::chat(),
        ["dispatcher"] => standpipe::dispatcher(),
        ["tokio"] => tokio::forward(),
        ["tokio-each"] => tokio::each(),
        ["smol-messages"] => smol::messages(),
        ["smol-dispatcher"] => smol::dispatcher(),
        ["smol-chat"] => smol::chat(),
        ["smol-stream"] => smol::stream(),
        ["smol-bytes"] => smol::bytes(),
        ["async-net"] => smol::async_net(),
        ["blocking-messages"] => blocking::messages(),
        ["blocking-chat"] => blocking::chat(),
        ["blocking-stream"] => blocking::stream(),
        ["threads"] => blocking::std(),
        _ => return Err("no such server".to_owned()),
    };
    result.map_err(|error| error.to_string())
}
