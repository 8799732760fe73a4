//! The loops of the examples, with the clients that people have: nc, Python's asynchat, openssl.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Long enough for a slow machine; only there to catch a hang.
const LIMIT: Duration = Duration::from_secs(60);

/// A dialogue of three lines over asynchat, which is in Python up to 3.11.
const ASYNCHAT: &str = "
import asynchat, asyncore, socket, sys
class Client(asynchat.async_chat):
    def __init__(self):
        asynchat.async_chat.__init__(self)
        self.lines, self.line = [], b''
        self.create_socket(socket.AF_INET, socket.SOCK_STREAM)
        self.connect(('127.0.0.1', int(sys.argv[1])))
        self.set_terminator(b'\\n')
        self.push(b'one\\ntw')
    def collect_incoming_data(self, data):
        self.line += data
    def found_terminator(self):
        self.lines.append(self.line)
        self.line = b''
        if len(self.lines) == 1:
            self.push(b'o\\n' + b'x' * 50000 + b'\\n')
        if len(self.lines) == 3:
            self.close_when_done()
client = Client()
asyncore.loop()
assert client.lines == [b'you said one', b'you said two', b'you said ' + b'x' * 50000], client.lines
";

/// An example that serves, ended with the test.
struct Server {
    child: Child,
    port: String,
}

impl Server {
    fn start(example: &str, arguments: &[&Path]) -> Self {
        let mut command = Command::new(path(example));
        command.arg("127.0.0.1:0").args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the example is built with the tests");
        let mut line = String::new();
        let output = child.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("it says where it listens");
        let port = line.trim_end().rsplit(':').next().expect("an address").to_owned();
        Self { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it was not waited for");
    }
}

/// Examples lie beside the folder that the tests lie in.
fn path(example: &str) -> PathBuf {
    let tests = env::current_exe().expect("we run from a file");
    let profile = tests.parent().and_then(Path::parent).expect("target/profile/deps/test");
    profile.join("examples").join(example)
}

/// Whether a tool is not here. Then it is said, and counted where somebody counts.
fn is_missing(tool: &str) -> bool {
    let found =
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(tool).exists());
    if !found {
        println!("skipped: {tool} is not installed");
        if let Some(list) = env::var_os("STANDPIPE_SKIPS") {
            let mut list =
                std::fs::File::options().append(true).create(true).open(list).expect("a list of skips");
            writeln!(list, "own_loop: {tool}").expect("a line can be added");
        }
    }
    !found
}

/// What a client prints that is given this, and no longer than is bearable. Its input ends when it has said so much.
fn output(program: &str, arguments: &[&str], input: &[u8], enough: usize) -> String {
    let mut client = Command::new("timeout");
    client.arg(LIMIT.as_secs().to_string()).arg(program).args(arguments);
    client.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut client = client.spawn().expect("it is installed");
    let mut to_client = client.stdin.take().expect("it is piped");
    let mut from_client = client.stdout.take().expect("it is piped");
    to_client.write_all(input).expect("it reads");
    let mut said = vec![0; enough];
    from_client.read_exact(&mut said).expect("an answer");
    drop(to_client);
    from_client.read_to_end(&mut said).expect("an end");
    let status = client.wait().expect("it was not waited for");
    assert!(status.success(), "{program}: {status}");
    String::from_utf8(said).expect("text")
}

#[test]
fn two_clients_at_once() {
    let server = Server::start("own_loop", &[]);
    let connect = || {
        let stream = TcpStream::connect(format!("127.0.0.1:{}", server.port)).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a time-out");
        stream
    };
    let (mut first, mut second) = (connect(), connect());
    first.write_all(b"half a ").expect("it reads");
    second.write_all(b"hello\nthe rest").expect("it reads");
    let mut answer = [0; 15];
    second.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"you said hello\n");
    first.write_all(b"line\n").expect("it reads");
    for (client, expected) in [(&mut first, "you said half a line\n"), (&mut second, "you said the rest\n")] {
        client.shutdown(std::net::Shutdown::Write).expect("it is open");
        let mut rest = String::new();
        client.read_to_string(&mut rest).expect("a clean end");
        assert_eq!(rest, expected);
    }
}

#[test]
fn nc() {
    if is_missing("nc") {
        return;
    }
    let server = Server::start("own_loop", &[]);
    let said = output("nc", &["-N", "127.0.0.1", &server.port], b"hello\nworld", 0);
    assert_eq!(said, "you said hello\nyou said world\n");
}

#[test]
fn asynchat() {
    if is_missing("python3") {
        return;
    }
    let has_asynchat = Command::new("python3").args(["-W", "ignore", "-c", "import asynchat"]).status();
    if !has_asynchat.is_ok_and(|status| status.success()) {
        println!("skipped: this python3 has no asynchat");
        return;
    }
    let server = Server::start("own_loop", &[]);
    output("python3", &["-W", "ignore", "-c", ASYNCHAT, &server.port], b"", 0);
}

#[cfg(feature = "ring")]
#[test]
fn openssl() {
    if is_missing("openssl") {
        return;
    }
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("it can be written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("it can be written");
    let server = Server::start("own_loop_tls", &[&certificate, &key]);
    let address = format!("127.0.0.1:{}", server.port);
    let arguments = ["s_client", "-quiet", "-no_ign_eof", "-connect", &address];
    let expected = "you said over TLS\n";
    assert_eq!(output("openssl", &arguments, b"over TLS\n", expected.len()), expected);
}
