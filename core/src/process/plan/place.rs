//! Where the child stands: its session or group, and the terminal.

use alloc::vec::Vec;

use super::PlanError;
use crate::process::command::{Command, Group};
use crate::process::step::Step;

pub(super) fn plan(command: &Command, steps: &mut Vec<Step>) -> Result<(), PlanError> {
    check(command)?;
    match command.group {
        Group::Inherit => {}
        Group::New => steps.push(Step::NewGroup),
        Group::Join(leader) => steps.push(Step::JoinGroup(leader)),
        Group::Session => steps.push(Step::NewSession),
    }
    steps.extend(command.controlling_terminal.map(|terminal| Step::ControllingTerminal { terminal }));
    steps.extend(command.foreground.map(|terminal| Step::Foreground { terminal }));
    Ok(())
}

fn check(command: &Command) -> Result<(), PlanError> {
    let terminals = [command.controlling_terminal, command.foreground];
    if let Some(number) = terminals.into_iter().flatten().find(|number| *number < 0) {
        return Err(PlanError::NegativeDescriptor(number));
    }
    match (command.group, command.controlling_terminal, command.foreground) {
        (Group::Join(leader), ..) if leader <= 0 => Err(PlanError::NotAGroup(leader)),
        (Group::Session, None, Some(number)) => Err(PlanError::ForegroundWithoutTerminal(number)),
        (Group::Session, ..) | (_, None, _) => Ok(()),
        (_, Some(number), _) => Err(PlanError::TerminalWithoutSession(number)),
    }
}
