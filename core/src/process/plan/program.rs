//! The program that the child becomes.

use alloc::collections::BTreeMap;
use alloc::ffi::CString;
use alloc::vec::Vec;

use super::{Parent, PlanError, c_string};
use crate::process::command::{Command, Environment};
use crate::process::step::Program;

pub(super) fn plan(command: &Command, parent: Parent<'_>) -> Result<Program, PlanError> {
    let variables = Variables::of(&command.environment, parent.environment)?;
    let name = command.program();
    if name.is_empty() {
        return Err(PlanError::NoProgram);
    }
    let candidates = if name.contains(&b'/') {
        alloc::vec![c_string("program", name)?]
    } else {
        search(name, variables.get(b"PATH"))?
    };
    let argv =
        command.argv.iter().map(|arg| c_string("argument", arg.as_slice())).collect::<Result<_, _>>()?;
    Ok(Program { candidates, argv, environment: variables.strings()? })
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

/// The variables of a child, borrowed.
enum Variables<'a> {
    /// The parent's as they are: most children change none, and looking each up costs more than all else here.
    Inherited(&'a [(Vec<u8>, Vec<u8>)]),
    Merged(BTreeMap<&'a [u8], &'a [u8]>),
}

impl<'a> Variables<'a> {
    fn of(asked: &'a Environment, parent: &'a [(Vec<u8>, Vec<u8>)]) -> Result<Self, PlanError> {
        if !asked.clear && asked.changes.is_empty() {
            return Ok(Self::Inherited(parent));
        }
        let mut variables = BTreeMap::new();
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
        Ok(Self::Merged(variables))
    }

    fn get(&self, name: &[u8]) -> Option<&'a [u8]> {
        match self {
            Self::Inherited(all) => {
                all.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
            }
            Self::Merged(all) => all.get(name).copied(),
        }
    }

    fn strings(&self) -> Result<Vec<CString>, PlanError> {
        match self {
            Self::Inherited(all) => all.iter().map(|(name, value)| variable(name, value)).collect(),
            Self::Merged(all) => all.iter().map(|(name, value)| variable(name, value)).collect(),
        }
    }
}

fn variable(name: &[u8], value: &[u8]) -> Result<CString, PlanError> {
    // The NUL at the end has room, so this allocates once.
    let mut bytes = Vec::with_capacity(name.len() + value.len() + 2);
    bytes.extend_from_slice(name);
    bytes.push(b'=');
    bytes.extend_from_slice(value);
    c_string("environment", bytes)
}
