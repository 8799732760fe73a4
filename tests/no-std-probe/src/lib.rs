//! Proof that core is pure: a static library without the standard library that links it and drives a machine.
//!
//! The standard library brings a panic handler of its own, and this crate brings another one. Whoever lets it into
//! core's dependency graph therefore gets a duplicate lang item (E0152) from building this crate, and so does the
//! feature `std` here, which exists to show that the probe still bites.

#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};

use standpipe_core::flow::{Relay, RelayOptions};
use standpipe_core::{
    BUDGET, Done, Duty, Io, LENT_SIZE, Lend, Moment, Outcome, Pending, Port, Progress, Window, advance,
};

/// Drives an echo whose peer says nothing, so that the loop body is compiled for real. Whether it is done.
#[unsafe(no_mangle)]
pub extern "C" fn standpipe_probe() -> bool {
    let mut echo = Relay::echo(RelayOptions::default());
    advance(&mut echo, &mut Silence, Moment::ORIGIN, BUDGET) == Progress::Done
}

struct Silence;

impl Lend for Silence {
    fn take(&mut self) -> Box<[u8]> {
        alloc::vec![0; LENT_SIZE].into()
    }

    fn give(&mut self, _: Box<[u8]>) {}
}

impl Io for Silence {
    fn try_read(&mut self, _: Port, _: Window<'_>) -> Outcome {
        Outcome::Eof
    }

    fn try_write(&mut self, _: Port, _: Pending<'_>) -> Outcome {
        Outcome::Blocked
    }

    fn try_duty(&mut self, _: Port, _: Duty) -> Done {
        Done::Ok(0)
    }
}

/// Has no memory to give: the probe is linked, never run.
struct NoMemory;

// SAFETY: null is the documented answer of an allocator that cannot serve a request, and what was never given out is
// never given back.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NO_MEMORY: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
