//! How secured streams end.

use std::io::{ErrorKind, Read, Write};
use std::sync::mpsc::channel;
use std::time::Duration;

use socket2::SockRef;
use standpipe_core::{EofPolicy, SecuredOptions};
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Securing, Terms, Verdict};
use standpipe_tests::log::Log;

use super::case::{Case, MANY, secured};
use super::sides::{
    ROLES, Role, SHORT, agree, agreed, beside, connection, kind, layer, met, ours, stranger, within,
};

pub(super) const CASES: &[Case] = &[
    secured("an_end_without_close_notify_is_an_error_and_no_end", truncated).under(MANY),
    secured("an_end_without_close_notify_is_an_end_where_that_is_accepted", accepted),
    secured("a_clean_end_is_the_end_every_time", clean),
    secured("close_notify_is_the_end_while_the_transport_goes_on", transport_goes_on),
    secured("what_is_written_before_a_close_arrives_whole", arrives_whole).under(MANY),
    secured("data_and_its_end_in_one_write_are_both_read", together),
    secured("what_follows_the_end_is_never_data", junk),
    secured("who_floods_behind_the_end_is_got_rid_of", flood),
    secured("a_half_closed_peer_still_gets_its_answer", late_answer).under(MANY),
    secured("who_has_half_closed_still_gets_its_answer", late_answer_to_us),
    secured("two_that_close_at_once_both_end_cleanly", both_close),
    secured("a_close_lets_the_peer_finish", lets_finish),
    secured("a_close_waits_for_the_peers_end_only_so_long", deaf),
    secured("a_close_before_the_handshake_performs_it_first", close_unagreed),
    secured("a_dropped_stream_vouches_for_nothing", dropped),
    secured("a_reset_is_told_to_readers_and_writers", reset),
    secured("nothing_can_be_written_behind_the_end", written_behind),
    secured("the_end_can_be_said_twice", said_twice),
    secured("halves_end_as_the_whole_does", halves),
];

/// SSL-09, SSL-67, SSL trap 3: what came before it is delivered, and it stays an error.
fn truncated(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        stranger.write_all(&pattern(0, 1000)).expect("it is taken");
        stranger.end_transport();
        let mut came = Vec::new();
        assert_eq!(kind(ours.read_to_end(&mut came)), ErrorKind::UnexpectedEof, "{role:?}");
        assert!(came == pattern(0, 1000), "{role:?}: {} bytes", came.len());
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::UnexpectedEof, "{role:?}");
    }
    Ok(Log::new())
}

/// SSL-17.
fn accepted(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other) = connection();
        let options = SecuredOptions { eof: EofPolicy::Accept, ..SecuredOptions::default() };
        let (mut ours, mut stranger) =
            agree(within(on, socket, layer(terms, role), options), stranger(terms, role, other));
        stranger.write_all(b"all of it").expect("it is taken");
        stranger.end_transport();
        let mut came = Vec::new();
        ours.read_to_end(&mut came).expect("it is accepted");
        assert_eq!(came, b"all of it", "{role:?}");
    }
    Ok(Log::new())
}

fn clean(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        stranger.write_all(b"x").expect("it is taken");
        stranger.end();
        let mut byte = [0; 2];
        let reads = [(); 4].map(|()| ours.read(&mut byte).expect("data or the end"));
        assert_eq!(reads, [1, 0, 0, 0], "{role:?}");
    }
    Ok(Log::new())
}

fn transport_goes_on(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        stranger.close_notify();
        assert_eq!(ours.read(&mut [0]).expect("the end"), 0, "{role:?}");
        drop(stranger);
    }
    Ok(Log::new())
}

