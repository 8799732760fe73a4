//! [`Dispositions`]: against a kernel's table, a driver that does as it is told, and others who do as they like.

use arbitrary::Arbitrary;
use standpipe_core::signal::{
    ChildSignals, Disposition, Dispositions, Found, Signal, SignalError, SignalSet, SignalState,
};

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    Set(u8, Wanted),
    SetUnlessIgnored(u8, Wanted),
    SetRestart(u8, bool),
    /// Somebody else puts something in place, and the driver hears of it.
    Others(u8, Theirs),
    /// Puts back so many.
    Restore(u8),
    /// A child that keeps so much, of a parent that blocks this and waits for that.
    Child([u64; 4], u64, u64),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Wanted {
    Default,
    Ignore,
    Handler(u8, bool),
    Foreign,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Theirs {
    Default,
    Ignore,
    Handler(u8),
}

/// What the kernel has for a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kernel {
    Default,
    Ignore,
    Ours(u8, bool),
    Others(u8),
}

impl From<Theirs> for Kernel {
    fn from(theirs: Theirs) -> Self {
        match theirs {
            Theirs::Default => Self::Default,
            Theirs::Ignore => Self::Ignore,
            Theirs::Handler(whose) => Self::Others(whose),
        }
    }
}

impl Kernel {
    fn disposition(self) -> Disposition<u8> {
        match self {
            Self::Default => Disposition::Default,
            Self::Ignore => Disposition::Ignore,
            Self::Ours(handler, restart) => Disposition::Handler { handler, restart },
            Self::Others(_) => Disposition::Foreign,
        }
    }
}

struct Model {
    kernel: [Kernel; 65],
    /// What somebody else has last put in place, as far as it can be told from what we have.
    others: [Kernel; 65],
}

impl Model {
    /// The reason why this may not be put in place, if any; and what the kernel is told.
    fn wanted(&self, at: usize, wanted: Wanted) -> Result<Kernel, SignalError> {
        let signal = signal(at);
        match (at, wanted) {
            (9 | 19, _) => Err(SignalError::Uncatchable(signal)),
            (32 | 33, _) => Err(SignalError::Reserved(signal)),
            (4 | 7 | 8 | 11, Wanted::Handler(..)) => Err(SignalError::Fault(signal)),
            (_, Wanted::Default) => Ok(Kernel::Default),
            (_, Wanted::Ignore) => Ok(Kernel::Ignore),
            (_, Wanted::Handler(handler, restart)) => Ok(Kernel::Ours(handler, restart)),
            (_, Wanted::Foreign) => match self.others[at] {
                theirs @ Kernel::Others(_) => Ok(theirs),
                _ => Err(SignalError::NotForeign(signal)),
            },
        }
    }

    fn set(&mut self, at: usize, wanted: Wanted) -> Result<Disposition<u8>, SignalError> {
        let new = self.wanted(at, wanted)?;
        Ok(std::mem::replace(&mut self.kernel[at], new).disposition())
    }

    fn others(&mut self, at: usize, theirs: Kernel) {
        if self.kernel[at] != theirs {
            self.others[at] = theirs;
        }
        self.kernel[at] = theirs;
    }

    fn with(&self, is_wanted: impl Fn(Kernel) -> bool) -> SignalSet {
        (1..65).filter(|at| is_wanted(self.kernel[*at])).map(signal).collect()
    }
}

fn signal(at: usize) -> Signal {
    Signal::new(at as i32).expect("1 to 64")
}

fn index(at: u8) -> usize {
    usize::from(at % 64) + 1
}

fn disposition(wanted: Wanted) -> Disposition<u8> {
    match wanted {
        Wanted::Default => Disposition::Default,
        Wanted::Ignore => Disposition::Ignore,
        Wanted::Handler(handler, restart) => Disposition::Handler { handler, restart },
        Wanted::Foreign => Disposition::Foreign,
    }
}

/// Checks any changes of ours and of others', from any state that a process may begin with.
pub fn check(bytes: &[u8]) {
    let Some(((handled, ignored), ops)) = super::read::<(u64, u64), Op>(bytes) else { return };
    let (handled, ignored) = (SignalSet::from_bits(handled), SignalSet::from_bits(ignored));
    let begin = |at: usize| match at.max(1) {
        at if handled.contains(signal(at)) => Kernel::Others(0),
        at if ignored.contains(signal(at)) => Kernel::Ignore,
        _ => Kernel::Default,
    };
    let kernel = std::array::from_fn(begin);
    let mut model = Model { kernel, others: kernel };
    let mut ours = Dispositions::new(SignalState { handled, ignored, ..SignalState::default() });
    for op in ops {
        apply(&mut ours, &mut model, op);
        for at in 1..65 {
            assert_eq!(*ours.disposition(signal(at)), model.kernel[at].disposition(), "{at} after {op:?}");
        }
    }
    restore(&mut ours, &mut model, usize::MAX);
    assert!((1..65).all(|at| model.kernel[at] == model.others[at]), "all is as others want it");
    assert_eq!(ours.restore().count(), 0);
}

