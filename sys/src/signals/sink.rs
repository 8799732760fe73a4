//! Whom our handler tells of a signal: [`Sink`].

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use standpipe_core::signal::{Signal, SignalSet, Woken};

use crate::fd::check_size;
use crate::sigpipe::without_sigpipe;

/// Whom our handler tells of a signal: by a byte, its number, in a non-blocking descriptor.
#[derive(Debug)]
pub(crate) struct Sink {
    write: OwnedFd,
    /// The signals that came since they were last taken, where they are kept.
    arrived: Option<AtomicU64>,
    /// A child that was made by fork(2) has the same descriptors, and signals of its own (SIG-52).
    owner: u32,
}

impl Sink {
    /// Told by a byte for each arrival. A full descriptor is no failure, and the signal leaves no trace there.
    pub(crate) fn of_bytes(write: OwnedFd) -> Self {
        Self { write, arrived: None, owner: process::id() }
    }

    /// Told by a set, in which nothing is lost, and by a byte for each signal that comes into it.
    pub(super) fn of_sets(write: OwnedFd) -> Self {
        Self { arrived: Some(AtomicU64::new(0)), ..Self::of_bytes(write) }
    }

    /// Whether this process is the one that made it. Async-signal-safe.
    pub(super) fn is_ours(&self) -> bool {
        process::id() == self.owner
    }

    /// Tells of a signal. Async-signal-safe: an atomic, and system calls that wait for nothing.
    pub(super) fn tell(&self, signal: Signal) {
        let bit = SignalSet::from(signal).bits();
        let is_new = self.arrived.as_ref().is_none_or(|set| set.fetch_or(bit, Ordering::SeqCst) & bit == 0);
        if is_new {
            self.write(Woken::byte(signal));
        }
    }

    /// Makes its descriptor readable, and tells of no signal. A full one is readable already.
    pub(crate) fn wake(&self) {
        self.write(0);
    }

    /// Takes what has arrived. To be called after the descriptor was drained, so that whatever comes in between wakes.
    pub(super) fn take(&self) -> SignalSet {
        let taken = self.arrived.as_ref().map_or(0, |set| set.swap(0, Ordering::SeqCst));
        SignalSet::from_bits(taken)
    }

    /// Its reader may be gone, in which case nobody is to be told; nor is anybody to die of that.
    fn write(&self, byte: u8) {
        // SAFETY: the byte lives on this stack, the descriptor in `self`.
        let write = || unsafe { libc::write(self.write.as_raw_fd(), (&raw const byte).cast(), 1) };
        let _ = without_sigpipe(|| check_size(write));
    }
}

impl AsFd for Sink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.write.as_fd()
    }
}
