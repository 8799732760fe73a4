//! The servers, which are this program. Each echoes whole lines.

mod by_hand;
mod smol;
mod standpipe;
mod tokio;

use crate::echo::server::CORE;
use crate::process::pin;

pub(crate) use standpipe::Messages;

/// `epoll|messages|chat|dispatcher|tokio|smol-messages|smol-dispatcher|smol-chat|smol-stream|smol-bytes|async-net`: serves for ever, its port told first.
pub(crate) fn help(arguments: &[&str]) -> Result<(), String> {
    let _pinned = pin(CORE);
    let result = match arguments {
        ["epoll"] => by_hand::serve(),
        ["messages"] => standpipe::messages(),
        ["chat"] => standpipe::chat(),
        ["dispatcher"] => standpipe::dispatcher(),
        ["tokio"] => tokio::serve(),
        ["smol-messages"] => smol::messages(),
        ["smol-dispatcher"] => smol::dispatcher(),
        ["smol-chat"] => smol::chat(),
        ["smol-stream"] => smol::stream(),
        ["smol-bytes"] => smol::bytes(),
        ["async-net"] => smol::async_net(),
        _ => return Err("no such server".to_owned()),
    };
    result.map_err(|error| error.to_string())
}
