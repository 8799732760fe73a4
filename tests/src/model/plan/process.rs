//! A process that runs a plan, and lets no step pass that the kernel would refuse or that would come too early.

use std::collections::BTreeMap;

use standpipe_core::process::{Group, Limit, Plan, Resource, Step};
use standpipe_core::signal::{SignalSet, SignalState};

use super::{Born, Descriptor, File, NotOpen, Table};

/// A child of root's that has just been forked.
pub(super) struct Process {
    table: Table,
    /// It is the parent's still.
    is_shared: bool,
    handled: SignalSet,
    /// The mask is the parent's until the step that sets it.
    is_masked: bool,
    so_far: Born,
}

impl Process {
    pub(super) fn new(table: Table, signals: SignalState) -> Self {
        let so_far = Born {
            descriptors: BTreeMap::new(),
            group: Group::Inherit,
            terminal: None,
            foreground: None,
            umask: None,
            limits: BTreeMap::new(),
            nice: None,
            uid: 0,
            gid: 0,
            groups: vec![0],
            entered_as: None,
            die_with_parent: None,
            ignored: signals.ignored,
            blocked: signals.blocked,
        };
        Self { table, is_shared: true, handled: signals.handled, is_masked: false, so_far }
    }

    pub(super) fn run(mut self, plan: &Plan) -> Result<Born, NotOpen> {
        let (last, steps) = plan.steps().split_last().expect("a plan has steps");
        assert!(matches!(last, Step::Execute(_)));
        for step in steps {
            assert!(!self.is_masked, "the mask comes last");
            self.descriptor_step(step)?;
            self.step(step)?;
        }
        assert!(self.is_masked && self.handled.is_empty());
        let stays = |(number, descriptor): (i32, Descriptor)| {
            (!descriptor.close_on_exec).then_some((number, descriptor.file))
        };
        let descriptors = self.table.into_iter().filter_map(stays).collect();
        Ok(Born { descriptors, ..self.so_far })
    }

    fn descriptor_step(&mut self, step: &Step) -> Result<(), NotOpen> {
        match *step {
            Step::Unshare { from } => {
                self.is_shared = false;
                self.table.retain(|number, _| (*number as u32) < from);
            }
            Step::Duplicate { from, to } => {
                assert_ne!(from, to, "dup2 onto itself would keep close-on-exec");
                let file = self.file(from)?;
                self.put(to, file);
            }
            Step::Keep { number } => {
                let file = self.file(number)?;
                self.put(number, file);
            }
            Step::OpenNull { to } => self.put(to, File::Null),
            Step::Close { first, last } => {
                assert!(first <= last, "an empty range is an error of close_range");
                assert!(!self.is_shared, "it is the parent's table");
                self.table.retain(|number, _| !(first..=last).contains(&(*number as u32)));
            }
            _ => {}
        }
        Ok(())
    }

    fn file(&self, number: i32) -> Result<File, NotOpen> {
        self.table.get(&number).map(|descriptor| descriptor.file).ok_or(NotOpen(number))
    }

    fn put(&mut self, number: i32, file: File) {
        assert!(!self.is_shared, "it is the parent's table");
        let limit = self.so_far.limits.get(&Resource::Nofile).copied().unwrap_or(Limit::NONE);
        assert!((number as u64) < limit.soft, "the limit would refuse this number");
        self.table.insert(number, Descriptor { file, close_on_exec: false });
    }

    fn step(&mut self, step: &Step) -> Result<(), NotOpen> {
        match step {
            Step::NewSession => self.join(Group::Session),
            Step::NewGroup => self.join(Group::New),
            Step::JoinGroup(leader) => self.join(Group::Join(*leader)),
            Step::ControllingTerminal { terminal } => {
                assert_eq!(self.so_far.group, Group::Session, "only a session's leader may");
                self.so_far.terminal = Some(self.parents_file(*terminal)?);
            }
            Step::Foreground { terminal } => {
                self.so_far.foreground = Some((self.parents_file(*terminal)?, self.so_far.group));
            }
            Step::Umask(bits) => self.so_far.umask = Some(*bits),
            Step::Directory(_) => self.so_far.entered_as = Some(self.so_far.uid),
            Step::DieWithParent(signal) => self.so_far.die_with_parent = Some(*signal),
            Step::ResetSignals { keep_ignored, ignored } => {
                self.handled = SignalSet::EMPTY;
                self.so_far.ignored = self.so_far.ignored & *keep_ignored | *ignored;
            }
            Step::SignalMask { keep_blocked, blocked } => {
                self.so_far.blocked = self.so_far.blocked & *keep_blocked | *blocked;
                self.is_masked = true;
            }
            _ => self.privileged_step(step),
        }
        Ok(())
    }

    fn join(&mut self, group: Group) {
        assert_eq!(
            (self.so_far.group, self.so_far.terminal),
            (Group::Inherit, None),
            "the group comes first"
        );
        self.so_far.group = group;
    }

    /// What the number stands for in the parent's table, which it is that a terminal is named by.
    fn parents_file(&self, number: i32) -> Result<File, NotOpen> {
        assert!(self.is_shared, "the numbers are no longer the parent's");
        self.file(number)
    }

    fn privileged_step(&mut self, step: &Step) {
        let (is_root, born) = (self.so_far.uid == 0, &mut self.so_far);
        match step {
            Step::Limit { resource, limit } => drop(born.limits.insert(*resource, *limit)),
            Step::Nice(value) => born.nice = Some(*value),
            Step::Groups(groups) => born.groups.clone_from(groups),
            Step::GroupId(gid) => (born.gid, born.die_with_parent) = (*gid, None),
            Step::UserId(uid) => (born.uid, born.die_with_parent) = (*uid, None),
            _ => return,
        }
        assert!(is_root, "{step:?} takes privilege");
    }
}
