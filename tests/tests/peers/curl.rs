//! `curl`, against a small server of HTTP made of a handler of messages.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::thread;

use standpipe_blocking::dispatch::{
    AsyncChat, Channel, Chat, ChatDispatcher, Dispatcher, ListenerOptions, Loop,
};
use standpipe_blocking::{Command, Exit, Output, bind};
use standpipe_core::{End, TlsReason};
use standpipe_tests::bounded;
use standpipe_tests::peer::{Certificate, asking, is_missing};

use crate::ours::{assert_same, payload, security};

/// Runs a test for which it must be there.
#[track_caller]
fn with_curl(test: fn()) {
    if !is_missing("curl") {
        bounded(test);
    }
}

/// What a head ends with.
const EMPTY_LINE: &[u8; 4] = b"\r\n\r\n";

/// How the connections have ended, in order.
type Ends = Rc<RefCell<Vec<End>>>;

/// Sends the body of each request back as it comes: a head ends with an empty line and says how long its body is.
struct Responder {
    ends: Ends,
    head: Vec<u8>,
    is_in_body: bool,
}

impl Responder {
    fn new(ends: &Ends) -> Self {
        Self { ends: ends.clone(), head: Vec::new(), is_in_body: false }
    }

    /// How long the body of the request is that has this head.
    fn length(&self) -> u64 {
        let head = String::from_utf8_lossy(&self.head);
        let field = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        field.and_then(|length| length.parse().ok()).unwrap_or(0)
    }
}

impl Dispatcher for Responder {
    fn handle_close(&mut self, channel: &mut Channel<'_>, end: End) {
        self.ends.borrow_mut().push(end);
        channel.stop_loop();
    }
}

impl AsyncChat for Responder {
    fn collect_incoming_data(&mut self, chat: &mut Chat<'_>, data: &[u8]) -> io::Result<()> {
        if self.is_in_body {
            return chat.push(data);
        }
        self.head.extend_from_slice(data);
        Ok(())
    }

    fn found_terminator(&mut self, chat: &mut Chat<'_>) -> io::Result<()> {
        self.is_in_body = !self.is_in_body;
        if !self.is_in_body {
            self.head.clear();
            chat.set_terminator(EMPTY_LINE);
            return Ok(());
        }
        let length = self.length();
        chat.set_terminator(length);
        chat.push(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes())
    }
}

/// What comes of a client that is run with this scheme and port, and how its connection has ended.
fn served(certificate: Option<&Certificate>, client: impl FnOnce(&str) -> Command) -> (Output, Vec<End>) {
    let ends = Ends::default();
    let mut event_loop = Loop::new().expect("there are descriptors");
    let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let client = client(&format!("{scheme}://localhost:{}/", bound.local().port().expect("TCP has ports")));
    let options = ListenerOptions { security: certificate.map(security), ..ListenerOptions::default() };
    event_loop.listen_with(bound, options, |_| ChatDispatcher::new(EMPTY_LINE, Responder::new(&ends)));
    let client = thread::spawn(move || asking(client, payload()));
    event_loop.run().expect("it can wait");
    (client.join().expect("no panic"), ends.take())
}

/// Sends its input as the body of a request, twice by one connection.
fn curl(url: &str, words: &[&str]) -> Command {
    let client = Command::new("curl").args([
        "-sS",
        "-q",
        "-4",
        "--noproxy",
        "*",
        "--http1.1",
        "-H",
        "Expect:",
        "--fail-early",
    ]);
    client.args(["--data-binary", "@-", url, url]).args(words)
}

#[test]
fn bodies_come_back() {
    with_curl(|| {
        let (output, ends) = served(None, |url| curl(url, &[]));
        assert_eq!(output.exit, Exit::Code(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_same(&output.stdout, &payload().repeat(2));
        assert_eq!(ends, [End::Clean]);
    });
}

#[test]
fn bodies_come_back_through_tls_and_the_end_is_clean() {
    with_curl(|| {
        let certificate = Certificate::new();
        for version in ["1.2", "1.3"] {
            let (output, ends) = served(Some(&certificate), |url| {
                curl(url, &["--cacert", certificate.chain(), "--tls-max", version])
            });
            assert_eq!(output.exit, Exit::Code(0), "{}", String::from_utf8_lossy(&output.stderr));
            assert_same(&output.stdout, &payload().repeat(2));
            assert_eq!(ends, [End::Clean], "{version}");
        }
    });
}

#[test]
fn one_that_trusts_somebody_else_refuses_us() {
    with_curl(|| {
        let (certificate, other) = (Certificate::new(), Certificate::new());
        let (output, ends) = served(Some(&certificate), |url| curl(url, &["--cacert", other.chain()]));
        assert_eq!(output.exit, Exit::Code(60), "{}", String::from_utf8_lossy(&output.stderr));
        let [End::Tls(fault)] = ends[..] else { panic!("{ends:?}") };
        assert_eq!(fault.reason(), TlsReason::Refused);
    });
}
