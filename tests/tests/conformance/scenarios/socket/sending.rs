//! Much in both directions at once, through buffers of any size, by several threads.

use std::net::Shutdown;
use std::thread;

use standpipe_core::socket::constants::*;
use standpipe_core::socket::{Family, OptionValue};
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Condition, Scenario, Socket, Sockets, Verdict};
use standpipe_tests::log::Log;

use super::support::{
    FAMILIES, accept, bytes, connect, connection, exactly, fine, listener, many, pair, send_back, set,
    socket, to_end,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("megabytes_go_both_ways_at_once", both_ways),
    many("the_smallest_buffers_pass_megabytes_both_ways", smallest_unix),
    many("the_smallest_windows_pass_what_is_sent_both_ways", smallest_internet),
    many("one_that_sends_first_and_reads_later_harms_nobody_else", later),
    many("two_threads_have_a_direction_each", directions),
    many("copies_send_into_one_stream", copies),
    Scenario { under: &[Condition::SignalStorm], ..many("thirty_connections_at_once", thirty) },
];

/// Each end sends and receives at once. What came to each.
fn exchange(ends: &[Box<dyn Socket>; 2], len: usize) -> [Vec<u8>; 2] {
    let sent = [pattern(0, len), pattern(len, len)];
    thread::scope(|scope| {
        let receiving = ends.each_ref().map(|end| scope.spawn(move || exactly(&**end, len)));
        for (end, data) in ends.iter().zip(&sent) {
            scope.spawn(move || end.send_all(data).expect("somebody reads"));
        }
        receiving.map(|thread| thread.join().expect("no panic"))
    })
}

fn whole([left, right]: &[Vec<u8>; 2]) -> bool {
    *left == pattern(left.len(), left.len()) && *right == pattern(0, right.len())
}

fn both_ways(on: &dyn Sockets) -> Verdict {
    let mut log = Log::new();
    for family in FAMILIES {
        let came = exchange(&connection(on, family, SOCK_STREAM), 4 << 20);
        assert!(whole(&came), "each byte once and in order: {family}");
        log = log.with(family.to_string(), &came.concat(), ());
    }
    Ok(log)
}

fn smallest(socket: &mut dyn Socket) {
    for name in ["SO_SNDBUF", "SO_RCVBUF"] {
        set(socket, name, &OptionValue::Int(1));
    }
}

fn smallest_unix(on: &dyn Sockets) -> Verdict {
    let mut ends = pair(on, SOCK_STREAM);
    ends.iter_mut().for_each(|end| smallest(&mut **end));
    let came = exchange(&ends, 2 << 20);
    assert!(whole(&came), "each byte once and in order");
    Ok(Log::new().with("both", &came.concat(), ()))
}

/// What the listener says of its buffers holds of what it accepts, from the first packet on.
fn smallest_internet(on: &dyn Sockets) -> Verdict {
    let (mut server, local) = listener(on, Family::INET, SOCK_STREAM);
    smallest(&mut *server);
    let mut client = socket(on, Family::INET, SOCK_STREAM);
    smallest(&mut *client);
    client.connect(&local).expect("somebody listens");
    let came = exchange(&[client, accept(&*server)], 1 << 16);
    assert!(whole(&came), "each byte once and in order");
    Ok(Log::new().with("both", &came.concat(), ()))
}

/// The other one gets all of it, although nobody reads what it says itself before.
fn later(on: &dyn Sockets) -> Verdict {
    let [left, right] = connection(on, Family::INET, SOCK_STREAM);
    let data = pattern(0, 4 << 20);
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            left.send_all(&data).expect("somebody reads");
            exactly(&*left, 5)
        });
        right.send_all(b"early").expect("there is room");
        assert!(exactly(&*right, data.len()) == data, "each byte once and in order");
        assert_eq!(sending.join().expect("no panic"), b"early");
    });
    fine()
}

/// One connection, of which one thread reads and another writes.
fn directions(on: &dyn Sockets) -> Verdict {
    let [client, server] = connection(on, Family::INET, SOCK_STREAM);
    let data = pattern(0, 4 << 20);
    thread::scope(|scope| {
        scope.spawn(|| send_back(&*server));
        let reading = scope.spawn(|| exactly(&*client, data.len()));
        client.send_all(&data).expect("it is sent back");
        client.shutdown(Shutdown::Write).expect("it is connected");
        assert!(reading.join().expect("no panic") == data, "each byte once and in order");
    });
    fine()
}

/// Whatever is sent at once is in one piece, since it is less than any buffer has room for.
fn copies(on: &dyn Sockets) -> Verdict {
    let [left, right] = pair(on, SOCK_SEQPACKET);
    let copies: Vec<_> = (0..4).map(|_| left.copy().expect("a descriptor")).collect();
    drop(left);
    let mut came: Vec<Vec<u8>> = thread::scope(|scope| {
        for (number, copy) in copies.into_iter().enumerate() {
            scope.spawn(move || {
                (0..50).for_each(|round| copy.send_all(&[number as u8, round]).expect("somebody reads"));
            });
        }
        std::iter::from_fn(|| bytes(&*right, 8).ok().filter(|came| !came.is_empty())).collect()
    });
    came.sort_unstable();
    let expected = (0..4).flat_map(|number| (0..50).map(move |round| vec![number, round]));
    assert!(came.into_iter().eq(expected), "each once, and the end when the last copy is gone");
    fine()
}

fn thirty(on: &dyn Sockets) -> Verdict {
    let (server, local) = listener(on, Family::INET, SOCK_STREAM);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..30)
            .map(|number| {
                let local = &local;
                scope.spawn(move || {
                    let client = connect(on, local, SOCK_STREAM);
                    client.send_all(&pattern(number, 50_000)).expect("somebody reads");
                    client.shutdown(Shutdown::Write).expect("it is connected");
                    assert!(to_end(&*client) == pattern(number, 50_000), "{number}");
                })
            })
            .collect();
        for _ in 0..30 {
            let peer = accept(&*server);
            scope.spawn(move || peer.send_all(&to_end(&*peer)).expect("somebody reads"));
        }
        clients.into_iter().for_each(|client| client.join().expect("no panic"));
    });
    fine()
}
