//! What the child may do, and as whom: its mask, limits and nice value, its user and groups, and its parent's end.

use alloc::vec::Vec;

use super::PlanError;
use crate::process::command::Extras;
use crate::process::step::Step;

pub(super) fn plan(asked: &Extras, steps: &mut Vec<Step>) -> Result<(), PlanError> {
    steps.extend(umask(asked.umask)?);
    limits(asked, steps)?;
    steps.extend(nice(asked.nice)?);
    user(asked, steps)?;
    steps.extend(asked.die_with_parent.map(Step::DieWithParent));
    Ok(())
}

fn umask(bits: Option<u32>) -> Result<Option<Step>, PlanError> {
    match bits {
        Some(bits) if bits > 0o777 => Err(PlanError::Umask(bits)),
        bits => Ok(bits.map(Step::Umask)),
    }
}

fn limits(asked: &Extras, steps: &mut Vec<Step>) -> Result<(), PlanError> {
    for (&resource, &limit) in &asked.limits {
        if limit.soft > limit.hard {
            return Err(PlanError::Limit(resource));
        }
        steps.push(Step::Limit { resource, limit });
    }
    Ok(())
}

fn nice(value: Option<i32>) -> Result<Option<Step>, PlanError> {
    match value {
        Some(value) if !(-20..=19).contains(&value) => Err(PlanError::Nice(value)),
        value => Ok(value.map(Step::Nice)),
    }
}

fn user(asked: &Extras, steps: &mut Vec<Step>) -> Result<(), PlanError> {
    if let (Some(uid), None) = (asked.uid, asked.gid) {
        return Err(PlanError::UserWithoutGroup(uid));
    }
    // Another user is not to have the parent's groups, which may be those of root.
    let groups = asked.groups.clone().or_else(|| asked.uid.map(|_| Vec::new()));
    steps.extend(groups.map(Step::Groups));
    steps.extend(asked.gid.map(Step::GroupId));
    steps.extend(asked.uid.map(Step::UserId));
    Ok(())
}
