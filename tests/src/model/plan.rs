//! [`Plan`]: run on a simulated descriptor table, it leaves exactly the one that was asked for.

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use standpipe_core::process::{Command, Parent, Plan, PlanError, Stdio, Step};

/// What stands behind a descriptor: the null device, or one of the parent's open files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum File {
    Null,
    Parents(i32),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Descriptor {
    file: File,
    close_on_exec: bool,
}

type Table = BTreeMap<i32, Descriptor>;

/// A step failed since its source was not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct NotOpen(i32);

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    /// The parent has this number open, with or without close-on-exec.
    Open(u8, bool),
    Ask(u8, Ask),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Ask {
    Inherit,
    Null,
    Descriptor(u8),
    Stdout,
}

/// Checks any parent's table and any wishes: any permutation, any collision, numbers near and far.
///
/// # Panics
/// When the plan leaves another table than the one asked for.
pub fn check(bytes: &[u8]) {
    let Some(((close_fds, spare), ops)) = super::read::<(bool, Option<u8>), Op>(bytes) else { return };
    let mut parent = Table::new();
    let mut command = Command::new("/bin/true").close_fds(close_fds);
    for op in ops {
        match op {
            Op::Open(at, close_on_exec) => {
                let number = number(at);
                let close_on_exec = close_on_exec && number > 2;
                parent.insert(number, Descriptor { file: File::Parents(number), close_on_exec });
            }
            Op::Ask(at, ask) => command = asked(command, number(at), ask),
        }
    }
    let spare = spare.map(number).filter(|spare| !parent.contains_key(spare));
    match Plan::new(&command, Parent { environment: &[], spare }) {
        Ok(plan) => {
            let left = run(&plan, parent.clone()).ok();
            assert_eq!(left, wished(&command, close_fds, &parent).ok(), "{:?}", plan.steps());
        }
        Err(PlanError::NoSpare) => assert!(!close_fds && spare.is_none_or(|spare| names(&command, spare))),
        Err(error) => panic!("{error}"),
    }
}

/// Small numbers collide, large ones leave gaps.
fn number(at: u8) -> i32 {
    if at < 224 { i32::from(at % 10) } else { i32::from(at) }
}

fn asked(command: Command, number: i32, ask: Ask) -> Command {
    let stdio = match ask {
        Ask::Inherit => Stdio::Inherit,
        Ask::Null => Stdio::Null,
        Ask::Descriptor(source) => Stdio::Descriptor(self::number(source)),
        Ask::Stdout if number == 2 => Stdio::Stdout,
        Ask::Stdout => Stdio::Null,
    };
    command.descriptor(number, stdio)
}

/// Whether the command names this number as a target or as a source.
fn names(command: &Command, number: i32) -> bool {
    command.stdios().any(|(target, stdio)| target == number || stdio == Stdio::Descriptor(number))
}

/// What the child should have, said without any order of doing it.
fn wished(command: &Command, close_fds: bool, parent: &Table) -> Result<BTreeMap<i32, File>, NotOpen> {
    let kept = |(number, descriptor): (&i32, &Descriptor)| {
        let stays = *number <= 2 || !close_fds;
        (stays && !descriptor.close_on_exec).then_some((*number, descriptor.file))
    };
    let mut table: BTreeMap<i32, File> = parent.iter().filter_map(kept).collect();
    let file = |number: i32| parent.get(&number).map(|descriptor| descriptor.file).ok_or(NotOpen(number));
    for (target, stdio) in command.stdios() {
        match stdio {
            Stdio::Inherit if target <= 2 => {}
            Stdio::Inherit => drop(table.insert(target, file(target)?)),
            Stdio::Descriptor(source) => drop(table.insert(target, file(source)?)),
            Stdio::Null => drop(table.insert(target, File::Null)),
            _ => {}
        }
    }
    if command.stdio(2) == Some(Stdio::Stdout) {
        let output = *table.get(&1).ok_or(NotOpen(1))?;
        table.insert(2, output);
    }
    Ok(table)
}

fn run(plan: &Plan, mut table: Table) -> Result<BTreeMap<i32, File>, NotOpen> {
    for step in plan.steps() {
        run_step(step, &mut table)?;
    }
    let stays = |(number, descriptor): (i32, Descriptor)| {
        (!descriptor.close_on_exec).then_some((number, descriptor.file))
    };
    Ok(table.into_iter().filter_map(stays).collect())
}

fn run_step(step: &Step, table: &mut Table) -> Result<(), NotOpen> {
    match *step {
        Step::Unshare { from } => table.retain(|number, _| (*number as u32) < from),
        Step::Duplicate { from, to } => {
            assert_ne!(from, to, "dup2 onto itself would keep close-on-exec");
            let file = table.get(&from).ok_or(NotOpen(from))?.file;
            table.insert(to, Descriptor { file, close_on_exec: false });
        }
        Step::Keep { number } => {
            table.get_mut(&number).ok_or(NotOpen(number))?.close_on_exec = false;
        }
        Step::OpenNull { to } => {
            table.insert(to, Descriptor { file: File::Null, close_on_exec: false });
        }
        Step::Close { first, last } => {
            assert!(first <= last, "an empty range is an error of close_range");
            table.retain(|number, _| !(first..=last).contains(&(*number as u32)));
        }
        _ => {}
    }
    Ok(())
}
