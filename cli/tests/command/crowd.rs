//! Many connections: at once, and one after another.

use std::collections::BTreeSet;
use std::thread;

use crate::support::{
    Client, Server, assert_same, children, eventually, is_alive, on_every_runtime, payload,
};

on_every_runtime! {
    two_hundred_at_once two_hundred_drain a_thousand_leave_nothing_behind
}

const MANY: usize = 200;
const HALF: usize = 100_000;

/// Connections whose children have said their process numbers.
fn crowd(server: &Server) -> Vec<(Client, u32)> {
    let mut clients: Vec<Client> = (0..MANY).map(|_| server.client()).collect();
    let pids: Vec<u32> = clients.iter_mut().map(Client::number).collect();
    clients.into_iter().zip(pids).collect()
}

fn two_hundred_at_once(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "echo $$; cat"]);
    let crowd = crowd(&server);
    let pids: BTreeSet<u32> = crowd.iter().map(|(_, pid)| *pid).collect();
    assert_eq!(pids.len(), MANY);
    assert_eq!(children(server.pid()).into_iter().collect::<BTreeSet<_>>(), pids);
    for (number, (client, _)) in crowd.into_iter().enumerate() {
        let own = &payload(MANY + HALF)[number..];
        assert_same(&client.exchange(own), own);
    }
    eventually("the children are gone", || !pids.iter().any(|pid| is_alive(*pid)));
    server.stop();
}

/// A shutdown in the midst of transfers: every one of them comes to its own end.
fn two_hundred_drain(runtime: &str) {
    let server = Server::start(runtime, &["--sh", "echo $$; cat"]);
    let mut crowd = crowd(&server);
    let (first, second) = payload(2 * HALF).split_at(HALF);
    crowd.iter_mut().for_each(|(client, _)| client.send(first));
    server.drain();
    thread::scope(|scope| {
        for (mut client, _) in crowd {
            scope.spawn(move || {
                assert_same(&client.take(first.len()), first);
                assert_same(&client.exchange(second), second);
            });
        }
    });
    server.end().well();
}

fn a_thousand_leave_nothing_behind(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "cat"]);
    visit(&server, 1);
    let before = server.counts_at_rest();
    for number in 0..1000 {
        visit(&server, number);
    }
    server.comes_back_to(before);
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

/// Every fifth ends by a reset in the midst of a transfer.
fn visit(server: &Server, number: usize) {
    let own = &payload(1000 + HALF)[number..];
    let mut client = server.client();
    if !number.is_multiple_of(5) {
        assert_same(&client.exchange(own), own);
        return;
    }
    client.send(&own[..HALF]);
    client.take(HALF / 2);
    client.reset();
}
