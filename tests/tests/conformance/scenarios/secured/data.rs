//! Data that goes over secured streams.

use std::io::{Read, Write};

use socket2::SockRef;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{SecuredStream, Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::case::{Case, MANY, secured};
use super::sides::{
    ROLES, Role, agree, agreed, beside, client_config, connection, layer, met, ours, server_config, stranger,
};
use super::stranger::Stranger;
use super::wire::{DATA, Wire};

pub(super) const CASES: &[Case] = &[
    secured("an_echo_of_megabytes_comes_back_whole", echo).under(MANY),
    secured("data_goes_one_byte_at_a_time", one_byte_at_a_time),
    secured("two_peers_that_both_send_do_not_wait_for_one_another", both_send).under(MANY),
    secured("two_that_write_all_before_they_read_have_everything", write_all_then_read),
    secured("thousands_of_small_messages_go_each_way", small_messages),
    secured("an_empty_write_sends_no_record", empty_write),
    secured("no_record_is_longer_than_allowed", record_sizes),
    secured("records_of_the_smallest_size_are_understood", small_records),
    secured("a_hundred_records_in_one_write_are_all_read", many_records),
    secured("records_that_drip_are_put_together", dripping),
    secured("the_smallest_socket_buffers_only_slow_it_down", small_buffers).under(MANY),
    secured("a_read_takes_no_more_than_it_has_room_for", little_room),
    secured("who_reads_late_gets_everything", late_reader),
];

/// Far more than any buffer holds.
const MUCH: usize = 4 << 20;

/// Sends so much and its end in one thread while another receives.
fn exchange(side: Box<dyn SecuredStream>, len: usize) -> Vec<u8> {
    let (mut reader, mut writer) = side.split().expect("a handshake");
    let send = move || {
        writer.write_all(&pattern(0, len)).expect("the peer takes it");
        writer.close_write().expect("the peer is there");
    };
    let ((), came) = beside(send, || {
        let mut came = Vec::new();
        reader.read_to_end(&mut came).expect("a clean end");
        came
    });
    came
}

/// Sends back what comes, and the end.
fn send_back(mut stranger: Stranger) {
    let mut chunk = vec![0; 16 << 10];
    loop {
        match stranger.read(&mut chunk).expect("data, and its end") {
            0 => return stranger.end(),
            n => stranger.write_all(&chunk[..n]).expect("somebody reads"),
        }
    }
}

/// Two of our own sides.
fn between_ourselves(on: &dyn Securing, terms: Terms) -> [Box<dyn SecuredStream>; 2] {
    let (one, other) = connection();
    [ours(on, one, layer(terms, Role::Client)), ours(on, other, layer(terms, Role::Server))]
}

fn echo(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (ours, stranger) = met(on, terms, role);
        let ((), came) = beside(|| send_back(stranger), || exchange(ours, MUCH));
        assert!(came == pattern(0, MUCH), "{role:?}: {} bytes", came.len());
    }
    Ok(Log::new())
}

fn one_byte_at_a_time(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, stranger) = met(on, terms, role);
        let ((), ()) = beside(
            || send_back(stranger),
            || {
                for byte in pattern(0, 300) {
                    let mut answer = [0; 1];
                    ours.write_all(&[byte]).expect("it is taken");
                    ours.read_exact(&mut answer).expect("an answer");
                    assert_eq!(answer, [byte]);
                }
                ours.close().expect("everything has left");
            },
        );
    }
    Ok(Log::new())
}

/// SSL-71, SSL trap 8: a side which did not receive while it sends would stop the other.
fn both_send(on: &dyn Securing, terms: Terms) -> Verdict {
    let [one, other] = between_ourselves(on, terms);
    let (far, near) = beside(|| exchange(other, MUCH), || exchange(one, MUCH));
    assert!(far == pattern(0, MUCH) && near == far, "{} and {} bytes", far.len(), near.len());
    Ok(Log::new().with("each", &near, "clean"))
}

/// As much as the buffers of a connection hold in any case.
fn write_all_then_read(on: &dyn Securing, terms: Terms) -> Verdict {
    const LITTLE: usize = 10_000;
    let talk = |mut side: Box<dyn SecuredStream>| {
        let mut came = Vec::new();
        side.write_all(&pattern(0, LITTLE)).expect("there is room");
        side.close_write().expect("the peer is there");
        side.read_to_end(&mut came).expect("a clean end");
        came
    };
    let [one, other] = between_ourselves(on, terms);
    let (far, near) = beside(move || talk(other), || talk(one));
    assert_eq!((far == pattern(0, LITTLE), near == pattern(0, LITTLE)), (true, true));
    Ok(Log::new().with("each", &near, "clean"))
}

fn small_messages(on: &dyn Securing, terms: Terms) -> Verdict {
    const MESSAGES: u32 = 3000;
    let talk = |side: Box<dyn SecuredStream>| {
        let (mut reader, mut writer) = side.split().expect("a handshake");
        let ask = move || {
            for number in 0..MESSAGES {
                writer.write_all(&number.to_be_bytes()).expect("it is taken");
            }
            // It is dropped behind the other's last message.
            writer
        };
        let (_writer, ()) = beside(ask, || {
            let mut number = [0; 4];
            for expected in 0..MESSAGES {
                reader.read_exact(&mut number).expect("a message");
                assert_eq!(u32::from_be_bytes(number), expected);
            }
        });
    };
    let [one, other] = between_ourselves(on, terms);
    beside(move || talk(other), || talk(one));
    Ok(Log::new())
}

