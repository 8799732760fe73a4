//! Files read anew on SIGHUP: [`on_hangup`].

use std::io;
use std::thread;

use standpipe_blocking::signal::Signals;
use standpipe_core::signal::Signal;

use crate::log::Log;
use crate::tls::Serving;

/// The thread does little, and seldom.
const STACK: usize = 512 << 10;

/// From now on a SIGHUP has the files of a server's TLS read anew, in a thread of its own, whatever drives the connections:
/// reading files and checking keys keeps none of them waiting. It ends with the process. A server without such files is
/// left alone, and so is one that was told to ignore the signal, as by nohup(1).
pub(crate) fn on_hangup(serving: Option<Serving>, log: Log) -> io::Result<()> {
    let Some(mut serving) = serving.filter(Serving::has_files) else { return Ok(()) };
    let signals = Signals::new([Signal::HUP])?;
    let reload = move || {
        // Waiting fails only where no descriptor may be polled; what serves goes on then.
        for _hangup in signals.map_while(Result::ok) {
            match serving.reload() {
                Ok(pin) => log.reloaded(pin),
                Err(outcome) => log.not_reloaded(&outcome),
            }
        }
    };
    thread::Builder::new().name("reload".into()).stack_size(STACK).spawn(reload).map(drop)
}
