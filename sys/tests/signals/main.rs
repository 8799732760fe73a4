//! Signals of this process, on the real kernel: each test in a process of its own, since they change what all of one share.

mod alone;
mod masks;
mod restoring;
mod sharing;
mod timers;
mod wakeup;
