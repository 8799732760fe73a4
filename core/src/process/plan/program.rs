//! The program that the child becomes.

use alloc::collections::BTreeMap;
use alloc::ffi::CString;
use alloc::vec::Vec;

use super::{Parent, PlanError, c_string};
use crate::process::command::{Command, Environment};
use crate::process::step::Program;

pub(super) fn plan(command: &Command, parent: Parent<'_>) -> Result<Program, PlanError> {
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