fn apply(ours: &mut Dispositions<u8>, model: &mut Model, op: Op) {
    match op {
        Op::Set(at, wanted) => {
            let at = index(at);
            assert_eq!(ours.set(signal(at), disposition(wanted)), model.set(at, wanted));
        }
        Op::SetUnlessIgnored(at, wanted) => {
            let at = index(at);
            let is_left = (model.kernel[at], model.others[at]) == (Kernel::Ignore, Kernel::Ignore);
            let expected = if is_left { Ok(None) } else { model.set(at, wanted).map(Some) };
            assert_eq!(ours.set_unless_ignored(signal(at), disposition(wanted)), expected);
        }
        Op::SetRestart(at, restart) => {
            let at = index(at);
            let expected = match (model.wanted(at, Wanted::Default), &mut model.kernel[at]) {
                (Err(error), _) => Err(error),
                (Ok(_), Kernel::Ours(_, now)) => Ok(std::mem::replace(now, restart)),
                (Ok(_), _) => Err(SignalError::NoHandler(signal(at))),
            };
            assert_eq!(ours.set_restart(signal(at), restart), expected);
        }
        Op::Others(at, theirs) => {
            let at = index(at);
            model.others(at, theirs.into());
            let found = match theirs {
                Theirs::Default => Found::Default,
                Theirs::Ignore => Found::Ignore,
                Theirs::Handler(_) => Found::Foreign,
            };
            ours.handle_found(signal(at), found);
        }
        Op::Restore(most) => restore(ours, model, most.into()),
        Op::Child(asked, blocked, pending) => {
            let [keep_ignored, keep_blocked, ignored, blocked_too] = asked.map(SignalSet::from_bits);
            let asked = ChildSignals { keep_ignored, keep_blocked, ignored, blocked: blocked_too };
            child(ours, model, asked, SignalSet::from_bits(blocked), SignalSet::from_bits(pending));
        }
    }
}

fn restore(ours: &mut Dispositions<u8>, model: &mut Model, most: usize) {
    for (signal, found) in ours.restore().take(most) {
        let at = signal.number() as usize;
        assert_ne!(model.kernel[at], model.others[at], "{signal} is as it was");
        model.kernel[at] = model.others[at];
        let put_back = match found {
            Found::Default => Disposition::Default,
            Found::Ignore => Disposition::Ignore,
            Found::Foreign => Disposition::Foreign,
        };
        assert_eq!(put_back, model.kernel[at].disposition());
    }
}

/// Signal by signal: what a child that resets so much begins its program with.
fn child(
    ours: &Dispositions<u8>,
    model: &Model,
    asked: ChildSignals,
    blocked: SignalSet,
    pending: SignalSet,
) {
    assert_eq!(ours.ignored(), model.with(|now| now == Kernel::Ignore));
    assert_eq!(ours.handled(), model.with(|now| matches!(now, Kernel::Ours(..) | Kernel::Others(_))));
    let parent = SignalState { handled: ours.handled(), ignored: ours.ignored(), blocked, pending };
    let reset = parent.reset(asked);
    let program = parent.after_fork().after_reset(reset).after_exec();
    let unreset = parent.after_fork().after_exec();
    for at in 1..65 {
        let (signal, kernel) = (signal(at), model.kernel[at]);
        let is_ignored = kernel == Kernel::Ignore;
        assert_eq!(unreset.ignored.contains(signal), is_ignored);
        assert_eq!(unreset.blocked.contains(signal), blocked.contains(signal));
        let kept = is_ignored && asked.keep_ignored.contains(signal);
        assert_eq!(program.ignored.contains(signal), kept || asked.ignored.contains(signal));
        let kept = blocked.contains(signal) && asked.keep_blocked.contains(signal);
        assert_eq!(program.blocked.contains(signal), kept || asked.blocked.contains(signal));
        assert!(kernel != Kernel::Default || !reset.to_default.contains(signal), "nothing needless is reset");
    }
    assert_eq!((program.handled, program.pending), (SignalSet::EMPTY, SignalSet::EMPTY));
    assert_eq!((unreset.handled, unreset.pending), (SignalSet::EMPTY, SignalSet::EMPTY));
    assert_eq!(
        parent.after_fork().after_reset(reset).handled,
        SignalSet::EMPTY,
        "no handler runs in a child"
    );
}
