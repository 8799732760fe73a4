//! Messages that are lost, that grow without bound, that are searched again and again, or that are cut elsewhere.

use standpipe_core::chat::{MessageEnd, MessageError, Messages, Terminator};

use crate::originals::say;

/// The carriage return might have begun a terminator.
#[test]
fn asynchat_loses_what_it_holds_back_at_the_end_and_we_do_not() {
    say("asynchat", "held_at_the_end", &["ab"]);
    let mut messages = Messages::new(Terminator::CRLF);
    assert_eq!(messages.next(b"ab\r"), Ok((3, None)));
    let last = messages.finish().expect("no error").expect("a rest");
    assert_eq!((last.bytes, last.end), (&b"ab\r"[..], MessageEnd::Eof));
}

/// 16 MiB, in pieces of 64 KiB.
#[test]
fn a_message_without_an_end_grows_with_asynchat_and_has_a_limit_with_us() {
    static PIECE: [u8; 64 << 10] = [b'x'; 64 << 10];
    say("asynchat", "without_a_terminator", &["16777216"]);
    let mut messages = Messages::new(Terminator::CRLF);
    for piece in std::iter::repeat_n(&PIECE, 256) {
        match messages.next(piece) {
            Ok(_) => assert!(messages.held() <= PIECE.len(), "{}", messages.held()),
            Err(error) => assert_eq!(error, MessageError::TooLong { limit: PIECE.len() }),
        }
    }
    assert_eq!(messages.held(), 0, "what is over the limit is not kept");
}

/// Who searches all that has come whenever something comes looks at N bytes about N times.
#[test]
fn a_naive_search_is_quadratic_and_ours_is_linear() {
    const LEN: usize = 10_000;
    let (mut buffer, mut naive) = (Vec::new(), 0);
    let mut messages = Messages::new(Terminator::CRLF);
    for _ in 0..LEN {
        buffer.push(b'\r');
        naive += buffer.windows(2).take_while(|two| two != b"\r\n").count();
        assert_eq!(messages.next(b"\r"), Ok((1, None)));
    }
    assert!(naive > LEN * LEN / 3, "{naive}");
    assert!(messages.steps() <= 2 * LEN as u64, "{}", messages.steps());
}

/// Who looks into each piece by itself misses a terminator that lies across two.
fn piece_by_piece(pieces: &[&[u8]]) -> usize {
    pieces.iter().map(|piece| piece.windows(2).filter(|two| two == b"\r\n").count()).sum()
}

/// Every input of three letters up to this length, cut in every way.
#[test]
fn where_input_is_cut_changes_nothing() {
    const LEN: usize = 7;
    assert_eq!((piece_by_piece(&[b"a\r\nb"]), piece_by_piece(&[b"a\r", b"\nb"])), (1, 0));
    for number in 0..3_usize.pow(LEN as u32) {
        let input: Vec<u8> = (0..LEN).map(|place| b"x\r\n"[number / 3_usize.pow(place as u32) % 3]).collect();
        let whole = messages([&input[..]].into_iter());
        for cuts in 0..1_usize << (LEN - 1) {
            assert_eq!(messages(pieces(&input, cuts)), whole, "{input:?} cut at {cuts:b}");
        }
    }
}

/// Cuts behind each byte whose bit is set.
fn pieces(input: &[u8], cuts: usize) -> impl Iterator<Item = &[u8]> {
    let mut place = 0;
    input.split_inclusive(move |_| {
        place += 1;
        cuts & (1 << (place - 1)) != 0
    })
}

fn messages<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<(Vec<u8>, MessageEnd)> {
    let mut messages = Messages::new(Terminator::CRLF);
    let mut all = Vec::new();
    for mut rest in pieces {
        while let (used, Some(message)) = messages.next(rest).expect("none is over the limit") {
            all.push((message.bytes.to_vec(), message.end));
            rest = &rest[used..];
        }
    }
    let last = messages.finish().expect("no error").map(|message| (message.bytes.to_vec(), message.end));
    all.extend(last);
    all
}
