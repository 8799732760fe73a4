//! How TLS connections end, and go on.

use std::io::Write;
use std::process::ChildStdin;

use tempfile::TempDir;

use crate::support::{
    Certificate, Process, command, eventually, finish, is_missing, on_every_runtime, python3, secure,
    standpipe,
};

on_every_runtime! {
    a_truncated_stream_may_be_accepted a_peer_that_reads_late
    a_key_update_that_a_client_asks_for a_key_update_that_a_server_asks_for
}

fn a_truncated_stream_may_be_accepted(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let folder = TempDir::new().expect("a folder can be made");
    let file = folder.path().join("file");
    let line = format!("cat > '{0}'; echo done >> '{0}.done'", file.display());
    let server = secure(runtime, &["--tls-eof", "accept", "--sh", &line]);
    finish(python3(&["truncate", server.host_and_port().1])).well();
    eventually("the end is seen", || folder.path().join("file.done").exists());
    assert_eq!(std::fs::read(file).expect("it is there").len(), 1000);
    server.stop();
}

/// All that was written, then close_notify, then the end, whenever it is read.
fn a_peer_that_reads_late(runtime: &str) {
    if is_missing("python3") {
        return;
    }
    let server = secure(runtime, &["--sh", "head -c 4194304 /dev/zero"]);
    assert_eq!(finish(python3(&["drain", server.host_and_port().1])).text(), "4194304\n");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

/// A key update that `openssl` has sent, as it shows its messages.
const ASKED: &str = ">>> TLS 1.3, Handshake [length 0005], KeyUpdate";
/// One that it was sent.
const ANSWERED: &str = "<<< TLS 1.3, Handshake [length 0005], KeyUpdate";

/// In one piece, as from a terminal: `openssl` looks at the beginning of what it reads.
#[track_caller]
fn say(to: &mut ChildStdin, line: &str) {
    to.write_all(format!("{line}\n").as_bytes()).expect("it reads");
}

/// `openssl` takes a line that begins with K for the wish for a key update, and with Q for the end.
fn a_key_update_that_a_client_asks_for(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let server = secure(runtime, &["--exec", "cat"]);
    let mut client = command("openssl");
    client.args(["s_client", "-tls1_3", "-msg", "-connect", server.address()]);
    let (client, mut typed) = Process::open(client);
    let mut says = |line: &str| say(&mut typed, line);
    says("before");
    client.stdout.once_it_has("\nbefore\n");
    for update in 1..=3 {
        says("K");
        client.stdout.once(|said| said.matches(ASKED).count() == update);
        says(&format!("after {update}"));
        let said = client.stdout.once_it_has(&format!("\nafter {update}\n"));
        assert_eq!(said.matches(ANSWERED).count(), update, "each is answered");
    }
    says("Q");
    assert_eq!(client.end().code, Some(0));
    server.stop();
}

fn a_key_update_that_a_server_asks_for(runtime: &str) {
    if is_missing("openssl") {
        return;
    }
    let certificate = Certificate::new();
    let mut server = command("openssl");
    server.args(["s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-tls1_3", "-msg"]);
    server.args(["-cert", certificate.chain(), "-key", certificate.key()]);
    let (server, mut server_typed) = Process::open(server);
    let said = server.stdout.once(|said| said.contains("ACCEPT ") && said.ends_with('\n'));
    let (_, address) = said.trim_end().rsplit_once("ACCEPT ").expect("it was waited for");
    let client = standpipe(runtime, "connect", &["--tls-ca", certificate.chain(), &format!("tls:{address}")]);
    let (client, mut client_typed) = Process::open(client);
    for update in 1..=3 {
        say(&mut client_typed, &format!("from the client {update}"));
        server.stdout.once_it_has(&format!("from the client {update}\n"));
        say(&mut server_typed, "K");
        server.stdout.once(|said| said.matches(ASKED).count() == update);
        say(&mut server_typed, &format!("from the server {update}"));
        client.stdout.once_it_has(&format!("from the server {update}\n"));
    }
    drop(client_typed);
    client.end().well();
}
