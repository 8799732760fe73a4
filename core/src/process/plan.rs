//! The exact, ordered set-up of a child: [`Plan`].

use alloc::collections::BTreeMap;
use alloc::ffi::CString;
use alloc::vec::Vec;

use super::command::{Command, Environment, Group, Stdio};
use super::moves;
use super::step::{Program, Step};

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

/// Why a command cannot be planned. All of them are the caller's.
///
/// ```
/// use standpipe_core::process::{Command, Parent, Plan, PlanError};
///
/// let error = Plan::new(&Command::new("echo").arg("a\0b"), Parent::default()).unwrap_err();
/// assert_eq!(error, PlanError::Nul { what: "argument", offset: 1 });
/// assert_eq!(error.to_string(), "the argument of the command holds a NUL byte at offset 1; remove it");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The program's name is empty.
    #[error("the command has no program: its name is empty")]
    NoProgram,
    /// A string for the child holds a NUL byte, which the operating system takes for its end.
    #[error("the {what} of the command holds a NUL byte at offset {offset}; remove it")]
    Nul {
        /// Which string.
        what: &'static str,
        /// Where in it.
        offset: usize,
    },
    /// A variable's name is empty or holds `=`.
    #[error("an environment variable's name is empty or holds '='")]
    VariableName,
    /// A descriptor number is negative.
    #[error("descriptor {0} is negative")]
    NegativeDescriptor(i32),
    /// [`Stdio::Stdout`] was asked for at a number other than 2.
    #[error("only standard error can follow standard output, not descriptor {0}")]
    NotStderr(i32),
    /// A pipe was asked for, and the driver has not put a descriptor in its place.
    #[error("descriptor {0} is still to become a pipe; replace it by the pipe's end before planning")]
    Unresolved(i32),
    /// Descriptors must change places while all others stay open, and no free number was given for it.
    #[error("no spare descriptor number was given to exchange descriptors by")]
    NoSpare,
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
        descriptors(command, parent, &mut steps)?;
        if let Some(path) = &command.directory {
            steps.push(Step::Directory(c_string("directory", path.as_slice())?));
        }
        steps.push(Step::ResetSignals);
        steps.push(Step::Execute(program(command, parent)?));
        Ok(Self { steps })
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

fn descriptors(command: &Command, parent: Parent<'_>, steps: &mut Vec<Step>) -> Result<(), PlanError> {
    let mut sources = BTreeMap::new();
    let mut nulls = Vec::new();
    for (target, stdio) in command.stdios() {
        if target < 0 {
            return Err(PlanError::NegativeDescriptor(target));
        }
        match stdio {
            Stdio::Inherit if target > 2 => drop(sources.insert(target, target)),
            Stdio::Inherit => {}
            Stdio::Null => nulls.push(target),
            Stdio::Pipe => return Err(PlanError::Unresolved(target)),
            Stdio::Descriptor(source) if source < 0 => return Err(PlanError::NegativeDescriptor(source)),
            Stdio::Descriptor(source) => drop(sources.insert(target, source)),
            Stdio::Stdout if target != 2 => return Err(PlanError::NotStderr(target)),
            Stdio::Stdout => {}
        }
    }
    let highest = sources.values().copied().max().unwrap_or(2).max(2);
    let from = if command.close_fds { highest as u32 + 1 } else { u32::MAX };
    steps.push(Step::Unshare { from });
    let spare = parent.spare.filter(|spare| !moves::is_taken(*spare, &sources));
    let parking = if command.close_fds { Some(moves::unused(&sources)) } else { spare };
    moves::solve(&sources, parking, steps).ok_or(PlanError::NoSpare)?;
    steps.extend(nulls.iter().map(|to| Step::OpenNull { to: *to }));
    if command.stdio(2) == Some(Stdio::Stdout) {
        steps.push(Step::Duplicate { from: 1, to: 2 });
    }
    if command.close_fds {
        close_gaps(command, highest, steps);
    }
    Ok(())
}

/// Closes what was copied only because a source lies above it.
fn close_gaps(command: &Command, highest: i32, steps: &mut Vec<Step>) {
    let mut first = 3;
    let targets = command.stdios().map(|(target, _)| target).filter(|target| *target > 2);
    for target in targets.chain([i32::MAX]) {
        let last = (target - 1).min(highest);
        if first <= last {
            steps.push(Step::Close { first: first as u32, last: last as u32 });
        }
        first = target.saturating_add(1);
    }
}

fn program(command: &Command, parent: Parent<'_>) -> Result<Program, PlanError> {
    let environment = merged(&command.environment, parent.environment)?;
    let name = command.program();
    if name.is_empty() {
        return Err(PlanError::NoProgram);
    }
    let candidates = if name.contains(&b'/') {
        alloc::vec![c_string("program", name)?]
    } else {
        search(name, environment.get(b"PATH".as_slice()).copied())?
    };
    let argv =
        command.argv.iter().map(|arg| c_string("argument", arg.as_slice())).collect::<Result<_, _>>()?;
    let environment =
        environment.iter().map(|(name, value)| variable(name, value)).collect::<Result<_, _>>()?;
    Ok(Program { candidates, argv, environment })
}

/// Where a bare name is looked for when the environment has no `PATH`.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";

fn search(name: &[u8], path: Option<&[u8]>) -> Result<Vec<CString>, PlanError> {
    let folders = path.unwrap_or(DEFAULT_PATH).split(|byte| *byte == b':');
    folders
        .map(|folder| {
            let folder = if folder.is_empty() { b"." } else { folder };
            c_string("program", [folder, b"/", name].concat())
        })
        .collect()
}

/// Borrowed, since every spawn merges the whole environment.
type Variables<'a> = BTreeMap<&'a [u8], &'a [u8]>;

fn merged<'a>(asked: &'a Environment, parent: &'a [(Vec<u8>, Vec<u8>)]) -> Result<Variables<'a>, PlanError> {
    let mut variables = Variables::new();
    if !asked.clear {
        variables.extend(parent.iter().map(|(name, value)| (name.as_slice(), value.as_slice())));
    }
    for (name, value) in &asked.changes {
        if name.is_empty() || name.contains(&b'=') {
            return Err(PlanError::VariableName);
        }
        let _previous = match value {
            Some(value) => variables.insert(name, value),
            None => variables.remove(name.as_slice()),
        };
    }
    Ok(variables)
}

fn variable(name: &[u8], value: &[u8]) -> Result<CString, PlanError> {
    // The NUL at the end has room, so this allocates once.
    let mut bytes = Vec::with_capacity(name.len() + value.len() + 2);
    bytes.extend_from_slice(name);
    bytes.push(b'=');
    bytes.extend_from_slice(value);
    c_string("environment", bytes)
}

fn c_string(what: &'static str, bytes: impl Into<Vec<u8>>) -> Result<CString, PlanError> {
    CString::new(bytes).map_err(|nul| PlanError::Nul { what, offset: nul.nul_position() })
}
