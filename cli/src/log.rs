//! Log lines on standard error.

use serde_json::{Value, json};
use standpipe_sys::ServerEvent;

use crate::args::{Common, LogFormat};

/// Prints what happens to a server: what goes wrong always, what goes well where that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    format: LogFormat,
    verbose: bool,
}

impl Log {
    pub(crate) fn new(common: &Common) -> Self {
        Self { format: common.log_format, verbose: common.verbose }
    }

    pub(crate) fn event(&self, event: &ServerEvent) {
        if self.verbose || is_trouble(event) {
            match self.format {
                LogFormat::Text => eprintln!("standpipe: {event}"),
                LogFormat::Json => eprintln!("{}", as_json(event)),
            }
        }
    }
}

fn is_trouble(event: &ServerEvent) -> bool {
    match event {
        ServerEvent::Accepted(_) => false,
        ServerEvent::Ended(_, report) => !report.end.is_clean(),
        _ => true,
    }
}

fn as_json(event: &ServerEvent) -> Value {
    let message = event.to_string();
    match event {
        ServerEvent::Accepted(peer) => json!({"event": "accepted", "peer": peer.to_string()}),
        ServerEvent::Refused(peer, error) => {
            json!({"event": "refused", "peer": peer.to_string(), "error": error.to_string()})
        }
        ServerEvent::Lost(peer, error) => {
            json!({"event": "lost", "peer": peer.to_string(), "error": error.to_string()})
        }
        ServerEvent::Ended(peer, report) => json!({
            "event": "ended",
            "peer": peer.to_string(),
            "end": report.end.to_string(),
            "exit": report.exit.map(|exit| exit.to_string()),
            "bytes_in": report.sent,
            "bytes_out": report.received,
            "bytes_dropped": report.dropped,
        }),
        ServerEvent::Paused(_) => json!({"event": "paused", "error": message}),
        ServerEvent::Broken(_) => json!({"event": "broken", "error": message}),
        _ => json!({"event": "aborting"}),
    }
}
