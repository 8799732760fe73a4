//! What `asynchat` promises, or should have: one thing a test.

use standpipe_core::Bytes;
use standpipe_core::chat::{
    Fifo, MessageEnd, MessageError, MessageOptions, Messages, OverLimit, Piece, Scanner, SimpleProducer,
    Terminator, TerminatorError, find_prefix_at_end,
};
use standpipe_core::flow::SendQueue;

/// What is told of the chunks, as text: data, and `F` where a terminator is found.
fn told(scanner: &mut Scanner, chunks: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for chunk in chunks {
        let mut rest = chunk.as_bytes();
        loop {
            let (used, piece) = scanner.scan(rest);
            rest = &rest[used..];
            match piece {
                Piece::Data(data) | Piece::Unterminated(data) => {
                    all.push(String::from_utf8(data.to_vec()).expect("text"));
                }
                Piece::Found(_) => all.push("F".into()),
                Piece::More => break,
            }
        }
    }
    all
}

fn scanner(terminator: impl Into<Terminator>) -> Scanner {
    Scanner::new(terminator.into())
}

/// ACH-11, ACH-12, ACH-13.
#[test]
fn a_count_counts_down_and_is_there_once() {
    let mut five = scanner(5);
    assert_eq!(told(&mut five, &["abc"]), ["abc"]);
    assert_eq!(five.remaining(), Some(2));
    assert_eq!(told(&mut five, &["defgh", "ijklmn"]), ["de", "F", "fgh", "ijklmn"]);
    assert_eq!((five.remaining(), five.terminator()), (Some(0), &Terminator::count(5)));
    assert_eq!(told(&mut scanner(3), &["abc"]), ["abc", "F"]);
}

/// ACH-T3, ACH-47.
#[test]
fn a_count_of_nothing_is_found_at_once() {
    assert_eq!(told(&mut scanner(0), &[""]), ["F"]);
    assert_eq!(told(&mut scanner(0), &["abc"]), ["F", "abc"]);
    let mut messages = Messages::new(Terminator::count(0));
    assert_eq!(messages.next(b"").map(|(_, message)| message.map(|found| found.bytes.len())), Ok(Some(0)));
}

/// ACH-09.
#[test]
fn what_would_be_found_everywhere_is_refused() {
    assert_eq!(Terminator::bytes(""), Err(TerminatorError::Empty { index: 0 }));
    assert_eq!(Terminator::try_from(&b""[..]), Err(TerminatorError::Empty { index: 0 }));
    assert_eq!(Terminator::any_of(["a", ""]), Err(TerminatorError::Empty { index: 1 }));
    assert_eq!(told(&mut Scanner::new(Terminator::none()), &["a\r\n", "b"]), ["a\r\n", "b"]);
}

/// ACH-15 to ACH-19.
#[test]
fn data_is_never_empty_and_what_is_held_comes_back() {
    let crlf = || scanner(Terminator::CRLF);
    assert_eq!(told(&mut crlf(), &["a\r\n\r\nb\r\n"]), ["a", "F", "F", "b", "F"]);
    assert_eq!(told(&mut crlf(), &["ab\r", "\ncd"]), ["ab", "F", "cd"]);
    assert_eq!(told(&mut crlf(), &["a\r", "bc"]).concat(), "a\rbc");
    assert_eq!(told(&mut crlf(), &["\r", "\n"]), ["F"]);
    assert_eq!(told(&mut scanner(b"aab"), &["aaa", "ab"]), ["a", "a", "F"]);
    let long = "-".repeat(9000);
    let mut boundary = Scanner::new(Terminator::bytes(long.clone()).expect("not empty"));
    assert_eq!(told(&mut boundary, &["x", &long[..5000], &long[5000..], "y"]), ["x", "F", "y"]);
}

/// ACH-T2.
#[test]
fn what_is_held_at_the_end_is_told_as_unterminated() {
    let mut lines = scanner(Terminator::CRLF);
    assert_eq!(told(&mut lines, &["ab\r"]), ["ab"]);
    assert_eq!(lines.finish(), Piece::Unterminated(b"\r"));
    assert_eq!(lines.finish(), Piece::More);
    let mut messages = Messages::new(Terminator::CRLF);
    assert_eq!(messages.next(b"ab\r"), Ok((3, None)));
    let last = messages.finish().expect("no error").expect("a rest");
    assert_eq!((last.bytes, last.end), (&b"ab\r"[..], MessageEnd::Eof));
}

