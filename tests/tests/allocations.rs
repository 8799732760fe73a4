//! What allocates nothing: counted, by an allocator that does. The one file of these tests with `unsafe`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

#[path = "allocations/chat.rs"]
mod chat;

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

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| drop(black_box(vec![0_u8; 100]))), 1);
    let before = bytes_held();
    let held = black_box(vec![0_u8; 100]);
    assert_eq!(bytes_held() - before, 100);
    drop(held);
    assert_eq!(bytes_held(), before);
}
