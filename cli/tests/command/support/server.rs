//! A server under test: [`Server`].

use std::net::TcpListener;
use std::process::Command;

use super::{Client, Collected, Ended, Process, children, descriptors, eventually, standpipe, threads};

/// `standpipe serve`, ready.
pub(crate) struct Server {
    process: Process,
    address: String,
    pin: String,
}

impl Server {
    /// On a port of its own of this machine. The words end with the work.
    #[track_caller]
    pub(crate) fn start(runtime: &str, words: &[&str]) -> Self {
        Self::at(runtime, "127.0.0.1:0", words)
    }

    /// At an address.
    #[track_caller]
    pub(crate) fn at(runtime: &str, address: &str, words: &[&str]) -> Self {
        let words: Vec<&str> = std::iter::once(address).chain(words.iter().copied()).collect();
        Self::of(standpipe(runtime, "serve", &words))
    }

    /// That this command starts.
    #[track_caller]
    pub(crate) fn of(command: Command) -> Self {
        let process = Process::start(command);
        let said = process.stdout.once(|said| said.ends_with('\n'));
        let said = said.trim_end().strip_prefix("listening on ").expect("it announces its address");
        let (address, pin) = said.split_once(" tls ").unwrap_or((said, ""));
        Self { process, address: address.to_owned(), pin: pin.to_owned() }
    }

    /// The SHA-256 of its certificate, as it says; empty where it speaks plainly.
    pub(crate) fn pin(&self) -> &str {
        &self.pin
    }

    /// Where it listens, as it says.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The host and the port that it listens on, as other tools want them.
    pub(crate) fn host_and_port(&self) -> (&str, &str) {
        let (host, port) = self.address.rsplit_once(':').expect("a port");
        (host.trim_matches(['[', ']']), port)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Its standard error.
    pub(crate) fn log(&self) -> &Collected {
        &self.process.stderr
    }

    /// How many children, descriptors and threads it has.
    pub(crate) fn counts(&self) -> (usize, usize, usize) {
        (children(self.pid()).len(), descriptors(self.pid()), threads(self.pid()))
    }

    /// The same once it has no child and they are still: the thread of a connection may outlive its child. On a busy machine it
    /// may do so for long, and they have more to lose then.
    #[track_caller]
    pub(crate) fn counts_at_rest(&self) -> (usize, usize, usize) {
        eventually("the children are gone", || self.counts().0 == 0);
        let mut before = self.counts();
        eventually("the counts are still", || std::mem::replace(&mut before, self.counts()) == before);
        before
    }

    /// Waits until it has no more than it had.
    #[track_caller]
    pub(crate) fn comes_back_to(&self, before: (usize, usize, usize)) {
        eventually("nothing is left", || {
            let now = self.counts();
            now.0 <= before.0 && now.1 <= before.1 && now.2 <= before.2
        });
    }

    #[track_caller]
    pub(crate) fn client(&self) -> Client {
        Client::of(&self.address)
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        self.process.signal("TERM");
    }

    /// Asks it to read its files anew.
    pub(crate) fn hang_up(&self) {
        self.process.signal("HUP");
    }

    /// Asks it to stop, and waits until it accepts no more.
    #[track_caller]
    pub(crate) fn drain(&self) {
        self.terminate();
        // Whoever can bind the port is alone: standpipe does not share one.
        eventually("the port is free", || TcpListener::bind(&self.address).is_ok());
    }

    /// Its end, which it comes to by itself.
    #[track_caller]
    pub(crate) fn end(self) -> Ended {
        self.process.end()
    }

    /// Asks it to stop; it must have had nothing to complain about.
    #[track_caller]
    pub(crate) fn stop(self) {
        self.terminate();
        self.end().well();
    }

    /// Asks it to stop, once it has complained about this; it must have complained about nothing else.
    #[track_caller]
    pub(crate) fn stop_after(self, words: &str) {
        self.log().once_it_has(words);
        self.terminate();
        let Ended { code, stderr, .. } = self.end();
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stderr.starts_with("standpipe: ") && stderr.contains(words), "'{words}' is not in: {stderr}");
        assert_eq!(stderr.matches('\n').count(), 1, "one line: {stderr}");
    }
}
