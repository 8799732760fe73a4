//! Why a child could not be had: [`SpawnError`].

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use standpipe_core::process::{Program, Resource, Step};
use standpipe_core::signal::Signal;
use standpipe_core::{Fault, FaultKind};

use crate::fault;

/// A step towards a running child that failed, and why.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan};
/// use standpipe_sys::spawn::{self, SpawnStep};
///
/// let plan = Plan::new(&Command::new("/bin/true").directory("/no/such"), Parent::default())?;
/// let error = spawn::spawn(&plan).unwrap_err();
/// assert_eq!(*error.step(), SpawnStep::Directory("/no/such".into()));
/// assert_eq!(error.to_string(), "cannot change directory to '/no/such': no such file or directory (os error 2)");
/// # Ok::<(), standpipe_core::process::PlanError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{step}: {fault}")]
pub struct SpawnError {
    step: SpawnStep,
    fault: Fault,
}

/// What failed: the making of the process, or a [`Step`] of its plan.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpawnStep {
    /// The process itself, or a descriptor that it takes to watch it.
    #[error("cannot create a process")]
    Create,
    /// A descriptor of the parent that the command names, and that is not open ([`launch`](crate::launch())).
    #[error("the child cannot be given the parent's descriptor {0}")]
    Source(i32),
    /// [`Step::Unshare`].
    #[error("cannot make a descriptor table of the child's own")]
    Unshare,
    /// [`Step::Duplicate`].
    #[error("descriptor {from} cannot be put at {to}")]
    Duplicate {
        /// The source.
        from: i32,
        /// The target.
        to: i32,
    },
    /// [`Step::Keep`].
    #[error("descriptor {0} cannot be kept")]
    Keep(i32),
    /// [`Step::OpenNull`].
    #[error("the null device cannot be opened at descriptor {0}")]
    OpenNull(i32),
    /// [`Step::Close`].
    #[error("cannot close the descriptors that are not the child's")]
    Close,
    /// [`Step::NewSession`].
    #[error("cannot start a session")]
    NewSession,
    /// [`Step::NewGroup`].
    #[error("cannot start a process group")]
    NewGroup,
    /// [`Step::JoinGroup`].
    #[error("cannot join the process group of {0}")]
    JoinGroup(i32),
    /// [`Step::ControllingTerminal`].
    #[error("descriptor {0} cannot become the controlling terminal of the child's session")]
    ControllingTerminal(i32),
    /// [`Step::Foreground`].
    #[error("cannot take the foreground of the terminal at descriptor {0}")]
    Foreground(i32),
    /// [`Step::Umask`].
    #[error("cannot set the umask")]
    Umask,
    /// [`Step::Limit`].
    #[error("cannot set the limit for {0}")]
    Limit(Resource),
    /// [`Step::Nice`].
    #[error("cannot set the nice value to {0}")]
    Nice(i32),
    /// [`Step::Groups`].
    #[error("cannot set the supplementary groups")]
    Groups,
    /// [`Step::GroupId`].
    #[error("cannot become group {0}")]
    GroupId(u32),
    /// [`Step::UserId`].
    #[error("cannot become user {0}")]
    UserId(u32),
    /// [`Step::DieWithParent`].
    #[error("cannot ask for {0} at the parent's end")]
    DieWithParent(Signal),
    /// [`Step::Directory`].
    #[error("cannot change directory to '{}'", .0.display())]
    Directory(PathBuf),
    /// [`Step::ResetSignals`].
    #[error("cannot reset the signals")]
    ResetSignals,
    /// [`Step::SignalMask`].
    #[error("cannot set the signal mask")]
    SignalMask,
    /// [`Step::Execute`]: a path, or the bare name where it was searched in several folders.
    #[error("cannot run '{}'", .0.display())]
    Execute(PathBuf),
}

impl SpawnError {
    /// The step that failed.
    pub fn step(&self) -> &SpawnStep {
        &self.step
    }

    /// What the operating system said.
    pub fn fault(&self) -> Fault {
        self.fault
    }

    /// Whether there is no such program: what shells report as 127.
    pub fn is_not_found(&self) -> bool {
        self.is_program() && self.fault.kind() == FaultKind::NotFound
    }

    /// Whether the program is there and cannot be run: what shells report as 126.
    pub fn is_not_executable(&self) -> bool {
        self.is_program() && self.fault.kind() != FaultKind::NotFound
    }

    fn is_program(&self) -> bool {
        matches!(self.step, SpawnStep::Execute(_))
    }

    pub(super) fn create(error: &io::Error) -> Self {
        Self { step: SpawnStep::Create, fault: fault::of(error) }
    }

    pub(crate) fn closed(number: i32) -> Self {
        Self { step: SpawnStep::Source(number), fault: fault::fault(libc::EBADF) }
    }

    pub(super) fn new(step: Option<&Step>, errno: i32) -> Self {
        Self { step: step.map_or(SpawnStep::Create, SpawnStep::of), fault: fault::fault(errno) }
    }
}

impl SpawnStep {
    fn of(step: &Step) -> Self {
        match step {
            Step::Unshare { .. } => Self::Unshare,
            Step::Duplicate { from, to } => Self::Duplicate { from: *from, to: *to },
            Step::Keep { number } => Self::Keep(*number),
            Step::OpenNull { to } => Self::OpenNull(*to),
            Step::Close { .. } => Self::Close,
            Step::NewSession => Self::NewSession,
            Step::NewGroup => Self::NewGroup,
            Step::JoinGroup(leader) => Self::JoinGroup(*leader),
            Step::ControllingTerminal { terminal } => Self::ControllingTerminal(*terminal),
            Step::Foreground { terminal } => Self::Foreground(*terminal),
            Step::Umask(_) => Self::Umask,
            Step::Limit { resource, .. } => Self::Limit(*resource),
            Step::Nice(value) => Self::Nice(*value),
            Step::Groups(_) => Self::Groups,
            Step::GroupId(gid) => Self::GroupId(*gid),
            Step::UserId(uid) => Self::UserId(*uid),
            Step::DieWithParent(signal) => Self::DieWithParent(*signal),
            Step::Directory(path) => Self::Directory(path_of(path)),
            Step::ResetSignals { .. } => Self::ResetSignals,
            Step::SignalMask { .. } => Self::SignalMask,
            Step::Execute(program) => Self::Execute(name_of(program)),
            _ => Self::Create,
        }
    }
}

fn path_of(path: &CStr) -> PathBuf {
    OsStr::from_bytes(path.to_bytes()).into()
}

/// What the user wrote: a search of several folders began with a bare name.
fn name_of(program: &Program) -> PathBuf {
    match program.candidates.as_slice() {
        [] => PathBuf::new(),
        [only] => path_of(only),
        [first, ..] => path_of(first).file_name().map_or_else(|| path_of(first), PathBuf::from),
    }
}