/// ACH-T4.
#[test]
fn a_message_over_the_limit_is_an_error_that_stays() {
    let mut messages = Messages::new(Terminator::LF);
    assert_eq!(messages.next(&[b'x'; 64 << 10]), Ok((64 << 10, None)));
    assert_eq!(messages.next(b"x"), Err(MessageError::TooLong { limit: 64 << 10 }));
    assert_eq!(messages.next(b"\n"), Err(MessageError::TooLong { limit: 64 << 10 }));
    assert_eq!(messages.held(), 0, "and nothing is kept");
}

#[test]
fn a_message_over_the_limit_comes_in_parts_where_they_are_wanted() {
    let options = MessageOptions { limit: 3, over: OverLimit::Parts };
    let mut messages = Messages::new(Terminator::LF).with_options(options);
    let (mut rest, mut parts) = (&b"abcdefgh\nij\n"[..], Vec::new());
    while let (used, Some(part)) = messages.next(rest).expect("no error") {
        rest = &rest[used..];
        parts.push((part.bytes.to_vec(), part.end));
    }
    let (part, end) = (MessageEnd::Part, MessageEnd::Found(0));
    let expected = [(&b"abc"[..], part), (b"def", part), (b"gh", end), (b"ij", end)];
    assert_eq!(parts, expected.map(|(bytes, end)| (bytes.to_vec(), end)));
}

/// ACH-46, ACH-47, ACH-48.
#[test]
fn requests_are_read_as_heads_and_bodies() {
    let stream = b"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello and more";
    for size in [1, 7, stream.len()] {
        let mut messages = Messages::new(Terminator::from(b"\r\n\r\n"));
        let mut seen = Vec::new();
        for mut rest in stream.chunks(size) {
            while let (used, Some(message)) = messages.next(rest).expect("no error") {
                rest = &rest[used..];
                seen.push(String::from_utf8(message.bytes.to_vec()).expect("text"));
                messages.set_terminator(if seen.len() == 1 { 5.into() } else { Terminator::none() });
            }
        }
        assert_eq!(seen, ["POST / HTTP/1.0\r\nContent-Length: 5", "hello"]);
        let surplus = messages.finish().expect("no error").expect("a rest");
        assert_eq!((surplus.bytes, surplus.end), (&b" and more"[..], MessageEnd::Eof));
    }
}

/// ACH-38 to ACH-43.
#[test]
fn a_fifo_gives_what_came_first() {
    let mut fifo = Fifo::from_iter([1, 2]);
    fifo.push(3);
    assert_eq!((fifo.len(), fifo.is_empty(), fifo.first()), (3, false, Some(&1)));
    assert_eq!((fifo.pop(), fifo.pop(), fifo.pop(), fifo.pop()), (Some(1), Some(2), Some(3), None));
    assert_eq!((fifo.len(), fifo.is_empty(), fifo.first()), (0, true, None));
}

/// ACH-44.
#[test]
fn a_simple_producer_makes_slices_and_copies_nothing() {
    let bytes = Bytes::from(vec![7; 1100]);
    let start = bytes.as_ptr();
    let mut queue = SendQueue::new(4096, 0);
    queue.push_producer(SimpleProducer::new(bytes));
    let mut slices = Vec::new();
    while !queue.is_empty() {
        let chunk = queue.chunks().next().expect("a chunk");
        slices.push((chunk.as_ptr() as usize - start as usize, chunk.len()));
        let len = chunk.len();
        queue.consume(len);
    }
    assert_eq!(slices, [(0, 512), (512, 512), (1024, 76)]);
}

/// ACH-45.
#[test]
fn the_prefix_at_the_end_is_found() {
    let cases: [(&str, &str, usize); 7] = [
        ("qwerty\r", "\r\n", 1),
        ("qwertydkjf", "\r\n", 0),
        ("ab\r\n\r", "\r\n.\r\n", 1),
        ("aaa", "aaab", 3),
        ("\r\n", "\r\n", 0),
        ("a", "a", 0),
        ("abc", "", 0),
    ];
    for (haystack, needle, length) in cases {
        assert_eq!(find_prefix_at_end(haystack.as_bytes(), needle.as_bytes()), length, "{haystack:?}");
    }
}
