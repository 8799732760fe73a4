//! Log lines on standard error.

use std::fmt::Display;
use std::io::{self, Write};

use serde_json::{Value, json};
use standpipe_core::flow::Report;
use standpipe_core::process::{Command, Exit, Pipeline};
use standpipe_sys::ServerEvent;

use crate::args::{Common, LogFormat, Pin};
use crate::outcome::Outcome;

/// Prints what goes wrong always, and what goes well where that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    format: LogFormat,
    verbose: bool,
}

impl Log {
    pub(crate) fn new(common: Common) -> Self {
        Self { format: common.log_format, verbose: common.verbose }
    }

    /// What has happened to a server.
    pub(crate) fn event(&self, event: &ServerEvent) {
        if self.verbose || is_trouble(event) {
            self.line(event, &as_json(event));
        }
    }

    /// Files were read anew, as somebody has asked for.
    pub(crate) fn reloaded(&self, pin: Pin) {
        let text = format_args!("reloaded, tls {pin}");
        self.line(&text, &json!({"event": "reloaded", "pin": pin.to_string()}));
    }

    /// Files were to be read anew, and cannot be used.
    pub(crate) fn not_reloaded(&self, why: &Outcome) {
        let why = why.message.as_deref().unwrap_or_default();
        let text = format_args!("not reloaded, what was loaded stays: {why}");
        self.line(&text, &json!({"event": "not reloaded", "error": why}));
    }

    /// Why the command fails.
    pub(crate) fn failure(&self, message: &str) {
        self.line(&message, &json!({"event": "failed", "error": message}));
    }

    /// What a connection came to.
    pub(crate) fn report(&self, report: &Report) {
        if self.verbose {
            let Report { end, sent, received, .. } = report;
            self.line(&format_args!("ended: {end}, {sent} bytes sent, {received} received"), &ended(report));
        }
    }

    /// How each stage of a pipeline ended.
    pub(crate) fn stages(&self, commands: &[Command], pipeline: &Pipeline) {
        let exits = pipeline.exits().map(|exit| exit.unwrap_or(Exit::Unknown));
        for (command, exit) in commands.iter().zip(exits).filter(|_| self.verbose) {
            let (command, exit) = (command.to_string(), exit.to_string());
            self.line(
                &format_args!("{command}: {exit}"),
                &json!({"event": "exited", "command": command, "exit": exit}),
            );
        }
    }

    /// Written at once, so that nobody who shares standard error comes in between. Where it cannot be written nobody is
    /// left to tell, and that must not end a server.
    fn line(&self, text: &dyn Display, json: &Value) {
        let line = match self.format {
            LogFormat::Text => format!("standpipe: {text}\n"),
            LogFormat::Json => format!("{json}\n"),
        };
        let _ = io::stderr().write_all(line.as_bytes());
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
        ServerEvent::Crowded(peer) => json!({"event": "crowded", "peer": peer.to_string()}),
        ServerEvent::Lost(peer, error) => {
            json!({"event": "lost", "peer": peer.to_string(), "error": error.to_string()})
        }
        ServerEvent::Ended(peer, report) => {
            let mut event = ended(report);
            event["peer"] = peer.to_string().into();
            event
        }
        ServerEvent::Paused(_) => json!({"event": "paused", "error": message}),
        ServerEvent::Broken(_) => json!({"event": "broken", "error": message}),
        _ => json!({"event": "aborting"}),
    }
}

/// What was not seen is `null`, and not zero.
fn ended(report: &Report) -> Value {
    let seen = |bytes: u64| (!report.unseen).then_some(bytes);
    json!({
        "event": "ended",
        "end": report.end.to_string(),
        "exit": report.exit.map(|exit| exit.to_string()),
        "bytes_in": seen(report.sent),
        "bytes_out": seen(report.received),
        "bytes_dropped": seen(report.dropped),
    })
}
