//! Dialogues in messages with children.

use std::io::ErrorKind;
use std::time::Duration;

use standpipe_blocking::{ChatStream, Command, Exit, Stdio, Terminator};

const LONG: Option<Duration> = Some(Duration::from_secs(60));

fn text(chat: &mut ChatStream) -> String {
    let message = chat.next_message().expect("it comes").expect("there is one");
    String::from_utf8(message.bytes).expect("text")
}

#[test]
fn a_child_is_talked_to_in_lines() {
    let mut bc =
        Command::shell("while read -r a b; do echo $((a + b)); done").chat(Terminator::LF).expect("it runs");
    bc.set_timeout(LONG);
    for n in 0..100 {
        bc.send(format!("{n} {n}\n")).expect("it reads");
        assert_eq!(text(&mut bc), (n + n).to_string());
    }
    bc.close_write().expect("it reads");
    assert_eq!(bc.next_message().expect("a clean end"), None);
    assert_eq!(bc.child().expect("it is there").wait().expect("waiting works"), Exit::Code(0));
}

#[test]
fn a_child_on_a_terminal_is_talked_to_as_well() {
    let command =
        Command::shell("stty -echo; echo ready; read -r name; echo hello $name; cat >/dev/null").terminal();
    let mut shell = command.chat(Terminator::CRLF).expect("it runs");
    shell.set_timeout(LONG);
    assert_eq!(text(&mut shell), "ready");
    shell.send("world\n").expect("it reads");
    assert_eq!(text(&mut shell), "hello world");
    shell.close_write().expect("it reads");
    assert_eq!(shell.next_message().expect("a clean end"), None);
    assert_eq!(shell.child().expect("it is there").wait().expect("waiting works"), Exit::Code(0));
}

#[test]
fn a_child_that_is_closed_comes_to_its_own_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "exec 3>&1 1>&-; cat >/dev/null; exec 3>&-; : >ended";
    for _ in 0..20 {
        let mut chat = Command::shell(line).current_dir(folder.path()).chat(Terminator::LF).expect("it runs");
        chat.send("word\n").expect("it reads");
        chat.close().expect("all of it leaves");
        std::fs::remove_file(folder.path().join("ended")).expect("it has come to its end");
    }
}

#[test]
fn a_child_that_is_no_partner_is_refused() {
    let error = Command::new("cat")
        .stdin(Stdio::Null)
        .chat(Terminator::LF)
        .expect_err("there is nothing to write to");
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}

#[test]
fn a_peer_that_is_gone_is_told_to_whoever_sends() {
    let (ours, peer) = std::os::unix::net::UnixStream::pair().expect("two sockets");
    drop(peer);
    let mut chat = ChatStream::new(standpipe_sys::Stream::socket(ours.into()).into(), Terminator::LF);
    chat.set_timeout(LONG);
    let error = chat.send("to nobody\n").expect_err("nobody takes it");
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

#[test]
fn who_half_closes_after_the_peer_has_ended_is_told_of_no_failure() {
    let (ours, peer) = std::os::unix::net::UnixStream::pair().expect("two sockets");
    peer.shutdown(std::net::Shutdown::Write).expect("it is open");
    let mut chat = ChatStream::new(standpipe_sys::Stream::socket(ours.into()).into(), Terminator::LF);
    chat.set_timeout(LONG);
    assert_eq!(chat.next_message().expect("a clean end"), None);
    chat.send("last words\n").expect("it is open in this direction");
    chat.close_write().expect("everything has left");
    chat.close_write().expect("and stays so");
    assert_eq!(chat.send("more").expect_err("it was closed").kind(), ErrorKind::BrokenPipe);
    chat.close().expect("it is");
}
