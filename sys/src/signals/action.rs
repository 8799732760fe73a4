//! What the kernel has in place for one signal: [`Action`].

use std::io;
use std::mem::{transmute, zeroed};
use std::ptr::{null, null_mut};

use libc::{c_int, c_void, siginfo_t};
use standpipe_core::signal::{DefaultAction, Found, Signal};

use super::handler;
use crate::fd::check;

/// What is in place for a signal, with its flags and its mask, so that it can be put back as it was (sigaction(2)).
#[derive(Clone, Copy)]
pub(super) struct Action(libc::sigaction);

/// What is put in place by us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Put {
    /// The handler that tells sinks.
    Handler,
    Ignore,
    Default,
}

impl Action {
    /// What is in place. Async-signal-safe.
    pub(super) fn in_place(signal: Signal) -> io::Result<Self> {
        // SAFETY: an all-zero sigaction is a valid value of that plain C struct; no new one is passed.
        unsafe {
            let mut current = zeroed();
            check(libc::sigaction(signal.number(), null(), &raw mut current))?;
            Ok(Self(current))
        }
    }

    /// Our handler, over what was found. What makes a call fail with `EINTR` goes on doing so, and a handler that is
    /// called by ours has the mask and the stack that it asked for.
    pub(super) fn of_ours(found: &Self) -> Self {
        let mut action = Self::plain(handler::handle as *const () as libc::sighandler_t);
        action.0.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
        if found.kind() == Found::Foreign {
            let kept = libc::SA_RESTART | libc::SA_ONSTACK | libc::SA_NOCLDWAIT;
            action.0.sa_flags = libc::SA_SIGINFO | found.0.sa_flags & kept;
            action.0.sa_mask = found.0.sa_mask;
        }
        action
    }

    pub(super) fn ignoring() -> Self {
        Self::plain(libc::SIG_IGN)
    }

    pub(super) fn defaulting() -> Self {
        Self::plain(libc::SIG_DFL)
    }

    fn plain(action: libc::sighandler_t) -> Self {
        // SAFETY: an all-zero sigaction is a valid value of that plain C struct.
        let mut plain = unsafe { zeroed::<libc::sigaction>() };
        plain.sa_sigaction = action;
        Self(plain)
    }

    /// Puts it in place. Async-signal-safe.
    pub(super) fn install(&self, signal: Signal) -> io::Result<()> {
        // SAFETY: it was made from zeroes or by the kernel, and whatever handler it names is one that was made for this:
        // ours, or one that was in place before.
        check(unsafe { libc::sigaction(signal.number(), &raw const self.0, null_mut()) }).map(drop)
    }

    /// What it is, to whoever is not it.
    pub(super) fn kind(&self) -> Found {
        match self.0.sa_sigaction {
            libc::SIG_DFL => Found::Default,
            libc::SIG_IGN => Found::Ignore,
            _ => Found::Foreign,
        }
    }

    /// Whether it is what we put in place.
    pub(super) fn is(&self, put: Put) -> bool {
        match put {
            Put::Handler => self.0.sa_sigaction == handler::handle as *const () as libc::sighandler_t,
            Put::Ignore => self.kind() == Found::Ignore,
            Put::Default => self.kind() == Found::Default,
        }
    }

    pub(super) fn restarts(&self) -> bool {
        self.0.sa_flags & libc::SA_RESTART != 0
    }

    pub(super) fn set_restart(&mut self, restart: bool) {
        self.0.sa_flags &= !libc::SA_RESTART;
        if restart {
            self.0.sa_flags |= libc::SA_RESTART;
        }
    }

    /// Does what it would have done if ours were not in place. Async-signal-safe.
    pub(super) fn act(&self, signal: Signal, info: *mut siginfo_t, context: *mut c_void) {
        match self.kind() {
            Found::Ignore => {}
            Found::Default => act_by_default(signal),
            Found::Foreign => self.call(signal, info, context),
        }
    }

    /// Calls the handler that it names, if it names one. Async-signal-safe as far as that is.
    pub(super) fn call(&self, signal: Signal, info: *mut siginfo_t, context: *mut c_void) {
        if self.kind() != Found::Foreign {
            return;
        }
        let handler = self.0.sa_sigaction as *const ();
        // SAFETY: the kernel had this handler in place with these flags, which say of which of the two types it is; it
        // gets what the kernel gave us.
        unsafe {
            if self.0.sa_flags & libc::SA_SIGINFO == 0 {
                transmute::<*const (), extern "C" fn(c_int)>(handler)(signal.number());
            } else {
                type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
                transmute::<*const (), Handler>(handler)(signal.number(), info, context);
            }
        }
    }
}

/// The default action, from within our handler: it is put in place, and the signal raised again comes when the handler has
/// returned. Where somebody else's handler is in place it has called ours, so the signal was dealt with.
fn act_by_default(signal: Signal) {
    let ends_or_stops = !matches!(signal.default_action(), DefaultAction::Ignore | DefaultAction::Continue);
    let is_dealt_with = Action::in_place(signal).is_ok_and(|action| {
        action.kind() == Found::Ignore || action.kind() == Found::Foreign && !action.is(Put::Handler)
    });
    if ends_or_stops && !is_dealt_with && Action::defaulting().install(signal).is_ok() {
        // SAFETY: raise takes a number, and is async-signal-safe.
        unsafe { libc::raise(signal.number()) };
    }
}