/// SSL trap 16.
fn empty_write(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other, wire) = Wire::new();
        let (mut ours, mut stranger) =
            agree(ours(on, socket, layer(terms, role)), stranger(terms, role, other));
        // The relay has seen what the stranger has read.
        ours.write_all(b"1").expect("it is taken");
        assert_eq!(stranger.read_some(1), b"1");
        let before = wire.sent();
        assert_eq!(ours.write(b"").expect("nothing is nothing"), 0);
        ours.write_all(b"2").expect("it is taken");
        assert_eq!(stranger.read_some(1), b"2");
        assert_eq!(wire.sent().len(), before.len() + 1, "{role:?}");
    }
    Ok(Log::new())
}

/// RFC 8446, 5.1 and 5.2; RFC 5246, 6.2.
fn record_sizes(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other, wire) = Wire::new();
        let (ours, mut stranger) = (ours(on, socket, layer(terms, role)), stranger(terms, role, other));
        let mut ours = ours;
        let (came, ()) = beside(
            || stranger.read_some(1 << 20),
            || ours.write_all(&pattern(0, 1 << 20)).expect("it is taken"),
        );
        assert!(came == pattern(0, 1 << 20));
        let longest = wire.sent().into_iter().filter(|(kind, _)| *kind == DATA).map(|(_, len)| len).max();
        assert!(longest <= Some((16 << 10) + 256), "{role:?}: {longest:?}");
    }
    Ok(Log::new())
}

/// The handshake as well comes in pieces.
fn small_records(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other) = connection();
        let mut stranger = match role {
            Role::Client => {
                let mut config = server_config(terms);
                config.max_fragment_size = Some(32);
                Stranger::server(other, config)
            }
            Role::Server => {
                let mut config = client_config(terms);
                config.max_fragment_size = Some(32);
                Stranger::client(other, config)
            }
        };
        let mut ours = ours(on, socket, layer(terms, role));
        let ((), came) = beside(
            || {
                stranger.write_all(&pattern(0, 20_000)).expect("it is taken");
                stranger.end();
            },
            || {
                let mut came = Vec::new();
                ours.read_to_end(&mut came).expect("a clean end");
                came
            },
        );
        assert!(came == pattern(0, 20_000), "{role:?}: {} bytes", came.len());
    }
    Ok(Log::new())
}

/// All of them are opened at once, and none is overlooked because the socket is empty (SSL-73, SSL-114).
fn many_records(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let records: Vec<u8> = (0..100).flat_map(|number| stranger.sealed(&[number])).collect();
        stranger.socket.write_all(&records).expect("it is taken");
        let mut numbers = [0; 100];
        ours.read_exact(&mut numbers).expect("all of them");
        assert!(numbers.into_iter().eq(0..100), "{role:?}: {numbers:?}");
    }
    Ok(Log::new())
}

/// SSL-113: no byte of a record alone is of any use.
fn dripping(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        SockRef::from(&stranger.socket).set_tcp_nodelay(true).expect("TCP");
        let record = stranger.sealed(b"whole");
        let mut came = [0; 5];
        beside(
            || {
                for byte in record {
                    stranger.socket.write_all(&[byte]).expect("it is taken");
                }
            },
            || ours.read_exact(&mut came).expect("it comes"),
        );
        assert_eq!(&came, b"whole", "{role:?}");
    }
    Ok(Log::new())
}

fn small_buffers(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other) = connection();
        SockRef::from(&socket).set_send_buffer_size(1).expect("it can be small");
        SockRef::from(&socket).set_recv_buffer_size(1).expect("it can be small");
        let ours = ours(on, socket, layer(terms, role));
        let stranger = stranger(terms, role, other);
        let ((), came) = beside(|| send_back(stranger), || exchange(ours, 10_000));
        assert!(came == pattern(0, 10_000), "{role:?}: {} bytes", came.len());
    }
    Ok(Log::new())
}

fn little_room(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        stranger.write_all(b"abcde").expect("it is taken");
        let mut room = [0; 2];
        for part in [&b"ab"[..], b"cd", b"e"] {
            let n = ours.read(&mut room).expect("it comes");
            assert_eq!(&room[..n], part, "{role:?}");
        }
        assert_eq!(ours.read(&mut []).expect("nothing is asked for"), 0);
    }
    Ok(Log::new())
}

/// The writer waits for a reader that waits for it to be stuck.
fn late_reader(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other) = connection();
        SockRef::from(&socket).set_send_buffer_size(64 << 10).expect("it can be small");
        let (mut ours, mut stranger) =
            agree(ours(on, socket, layer(terms, role)), stranger(terms, role, other));
        let (begun, begin) = std::sync::mpsc::channel();
        let (came, ()) = beside(
            move || {
                begin.recv().expect("it writes");
                stranger.read_some(MUCH)
            },
            || {
                ours.write_all(&pattern(0, 1)).expect("it is taken");
                begun.send(()).expect("somebody waits");
                ours.write_all(&pattern(1, MUCH - 1)).expect("it is taken");
            },
        );
        assert!(came == pattern(0, MUCH), "{role:?}");
    }
    Ok(Log::new())
}