/// SSL-61, SSL-82: the peer reads nothing until the buffers are full; then every byte, close_notify, and the
/// connection's end, in this order.
fn arrives_whole(on: &dyn Securing, terms: Terms) -> Verdict {
    const LEN: usize = 4 << 20;
    for role in ROLES {
        let (socket, other) = connection();
        SockRef::from(&socket).set_send_buffer_size(64 << 10).expect("it can be small");
        let (mut ours, mut stranger) =
            agree(ours(on, socket, layer(terms, role)), stranger(terms, role, other));
        let (begin, begun) = channel();
        let (came, ()) = beside(
            move || {
                begun.recv().expect("it writes");
                let came = stranger.read_all().expect("close_notify");
                let behind = stranger.socket.read_to_end(&mut Vec::new());
                assert_eq!(behind.expect("the end of the connection"), 0);
                came
            },
            || {
                ours.write_all(&pattern(0, 1)).expect("it is taken");
                begin.send(()).expect("somebody waits");
                ours.write_all(&pattern(1, LEN - 1)).expect("it is taken");
                ours.close().expect("everything has left");
            },
        );
        assert!(came == pattern(0, LEN), "{role:?}: {} bytes", came.len());
    }
    Ok(Log::new())
}

fn together(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let mut all = stranger.sealed(b"the last words");
        stranger.connection.send_close_notify();
        all.extend(stranger.records());
        stranger.socket.write_all(&all).expect("it is taken");
        stranger.end_transport();
        let mut came = String::new();
        ours.read_to_string(&mut came).expect("a clean end");
        assert_eq!(came, "the last words", "{role:?}");
    }
    Ok(Log::new())
}

/// RFC 8446, 6.1: whatever comes after it is ignored.
fn junk(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let mut all = stranger.sealed(b"data");
        stranger.connection.send_close_notify();
        all.extend(stranger.records());
        all.extend(b"junk that is no record");
        stranger.socket.write_all(&all).expect("it is taken");
        let mut came = Vec::new();
        ours.read_to_end(&mut came).expect("a clean end");
        assert_eq!(came, b"data", "{role:?}");
        assert_eq!(ours.read(&mut [0]).expect("the end"), 0, "{role:?}");
        ours.write_all(b"still").expect("the other direction goes on");
        assert_eq!(stranger.read_some(5), b"still", "{role:?}");
    }
    Ok(Log::new())
}

fn flood(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        stranger.close_notify();
        let ((), ()) = beside(
            move || while stranger.socket.write_all(&[0; 1 << 16]).is_ok() {},
            || {
                assert_eq!(ours.read(&mut [0]).expect("the end"), 0, "{role:?}");
                ours.close().expect("nothing was to be sent");
            },
        );
    }
    Ok(Log::new())
}

/// SSL-62: close_notify ends one direction.
fn late_answer(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = met(on, terms, role);
        let (answer, question) = beside(
            || {
                stranger.write_all(b"question").expect("it is taken");
                stranger.end();
                stranger.read_all().expect("a clean end")
            },
            || {
                let mut question = String::new();
                ours.read_to_string(&mut question).expect("a clean end");
                ours.write_all(b"late").expect("it is taken");
                ours.close().expect("everything has left");
                question
            },
        );
        assert_eq!((question.as_str(), &answer[..]), ("question", &b"late"[..]), "{role:?}");
    }
    Ok(Log::new())
}

fn late_answer_to_us(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = met(on, terms, role);
        let (question, answer) = beside(
            || {
                let question = stranger.read_all().expect("a clean end");
                stranger.write_all(b"late").expect("it is taken");
                stranger.end();
                question
            },
            || {
                let mut answer = String::new();
                ours.write_all(b"question").expect("it is taken");
                ours.close_write().expect("the peer is there");
                ours.read_to_string(&mut answer).expect("a clean end");
                answer
            },
        );
        assert_eq!((&question[..], answer.as_str()), (&b"question"[..], "late"), "{role:?}");
    }
    Ok(Log::new())
}

fn both_close(on: &dyn Securing, terms: Terms) -> Verdict {
    let (one, other) = connection();
    let mut client = ours(on, one, layer(terms, Role::Client));
    let mut server = ours(on, other, layer(terms, Role::Server));
    let (theirs, own) = beside(
        move || {
            server.write_all(b"x")?;
            server.close()
        },
        move || {
            client.write_all(b"y")?;
            client.close()
        },
    );
    theirs.expect("a clean end");
    own.expect("a clean end");
    Ok(Log::new())
}

