//! The search for terminators is linear, however its input is cut and whatever is looked for.

use standpipe_core::chat::{Messages, Piece, Scanner, Terminator};

/// What comes of a stream: how many bytes of data and how many terminators, within two looks a byte.
fn scan<'a>(terminator: &Terminator, chunks: impl Iterator<Item = &'a [u8]>) -> (u64, u64) {
    let mut scanner = Scanner::new(terminator.clone());
    let (mut bytes, mut data, mut found) = (0, 0, 0);
    for chunk in chunks {
        bytes += chunk.len() as u64;
        let mut rest = chunk;
        loop {
            let (used, piece) = scanner.scan(rest);
            rest = &rest[used..];
            match piece {
                Piece::Data(piece) | Piece::Unterminated(piece) => data += piece.len() as u64,
                Piece::Found(_) => found += 1,
                Piece::More => break,
            }
        }
        assert!(
            scanner.steps() <= 2 * bytes,
            "{} looks at {bytes} bytes for {terminator:?}",
            scanner.steps()
        );
    }
    (data, found)
}

/// Terminators that are made to be looked for twice, and texts that nearly hold them.
fn hard() -> Vec<(Terminator, Vec<u8>)> {
    let bytes = |pattern: &'static str| Terminator::bytes(pattern).expect("not empty");
    let longest =
        |patterns: &[&'static str]| Terminator::longest_of(patterns.iter().copied()).expect("a set");
    let long = |head: &str, tail: &str| [head.repeat(200), tail.to_owned()].concat();
    vec![
        (bytes("aaaaab"), b"aaaaaaaaac".repeat(2000)),
        (bytes("abababac"), b"abababab".repeat(3000)),
        (bytes("aabaaabaac"), b"aabaaabaabaaabaaab".repeat(1000)),
        (Terminator::CRLF, b"\r\r\r\r\n\n".repeat(3000)),
        (Terminator::bytes(long("a", "b")).expect("long"), b"a".repeat(20_000)),
        (Terminator::bytes(long("ab", "b")).expect("long"), b"ab".repeat(10_000)),
        (Terminator::any_of(["aaab", "aac", "abaab"]).expect("a set"), b"aaaaabaa".repeat(2500)),
        (longest(&["a", "aaaaaaaab"]), b"aaaaaaaaaaac".repeat(2000)),
        (longest(&["a", "b", "abbbbbbc"]), b"abbbbbbb".repeat(2500)),
        (Terminator::longest_of(["a".to_owned(), long("a", "b")]).expect("a set"), b"a".repeat(20_000)),
    ]
}

#[test]
fn two_looks_a_byte_are_enough() {
    for (terminator, text) in hard() {
        let whole = scan(&terminator, [&text[..]].into_iter());
        for size in [1, 2, 3, 7, 64, 4096] {
            assert_eq!(scan(&terminator, text.chunks(size)), whole, "{terminator:?}, {size} bytes at a time");
        }
    }
}

#[test]
fn whole_messages_take_no_more_looks() {
    for (terminator, text) in hard() {
        for size in [1, 7, 4096] {
            let mut messages = Messages::new(terminator.clone());
            for chunk in text.chunks(size) {
                let mut rest = chunk;
                while let (used, Some(_)) = messages.next(rest).expect("none is over the limit") {
                    rest = &rest[used..];
                }
            }
            let most = 2 * text.len() as u64;
            assert!(
                messages.steps() <= most,
                "{} looks, {most} are enough: {terminator:?}",
                messages.steps()
            );
        }
    }
}

#[test]
fn a_line_of_64_mib_passes_in_chunks() {
    let chunk = [b'x'; 4096];
    // The last one is looked for at every byte.
    let terminators = [(Terminator::CRLF, 64 << 20), (Terminator::from(b"xxxxy"), 2 << 20)];
    for (terminator, bytes) in terminators {
        let (data, found) = scan(&terminator, std::iter::repeat_n(&chunk[..], bytes / chunk.len()));
        assert!(data + 4 >= bytes as u64 && found == 0);
    }
}

/// A handler that gets the last of a message's data may set a terminator for what follows: the message ends all the same.
#[test]
fn what_is_found_stays_found_once_its_data_was_handed_out() {
    let longest = |patterns: [&'static str; 2]| Terminator::longest_of(patterns).expect("a set");
    let found_next = |scanner: &mut Scanner, input: &[u8]| {
        let (used, piece) = scanner.scan(input);
        assert!(matches!(piece, Piece::Data(_)), "{piece:?}");
        scanner.set_terminator(Terminator::none());
        assert_eq!(scanner.scan(&input[used..]), (0, Piece::Found(0)));
        assert!(matches!(scanner.scan(&input[used..]), (_, Piece::Data(b"a" | b"ac" | b"x"))));
    };
    found_next(&mut Scanner::new(Terminator::CRLF), b"x\r\nac");
    found_next(&mut Scanner::new(Terminator::count(2)), b"xxac");
    found_next(&mut Scanner::new(longest(["a", "aaab"])), b"xaac");
    let mut scanner = Scanner::new(longest(["b", "abc"]));
    assert_eq!(scanner.scan(b"ab"), (2, Piece::More));
    found_next(&mut scanner, b"x");
}

/// What nobody was told of is searched anew.
#[test]
fn what_was_held_is_searched_for_the_next_terminator() {
    let mut scanner = Scanner::new(Terminator::from(b"\r\n.\r\n"));
    assert_eq!(scanner.scan(b"a\r\n."), (4, Piece::Data(b"a")));
    scanner.set_terminator(Terminator::CRLF);
    assert_eq!((scanner.held(), scanner.scan(b"b")), (3, (0, Piece::Found(0))));
    scanner.set_terminator(Terminator::from(b".b"));
    assert_eq!(scanner.scan(b"b"), (1, Piece::Found(0)));
    assert_eq!(scanner.scan(b""), (0, Piece::More));
}
