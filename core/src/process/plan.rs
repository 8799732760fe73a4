//! The exact, ordered set-up of a child: [`Plan`].

mod descriptors;
mod error;
mod program;

use alloc::ffi::CString;
use alloc::vec::Vec;

use super::command::{Command, Group};
use super::step::Step;

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
/// The order: session or group; foreground, while the parent's numbers still hold; a descriptor table of its own; moves,
/// so that no source is clobbered; what the child opens itself; standard error after standard output; everything else
/// closed; directory; signals; program.
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
        match command.group {
            Group::Inherit => {}
            Group::New => steps.push(Step::NewGroup),
            Group::Join(leader) => steps.push(Step::JoinGroup(leader)),
            Group::Session => steps.push(Step::NewSession),
        }
        steps.extend(command.terminal.map(|terminal| Step::Foreground { terminal }));
        descriptors::plan(command, parent, &mut steps)?;
        if let Some(path) = &command.directory {
            steps.push(Step::Directory(c_string("directory", path.as_slice())?));
        }
        steps.push(Step::ResetSignals);
        steps.push(Step::Execute(program::plan(command, parent)?));
        Ok(Self { steps })
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

fn c_string(what: &'static str, bytes: impl Into<Vec<u8>>) -> Result<CString, PlanError> {
    CString::new(bytes).map_err(|nul| PlanError::Nul { what, offset: nul.nul_position() })
}
