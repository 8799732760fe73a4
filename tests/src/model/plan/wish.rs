//! The child that was asked for, said without any order of making it.

use std::collections::BTreeMap;

use standpipe_core::process::{Command, Group, Limit, PlanError, Resource, Stdio};
use standpipe_core::signal::{ChildSignals, Signal, SignalState};

use super::{Born, File, Gift, NotOpen, Table, child_signals, number};

/// All that is given beside descriptors.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    group: Group,
    terminal: Option<i32>,
    foreground: Option<i32>,
    umask: Option<u32>,
    limits: BTreeMap<Resource, Limit>,
    nice: Option<i32>,
    uid: Option<u32>,
    gid: Option<u32>,
    groups: Option<Vec<u32>>,
    has_directory: bool,
    die_with_parent: Option<Signal>,
    signals: ChildSignals,
}

impl Wish {
    /// Notes it down, and tells the command.
    pub(super) fn given(&mut self, command: Command, gift: Gift) -> Command {
        match gift {
            Gift::Group(which) => {
                self.group = group(which);
                command.group(self.group)
            }
            Gift::Session(at) => {
                (self.group, self.terminal) = (Group::Session, Some(number(at)));
                command.group(Group::Session).controlling_terminal(number(at))
            }
            Gift::Terminal(at) => {
                self.terminal = Some(number(at));
                command.controlling_terminal(number(at))
            }
            Gift::Foreground(at) => {
                self.foreground = Some(number(at));
                command.foreground(number(at))
            }
            Gift::Umask(bits) => {
                let bits = if bits < 0xff00 { u32::from(bits) & 0o777 } else { u32::from(bits) };
                self.umask = Some(bits);
                command.umask(bits)
            }
            Gift::Limit(which, soft, more) => {
                let resource = Resource::ALL[usize::from(which) % Resource::ALL.len()];
                let soft = u64::from(soft) + 1;
                let hard = if more == 0 { soft - 1 } else { soft + u64::from(more) };
                self.limits.insert(resource, Limit { soft, hard });
                command.resource_limit(resource, Limit { soft, hard })
            }
            Gift::Nice(value) => {
                let value = if value > 120 { i32::from(value) } else { i32::from(value % 20) };
                self.nice = Some(value);
                command.nice(value)
            }
            _ => self.given_rights(command, gift),
        }
    }

    fn given_rights(&mut self, command: Command, gift: Gift) -> Command {
        match gift {
            Gift::User(uid) => {
                self.uid = Some(uid.into());
                command.uid(uid.into())
            }
            Gift::GroupId(gid) => {
                self.gid = Some(gid.into());
                command.gid(gid.into())
            }
            Gift::Groups(groups) => {
                let groups: Vec<u32> = groups.into_iter().flatten().map(u32::from).collect();
                self.groups = Some(groups.clone());
                command.groups(groups)
            }
            Gift::Directory => {
                self.has_directory = true;
                command.directory("/")
            }
            Gift::Die(which) => {
                let signal = Signal::new(i32::from(which % 64) + 1).expect("1 to 64");
                self.die_with_parent = Some(signal);
                command.die_with_parent(signal)
            }
            Gift::Signals(sets, any) => {
                self.signals = child_signals(sets, any);
                command.signals(self.signals)
            }
            other => panic!("{other:?} is given elsewhere"),
        }
    }

    /// Everything that a plan may refuse the command for, descriptors apart.
    pub(super) fn contradictions(&self) -> Vec<PlanError> {
        let mut found = Vec::new();
        match (self.group, self.terminal, self.foreground) {
            (Group::Session, None, Some(number)) => found.push(PlanError::ForegroundWithoutTerminal(number)),
            (Group::Session, ..) | (_, None, _) => {}
            (_, Some(number), _) => found.push(PlanError::TerminalWithoutSession(number)),
        }
        if let Group::Join(leader @ ..=0) = self.group {
            found.push(PlanError::NotAGroup(leader));
        }
        found.extend(self.umask.filter(|bits| *bits > 0o777).map(PlanError::Umask));
        let upside_down = self.limits.iter().filter(|(_, limit)| limit.soft > limit.hard);
        found.extend(upside_down.map(|(resource, _)| PlanError::Limit(*resource)));
        found.extend(self.nice.filter(|value| !(-20..20).contains(value)).map(PlanError::Nice));
        found.extend(self.uid.filter(|_| self.gid.is_none()).map(PlanError::UserWithoutGroup));
        let refused = self.signals.ignored.iter().filter_map(|signal| signal.check_changeable().err());
        found.extend(refused.map(PlanError::Ignored));
        found
    }

    pub(super) fn born(
        &self,
        command: &Command,
        close_fds: bool,
        parent: &Table,
        signals: SignalState,
    ) -> Result<Born, NotOpen> {
        let file = |number: i32| file(parent, number);
        let foreground = self.foreground.map(|number| Ok((file(number)?, self.group)));
        let uid = self.uid.unwrap_or(0);
        let groups = if self.uid.is_some() { Vec::new() } else { vec![0] };
        Ok(Born {
            descriptors: descriptors(command, close_fds, parent)?,
            group: self.group,
            terminal: self.terminal.map(file).transpose()?,
            foreground: foreground.transpose()?,
            umask: self.umask,
            limits: self.limits.clone(),
            nice: self.nice,
            uid,
            gid: self.gid.unwrap_or(0),
            groups: self.groups.clone().unwrap_or(groups),
            entered_as: self.has_directory.then_some(uid),
            die_with_parent: self.die_with_parent,
            ignored: signals.after_reset(signals.reset(self.signals)).ignored,
            blocked: signals.after_reset(signals.reset(self.signals)).blocked,
        })
    }
}

fn group(which: u8) -> Group {
    match which % 8 {
        0 | 1 => Group::Inherit,
        2 | 3 => Group::New,
        4 | 5 => Group::Session,
        _ => Group::Join(i32::from(which) - 8),
    }
}

fn file(parent: &Table, number: i32) -> Result<File, NotOpen> {
    parent.get(&number).map(|descriptor| descriptor.file).ok_or(NotOpen(number))
}

fn descriptors(command: &Command, close_fds: bool, parent: &Table) -> Result<BTreeMap<i32, File>, NotOpen> {
    let mut table = BTreeMap::new();
    for (number, descriptor) in parent {
        let stays = *number <= 2 || !close_fds;
        if stays && !descriptor.close_on_exec {
            table.insert(*number, descriptor.file);
        }
    }
    for (target, stdio) in command.stdios() {
        match stdio {
            Stdio::Inherit if target <= 2 => {}
            Stdio::Inherit => drop(table.insert(target, file(parent, target)?)),
            Stdio::Descriptor(source) => drop(table.insert(target, file(parent, source)?)),
            Stdio::Null => drop(table.insert(target, File::Null)),
            _ => {}
        }
    }
    if command.stdio(2) == Some(Stdio::Stdout) {
        let inherited = matches!(command.stdio(1), None | Some(Stdio::Inherit));
        let output = if inherited { file(parent, 1)? } else { table[&1] };
        table.insert(2, output);
    }
    Ok(table)
}