/// What it still sends is dropped, without a reset that would take from it what it has not read yet.
fn lets_finish(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        let (came, ()) = beside(
            move || {
                stranger.write_all(&pattern(0, 1 << 20)).expect("somebody takes it");
                stranger.end();
                stranger.read_all().expect("a clean end")
            },
            || {
                ours.write_all(b"farewell").expect("it is taken");
                ours.close().expect("everything has left");
            },
        );
        assert_eq!(came, b"farewell", "{role:?}");
    }
    Ok(Log::new())
}

/// It reads nothing, and says nothing.
fn deaf(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (socket, other) = connection();
        let options = SecuredOptions { close: SHORT, ..SecuredOptions::default() };
        let (mut ours, stranger) =
            agree(within(on, socket, layer(terms, role), options), stranger(terms, role, other));
        ours.write_all(b"farewell").expect("there is room");
        ours.close().expect("everything has left");
        drop(stranger);
    }
    Ok(Log::new())
}

/// Nobody could vouch for an end without it.
fn close_unagreed(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (ours, mut stranger) = met(on, terms, role);
        let (theirs, own) = beside(move || stranger.read_all(), || ours.close());
        own.expect("everything has left");
        assert_eq!(theirs.expect("a clean end"), b"", "{role:?}");
    }
    Ok(Log::new())
}

fn dropped(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        ours.write_all(b"half of it").expect("it is taken");
        drop(ours);
        assert_eq!(stranger.read_some(10), b"half of it");
        assert_eq!(kind(stranger.read(&mut [0])), ErrorKind::UnexpectedEof, "{role:?}");
    }
    Ok(Log::new())
}

/// SSL-08.
fn reset(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        stranger.write_all(b"x").expect("it is taken");
        ours.read_exact(&mut [0]).expect("it came before");
        SockRef::from(&stranger.socket).set_linger(Some(Duration::ZERO)).expect("TCP");
        drop(stranger);
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::ConnectionReset, "{role:?}");
        assert_eq!(kind(ours.write(b"y")), ErrorKind::ConnectionReset, "{role:?}");
        assert_eq!(kind(ours.read(&mut [0])), ErrorKind::ConnectionReset, "{role:?}");
    }
    Ok(Log::new())
}

/// SSL-05.
fn written_behind(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        ours.write_all(b"x").expect("it is taken");
        ours.close_write().expect("the peer is there");
        assert_eq!(kind(ours.write(b"y")), ErrorKind::BrokenPipe, "{role:?}");
        assert_eq!(stranger.read_all().expect("a clean end"), b"x", "{role:?}");
    }
    Ok(Log::new())
}

fn said_twice(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (mut ours, mut stranger) = agreed(on, terms, role);
        ours.close_write().expect("the peer is there");
        ours.close_write().expect("it was said");
        stranger.end();
        ours.close().expect("both ends were said");
        assert_eq!(stranger.read_all().expect("a clean end"), b"", "{role:?}");
    }
    Ok(Log::new())
}

fn halves(on: &dyn Securing, terms: Terms) -> Verdict {
    for role in ROLES {
        let (ours, mut stranger) = agreed(on, terms, role);
        let (mut reader, mut writer) = ours.split().expect("it is agreed");
        stranger.write_all(b"x").expect("it is taken");
        stranger.end();
        let mut came = Vec::new();
        reader.read_to_end(&mut came).expect("a clean end");
        writer.write_all(b"late").expect("it is taken");
        writer.close_write().expect("the peer is there");
        assert_eq!(kind(writer.write(b"y")), ErrorKind::BrokenPipe, "{role:?}");
        assert_eq!((&came[..], stranger.read_all().expect("a clean end")), (&b"x"[..], b"late".to_vec()));
    }
    Ok(Log::new())
}
