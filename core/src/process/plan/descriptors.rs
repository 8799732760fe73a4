//! The descriptors of the child.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Parent, PlanError};
use crate::process::command::{Command, Stdio};
use crate::process::moves;
use crate::process::step::Step;

pub(super) fn plan(command: &Command, parent: Parent<'_>, steps: &mut Vec<Step>) -> Result<(), PlanError> {
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
            Stdio::Pipe | Stdio::Terminal => return Err(PlanError::Unresolved(target)),
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
