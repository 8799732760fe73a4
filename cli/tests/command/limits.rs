//! The limits of a server.

use std::time::Duration;

use crate::support::{Ended, Server, children, eventually, is_alive, on_every_runtime};

on_every_runtime! {
    draining_has_an_end
    an_idle_connection_ends
    traffic_extends_the_idle_limit
    a_half_closed_connection_ends
    no_more_connections_than_allowed no_more_connections_of_one_address_than_allowed
}

const A_WHILE: Duration = Duration::from_millis(200);

#[track_caller]
fn assert_timed_out(log: &str, why: &str) {
    assert!(log.lines().count() == 1 && log.contains(why), "one line about '{why}': {log}");
}

fn draining_has_an_end(runtime: &str) {
    let server = Server::start(runtime, &["--drain-timeout", "300ms", "--sh", "echo $$; cat"]);
    let mut client = server.client();
    let pid = client.number();
    server.terminate();
    assert!(client.is_reset(), "an abort is no end");
    let Ended { code, stderr, .. } = server.end();
    assert_eq!(code, Some(0));
    assert!(stderr.contains("aborting"), "{stderr}");
    assert!(!is_alive(pid), "the child outlives the server");
}

fn an_idle_connection_ends(runtime: &str) {
    let server = Server::start(runtime, &["--idle-timeout", "300ms", "--sh", "echo $$; cat"]);
    let mut client = server.client();
    let pid = client.number();
    assert!(client.is_reset(), "a time-out is no end");
    eventually("the child is gone", || !is_alive(pid));
    assert_timed_out(&server.log().once(|log| log.ends_with('\n')), "idle");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

/// It takes longer in all than it may be idle.
fn traffic_extends_the_idle_limit(runtime: &str) {
    let line = "for n in 1 2 3 4 5 6; do sleep 0.5; echo $n; done";
    let server = Server::start(runtime, &["--idle-timeout", "2s", "--sh", line]);
    assert_eq!(server.client().exchange(b""), b"1\n2\n3\n4\n5\n6\n");
    server.stop();
}

fn a_half_closed_connection_ends(runtime: &str) {
    let line = "echo $$; cat >/dev/null; exec sleep 120";
    let server = Server::start(runtime, &["--half-close-timeout", "300ms", "--sh", line]);
    let [mut open, mut closed] = [(); 2].map(|()| server.client());
    let [pid, ended] = [open.number(), closed.number()];
    closed.finish();
    assert!(closed.is_reset(), "a time-out is no end");
    eventually("the child is gone", || !is_alive(ended));
    // The limit is for a half-closed connection alone.
    open.hears_nothing_for(A_WHILE);
    assert!(is_alive(pid));
    assert_timed_out(&server.log().so_far(), "half");
    open.reset();
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn no_more_connections_of_one_address_than_allowed(runtime: &str) {
    let server = Server::start(runtime, &["-v", "--max-per-address", "1", "--echo"]);
    let mut first = server.client();
    // Several threads accept, so whoever comes first is only known to be once he is served.
    first.send(b"x");
    assert_eq!(first.take(1), b"x");
    assert!(server.client().is_closed(), "all clients have one address here");
    assert_eq!(first.exchange(b"hi"), b"hi");
    eventually("there is room again", || server.log().so_far().contains(" ended: "));
    assert_eq!(server.client().exchange(b"hi"), b"hi");
    let log = server.log().so_far();
    assert!(log.contains("its address has as many connections as it may have"), "{log}");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn no_more_connections_than_allowed(runtime: &str) {
    let server = Server::start(runtime, &["--max-connections", "2", "--sh", "echo $$; cat"]);
    let [mut first, mut second] = [(); 2].map(|()| server.client());
    let [_, pid] = [first.number(), second.number()];
    // It waits in the kernel's queue.
    let mut third = server.client();
    third.hears_nothing_for(A_WHILE);
    assert_eq!(children(server.pid()).len(), 2);
    assert_eq!(first.exchange(b"bye"), b"bye");
    third.number();
    assert!(is_alive(pid));
    assert_eq!(third.exchange(b"hi"), b"hi");
    assert_eq!(second.exchange(b"hi"), b"hi");
    server.stop();
}
