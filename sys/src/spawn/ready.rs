//! A plan with all the memory that its child will need: [`Ready`].

use std::collections::BTreeSet;
use std::ffi::{CString, c_char};
use std::ptr::null;

use standpipe_core::process::{Plan, Step};
use standpipe_core::signal::SignalSet;

use super::SpawnError;
use super::run::Failure;
use crate::signals;

/// A plan with all the memory that its child will need.
#[derive(Debug)]
pub(super) struct Ready<'a> {
    pub(super) steps: &'a [Step],
    /// The arguments and the environment as execve(2) takes them: pointers, then null.
    pub(super) argv: Vec<*const c_char>,
    pub(super) environment: Vec<*const c_char>,
    /// The process that spawns.
    pub(super) parent: i32,
    /// The signals that the program ignores.
    pub(super) ignored: SignalSet,
    /// The signal mask that the program begins with.
    pub(super) mask: SignalSet,
    targets: BTreeSet<i32>,
}

impl<'a> Ready<'a> {
    /// Must run before the spawn opens any descriptor: it could come to lie at the number of a source that is closed,
    /// and be taken for it.
    pub(super) fn new(plan: &'a Plan) -> Result<Self, SpawnError> {
        let steps = plan.steps();
        let targets = targets_of_open_sources(steps)?;
        let program = steps.iter().find_map(|step| match step {
            Step::Execute(program) => Some(program),
            _ => None,
        });
        let argv = pointers(program.map_or(&[], |program| &program.argv));
        let environment = pointers(program.map_or(&[], |program| &program.environment));
        let parent = std::process::id() as i32;
        let (ignored, mask) = (ignored_after(steps), mask_after(steps));
        Ok(Self { steps, argv, environment, parent, ignored, mask, targets })
    }

    /// Whether the child becomes another user, or has other groups.
    pub(super) fn is_somebody_else(&self) -> bool {
        let changes = |step: &Step| matches!(step, Step::Groups(_) | Step::GroupId(_) | Step::UserId(_));
        self.steps.iter().any(changes)
    }

    /// Whether a step puts something at this number.
    pub(super) fn fills(&self, number: i32) -> bool {
        self.targets.contains(&number)
    }

    pub(super) fn error(&self, failure: Failure) -> SpawnError {
        SpawnError::new(self.steps.get(failure.step as usize), failure.errno)
    }
}

fn targets_of_open_sources(steps: &[Step]) -> Result<BTreeSet<i32>, SpawnError> {
    let mut targets = BTreeSet::new();
    for step in steps {
        let (source, target) = match step {
            Step::Duplicate { from, to } => (Some(*from), Some(*to)),
            Step::Keep { number } => (Some(*number), None),
            Step::OpenNull { to } => (None, Some(*to)),
            Step::ControllingTerminal { terminal } | Step::Foreground { terminal } => (Some(*terminal), None),
            _ => (None, None),
        };
        if source.is_some_and(|source| !targets.contains(&source) && !is_open(source)) {
            return Err(SpawnError::new(Some(step), libc::EBADF));
        }
        targets.extend(target);
    }
    Ok(targets)
}

/// Looked at before a way to watch the child is made, which may be to catch SIGCHLD.
fn ignored_after(steps: &[Step]) -> SignalSet {
    let of = |step: &Step| match step {
        Step::ResetSignals { keep_ignored, ignored } => {
            let kept = keep_ignored.iter().filter(|signal| signals::was_found_ignored(*signal));
            Some(kept.collect::<SignalSet>() | *ignored)
        }
        _ => None,
    };
    steps.iter().find_map(of).unwrap_or_default()
}

/// In this thread all is blocked when the child is born, so what the mask was is asked for before.
fn mask_after(steps: &[Step]) -> SignalSet {
    let of = |step: &Step| match step {
        Step::SignalMask { keep_blocked, blocked } if keep_blocked.is_empty() => Some(*blocked),
        Step::SignalMask { keep_blocked, blocked } => Some(signals::blocked() & *keep_blocked | *blocked),
        _ => None,
    };
    steps.iter().find_map(of).unwrap_or_default()
}

pub(crate) fn is_open(number: i32) -> bool {
    // SAFETY: F_GETFD passes no pointer; a number that is not open is an error.
    unsafe { libc::fcntl(number, libc::F_GETFD) != -1 }
}

fn pointers(strings: &[CString]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ptr()).chain([null()]).collect()
}
