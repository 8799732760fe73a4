//! Running a [`Plan`] in a new child: [`spawn()`].
//!
//! There are two ways, and both run the very same steps from memory that was prepared before the child was born. The
//! fast one is of vfork's kind: the child shares the parent's memory and descriptor table until it has one of its own,
//! so its cost depends on neither. The portable one forks. Between birth and program the child makes nothing but
//! async-signal-safe calls: it allocates nothing, takes no lock and cannot panic.

mod error;
mod execute;
mod fast;
mod fetch;
mod ready;
mod rights;
mod run;
mod signals;
mod table;
mod twin;

use std::os::unix::ffi::OsStringExt;

use standpipe_core::process::Plan;

use crate::exit::ChildExit;

pub use error::{SpawnError, SpawnStep};
use ready::Ready;
pub(crate) use ready::is_open;

/// A child that was just born and runs its program.
#[derive(Debug)]
pub struct Spawned {
    exit: ChildExit,
}

impl Spawned {
    /// Its process number.
    pub fn pid(&self) -> i32 {
        self.exit.pid()
    }

    /// Its exit.
    pub fn exit(&self) -> &ChildExit {
        &self.exit
    }

    /// Its exit, to be kept.
    pub fn into_exit(self) -> ChildExit {
        self.exit
    }
}

/// Runs a plan in a new child. Returns once the program has begun, so a program that cannot be run is an error here and
/// not an exit code.
///
/// By clone(2) with CLONE_VM, CLONE_VFORK, CLONE_FILES and CLONE_PIDFD, and close_range(2); by fork(2) where the kernel
/// or a filter refuses one of them, and for a child that becomes another user or has other groups: memory must not be
/// shared with one that has less rights. Every signal is blocked in this thread meanwhile, and only in this thread.
///
/// A descriptor that the plan names as a source must be open before the call, and nobody may close it during it.
///
/// # Errors
/// [`SpawnError`] names the step that failed. Nothing is left of the child then: it is reaped, and no descriptor stays
/// open.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan};
/// use standpipe_sys::spawn;
///
/// let plan = Plan::new(&Command::new("/no/such/program"), Parent::default())?;
/// let error = spawn::spawn(&plan).unwrap_err();
/// assert!(error.is_not_found());
/// assert_eq!(error.to_string(), "cannot run '/no/such/program': no such file or directory (os error 2)");
/// # Ok::<(), standpipe_core::process::PlanError>(())
/// ```
pub fn spawn(plan: &Plan) -> Result<Spawned, SpawnError> {
    let ready = Ready::new(plan)?;
    let is_portable = cfg!(standpipe_force_portable) || ready.is_somebody_else();
    let fast = if is_portable { None } else { fast::spawn(&ready) };
    let exit = fast.unwrap_or_else(|| twin::spawn(&ready))?;
    Ok(Spawned { exit })
}

/// The parent's environment, as [`Parent`](standpipe_core::process::Parent) takes it.
///
/// ```
/// assert!(standpipe_sys::spawn::environment().iter().any(|(name, _)| name == b"PATH"));
/// ```
pub fn environment() -> Vec<(Vec<u8>, Vec<u8>)> {
    std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec())).collect()
}
