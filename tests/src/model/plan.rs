//! [`Plan`]: run by a simulated process, it leaves exactly the one that was asked for, and no step comes where it cannot be
//! done.

mod process;
mod wish;

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use standpipe_core::process::{Command, Group, Limit, Parent, Plan, PlanError, Resource, Stdio};
use standpipe_core::signal::{ChildSignals, Signal, SignalSet, SignalState};

use process::Process;
use wish::Wish;

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

/// What the program begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Born {
    descriptors: BTreeMap<i32, File>,
    group: Group,
    terminal: Option<File>,
    /// The terminal, and the group in its foreground.
    foreground: Option<(File, Group)>,
    umask: Option<u32>,
    limits: BTreeMap<Resource, Limit>,
    nice: Option<i32>,
    /// The number zero is root's.
    uid: u32,
    gid: u32,
    groups: Vec<u32>,
    /// As whom the directory was entered.
    entered_as: Option<u32>,
    die_with_parent: Option<Signal>,
    ignored: SignalSet,
    blocked: SignalSet,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Op {
    /// The parent has this number open, with or without close-on-exec.
    Open(u8, bool),
    /// The parent has this number closed.
    Close(u8),
    Ask(u8, Ask),
    Exchange(u8, u8),
    /// The parent's signals that are handled, ignored and blocked.
    Parent([u64; 3]),
    Give(Gift),
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Ask {
    Inherit,
    Null,
    Descriptor(u8),
    Stdout,
}

/// What else a child can be given. Most of it can be had; odd numbers make what cannot.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Gift {
    Group(u8),
    Session(u8),
    Terminal(u8),
    Foreground(u8),
    Umask(u16),
    Limit(u8, u8, u8),
    Nice(i8),
    User(u8),
    GroupId(u8),
    Groups(Option<[u8; 2]>),
    Directory,
    Die(u8),
    Signals([u64; 4], bool),
}

/// Checks any parent's table and any wishes: any permutation, any collision, numbers near and far.
///
/// # Panics
/// When the plan leaves another child than the one asked for, or a step comes too early or too late.
pub fn check(bytes: &[u8]) {
    let Some(((close_fds, spare), ops)) = super::read::<(bool, Option<u8>), Op>(bytes) else { return };
    let mut parent: Table = (0..12).map(|number| (number, opened(number, false))).collect();
    let mut signals = SignalState::default();
    let mut command = Command::new("/bin/true").close_fds(close_fds);
    let mut wish = Wish::default();
    for op in ops {
        match op {
            Op::Open(at, close_on_exec) => {
                let number = number(at);
                parent.insert(number, opened(number, close_on_exec));
            }
            Op::Close(at) => drop(parent.remove(&number(at))),
            Op::Ask(at, ask) => command = asked(command, number(at), ask),
            Op::Exchange(a, b) => {
                command = asked(command, number(a), Ask::Descriptor(b));
                command = asked(command, number(b), Ask::Descriptor(a));
            }
            Op::Parent(sets) => {
                let [handled, ignored, blocked] = sets.map(SignalSet::from_bits);
                signals = SignalState { handled: handled - ignored, ignored, blocked, ..signals };
            }
            Op::Give(gift) => command = wish.given(command, gift),
        }
    }
    let spare = spare.map(number).filter(|spare| !parent.contains_key(spare));
    let contradictions = wish.contradictions();
    match Plan::new(&command, Parent { environment: &[], spare }) {
        Ok(plan) => {
            assert_eq!(contradictions, []);
            let left = Process::new(parent.clone(), signals).run(&plan).ok();
            assert_eq!(left, wish.born(&command, close_fds, &parent, signals).ok(), "{:?}", plan.steps());
        }
        Err(PlanError::NoSpare) => assert!(!close_fds && spare.is_none_or(|spare| names(&command, spare))),
        Err(error) => assert!(contradictions.contains(&error), "{error}"),
    }
}

fn opened(number: i32, close_on_exec: bool) -> Descriptor {
    Descriptor { file: File::Parents(number), close_on_exec }
}

/// Small numbers collide, large ones leave gaps.
fn number(at: u8) -> i32 {
    if at < 224 { i32::from(at % 12) } else { i32::from(at) }
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

/// As the parent's own are told, so that a wish can be compared with the child's.
fn child_signals(sets: [u64; 4], any: bool) -> ChildSignals {
    let [keep_ignored, keep_blocked, ignored, blocked] = sets.map(SignalSet::from_bits);
    let changeable: SignalSet = Signal::all().filter(|signal| signal.check_changeable().is_ok()).collect();
    let ignored = if any { ignored } else { ignored & changeable };
    ChildSignals { keep_ignored, keep_blocked, ignored, blocked }
}
