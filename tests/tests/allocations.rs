//! What allocates nothing: counted, by an allocator that does. The one file of these tests with `unsafe`.

#[path = "allocations/chat.rs"]
mod chat;
#[path = "allocations/dispatch.rs"]
mod dispatch;
#[path = "allocations/futures.rs"]
mod futures;
#[path = "allocations/process.rs"]
mod process;
#[path = "allocations/tls.rs"]
mod tls;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use standpipe_core::Bytes;
use standpipe_core::chat::{MessageOptions, Messages, OverLimit, Piece, Scanner, Terminator};

thread_local! {
    /// How often this thread has asked for memory, and how many bytes it has of it.
    static ASKED: Cell<(u64, isize)> = const { Cell::new((0, 0)) };
}

struct Counting;

fn count(calls: u64, grown: isize) {
    // A thread that ends frees memory when its counter is gone.
    let _ = ASKED.try_with(|asked| {
        let (all, bytes) = asked.get();
        // What another thread had allocated may be freed by this one.
        asked.set((all + calls, bytes + grown));
    });
}

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, layout.size() as isize);
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, -(layout.size() as isize));
        // SAFETY: as above; the block came from the same allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, size as isize - layout.size() as isize);
        // SAFETY: as above; the block came from the same allocator.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often the work asks for memory.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = ASKED.get().0;
    work();
    ASKED.get().0 - before
}

fn bytes_held() -> isize {
    ASKED.get().1
}

/// How many messages there are in the chunk, all of which is used.
fn take_all(messages: &mut Messages, chunk: &[u8]) -> usize {
    let (mut rest, mut count) = (chunk, 0);
    loop {
        let (used, message) = messages.next(rest).expect("no message is over the limit");
        rest = &rest[used..];
        if black_box(message).is_none() {
            return count;
        }
        count += 1;
    }
}

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| drop(black_box(vec![0_u8; 100]))), 1);
    let before = bytes_held();
    let held = black_box(vec![0_u8; 100]);
    assert_eq!(bytes_held() - before, 100);
    drop(held);
    assert_eq!(bytes_held(), before);
}

#[test]
fn a_message_in_one_chunk_costs_no_allocation() {
    let set = Terminator::any_of(["\r\n", "\n"]).expect("a set");
    for terminator in [Terminator::LF, Terminator::CRLF, set] {
        let mut messages = Messages::new(terminator);
        let chunk = b"hello there\r\n".repeat(300);
        assert_eq!(allocations(|| assert_eq!(take_all(&mut messages, &chunk), 300)), 0);
    }
}

/// What spans chunks lies in one buffer, which is kept while it is small.
#[test]
fn messages_across_chunks_cost_one_allocation_once() {
    let mut messages = Messages::new(Terminator::CRLF);
    let text = b"hello there, how are you?\r\n".repeat(300);
    for chunk in text.chunks(10) {
        take_all(&mut messages, chunk);
    }
    let again = || {
        for chunk in text.chunks(10) {
            take_all(&mut messages, chunk);
        }
    };
    assert_eq!(allocations(again), 0);
}

#[test]
fn a_large_message_leaves_nothing_behind() {
    let before = bytes_held();
    let mut messages = Messages::new(Terminator::LF);
    take_all(&mut messages, &[b'x'; 60_000]);
    assert!(bytes_held() - before >= 60_000);
    assert_eq!(take_all(&mut messages, b"\n"), 1);
    take_all(&mut messages, b"");
    assert_eq!(bytes_held(), before);
}

/// An unterminated line of any length.
#[test]
fn skipping_keeps_nothing() {
    let options = MessageOptions { limit: 1000, over: OverLimit::Skip };
    let mut messages = Messages::new(Terminator::CRLF).with_options(options);
    let before = bytes_held();
    for _ in 0..100 {
        take_all(&mut messages, &[b'x'; 4096]);
        assert!(messages.held() < 2 && bytes_held() - before < 4096);
    }
    assert_eq!(take_all(&mut messages, b"\r\n"), 1);
}

#[test]
fn a_scanner_allocates_nothing() {
    let set = Terminator::longest_of(["aab", "aaaab", "ab\r"]).expect("a set");
    let text = b"aaaaabaaabab\raa".repeat(100);
    let terminators = [Terminator::none(), Terminator::count(400), Terminator::from(b"aaab"), set];
    let mut scanner = Scanner::new(Terminator::none());
    for terminator in terminators {
        let work = || {
            scanner.set_terminator(terminator);
            for mut rest in text.chunks(7) {
                loop {
                    let (used, piece) = scanner.scan(rest);
                    rest = &rest[used..];
                    if black_box(piece) == Piece::More {
                        break;
                    }
                }
            }
        };
        assert_eq!(allocations(work), 0);
    }
}

#[test]
fn terminators_that_are_static_cost_nothing() {
    let work = || {
        drop(black_box(Terminator::CRLF));
        drop(black_box(Terminator::count(5)));
        drop(black_box(Terminator::none()));
        drop(black_box(Terminator::from(b"\r\n.\r\n")));
        drop(black_box(Terminator::bytes("\r\n\r\n")));
    };
    assert_eq!(allocations(work), 0);
    // Bytes that were a vector begin to be shared with the first clone.
    let long = Terminator::bytes(Bytes::from(vec![b'-'; 100])).expect("not empty");
    let _first = long.clone();
    assert_eq!(allocations(|| drop(black_box(long.clone()))), 0);
}
