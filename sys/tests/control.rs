//! Asking from where next to nothing may be done: a signal handler.

use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::time::Duration;

use standpipe_core::signal::Signal;
use standpipe_core::{Moment, Outcome, Side, Window};
use standpipe_sys::{Clock, Control, PollSet, control_pipe};

/// Only to catch a hang.
const LIMIT: Duration = Duration::from_secs(60);

static CONTROL: OnceLock<Control> = OnceLock::new();

extern "C" fn ask(_: libc::c_int) {
    if let Some(control) = CONTROL.get() {
        control.ask(Signal::TERM);
    }
}

#[test]
fn a_signal_handler_may_ask() {
    let (mut read, control) = control_pipe().expect("there are descriptors");
    CONTROL.set(control).expect("nobody else does");
    let handler = ask as extern "C" fn(libc::c_int);
    // SAFETY: an all-zero sigaction is valid; the handler makes async-signal-safe calls only and reads what never changes.
    let before = unsafe {
        let mut action = std::mem::zeroed::<libc::sigaction>();
        action.sa_sigaction = handler as usize;
        libc::sigaction(libc::SIGUSR2, &raw const action, std::ptr::null_mut())
    };
    assert_eq!(before, 0);
    // SAFETY: kill takes two numbers, of which one is this process's own.
    assert_eq!(unsafe { libc::kill(libc::getpid(), libc::SIGUSR2) }, 0);

    let (clock, mut byte) = (Clock::start(), [0; 8]);
    let asked = loop {
        let mut set = PollSet::default();
        set.add(read.as_fd(), Side::Read);
        set.wait(Some(LIMIT)).expect("it can wait");
        match read.try_read(Window::Slice(&mut byte)) {
            Outcome::Blocked => assert!(clock.now().since(Moment::ORIGIN) < LIMIT, "it hangs"),
            outcome => break outcome,
        }
    };
    assert_eq!((asked, i32::from(byte[0])), (Outcome::Ready(1), Signal::TERM.number()));
}
