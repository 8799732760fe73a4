//! The exact, ordered set-up of a child: [`Plan`].

mod descriptors;
mod error;
mod place;
mod program;
mod rights;

use alloc::ffi::CString;
use alloc::vec::Vec;

use super::command::Command;
use super::step::Step;
use crate::signal::ChildSignals;

pub use error::PlanError;

/// What the plan must know of the parent.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan, Step};
///
/// let environment = [(b"PATH".to_vec(), b"/opt/bin".to_vec())];
/// let parent = Parent { environment: &environment, spare: None };
/// let plan = Plan::new(&Command::new("tool"), parent)?;
/// let Some(Step::Execute(program)) = plan.steps().last() else { panic!() };
/// assert_eq!(program.candidates[0].as_bytes(), b"/opt/bin/tool");
/// # Ok::<(), standpipe_core::process::PlanError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Parent<'a> {
    /// Its environment: names and values.
    pub environment: &'a [(Vec<u8>, Vec<u8>)],
    /// A descriptor number that is free in the parent and that the command does not name, as a parking place. Needed
    /// only where [`Command::close_fds`] is off; otherwise the plan finds one by itself.
    pub spare: Option<i32>,
}

/// The exact, ordered set-up of a child. It is data: a driver runs it, a test interprets it.
///
/// The order, and why each step has its place:
///
/// | step | reason |
/// |---|---|
/// | session or group | what follows is about it |
/// | controlling terminal, foreground | after the session, which must be new, or the group, which must be there; before the moves, while the parent's numbers hold |
/// | a descriptor table of its own | the parent's must stay as it is |
/// | moves | ordered so that no source is clobbered |
/// | what the child opens itself | when every source has been used |
/// | standard error after standard output | whatever that has become |
/// | everything else closed | when nothing more is copied |
/// | umask, limits, nice value | after the descriptors, since a limit on their numbers would refuse the moves; with the parent's rights, since raising takes privilege |
/// | supplementary groups, group, user | each takes the privilege that the last one gives up |
/// | death signal | a change of user or group clears it (PR_SET_PDEATHSIG(2const)); before what may take long |
/// | directory | with the child's own rights: nobody enters a folder that is closed to them, and a home that is closed to root on its file server can be entered |
/// | dispositions | before the mask, so that no handler of the parent runs here |
/// | mask | last, so that a signal finds the child complete |
/// | program | |
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan, Step, Stdio};
///
/// // Descriptors 3 and 4 change places: one is parked at a number that nobody needs.
/// let command = Command::new("/bin/true")
///     .descriptor(3, Stdio::Descriptor(4))
///     .descriptor(4, Stdio::Descriptor(3));
/// let plan = Plan::new(&command, Parent::default())?;
/// assert!(plan.steps().contains(&Step::Duplicate { from: 4, to: 3 }));
/// assert!(matches!(plan.steps().last(), Some(Step::Execute(_))));
/// # Ok::<(), standpipe_core::process::PlanError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    /// Plans a command whose pipes were replaced by descriptors.
    ///
    /// # Errors
    /// Whatever [`PlanError`] names; nothing has been done then.
    pub fn new(command: &Command, parent: Parent<'_>) -> Result<Self, PlanError> {
        let mut steps = Vec::new();
        place::plan(command, &mut steps)?;
        descriptors::plan(command, parent, &mut steps)?;
        rights::plan(&command.extras, &mut steps)?;
        if let Some(path) = &command.directory {
            steps.push(Step::Directory(c_string("directory", path.as_slice())?));
        }
        signals(command.extras.signals, &mut steps)?;
        steps.push(Step::Execute(program::plan(command, parent)?));
        Ok(Self { steps })
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

fn signals(signals: ChildSignals, steps: &mut Vec<Step>) -> Result<(), PlanError> {
    for signal in signals.ignored.iter() {
        signal.check_changeable().map_err(PlanError::Ignored)?;
    }
    steps.push(Step::ResetSignals { keep_ignored: signals.keep_ignored, ignored: signals.ignored });
    steps.push(Step::SignalMask { keep_blocked: signals.keep_blocked, blocked: signals.blocked });
    Ok(())
}

fn c_string(what: &'static str, bytes: impl Into<Vec<u8>>) -> Result<CString, PlanError> {
    CString::new(bytes).map_err(|nul| PlanError::Nul { what, offset: nul.nul_position() })
}
