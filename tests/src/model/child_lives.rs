//! Every interleaving of what may happen to children, up to a depth: [`explore`].
//!
//! Children live on the modelled kernel, which gives a number away the moment it is free and makes one SIGCHLD of many. A
//! move is one system call of the driver, one process that ends, stops or goes on, one signal that is delivered, one
//! child that is reaped behind the driver's back, one thing that the caller asks for, or a grace that passes. All moves
//! that are possible are made, each in a world of its own. In each world the driver is let run until it waits, then ends
//! what is left, and the outcome is judged: no stranger is hit unless somebody else reaps, no news is missed, every status
//! is told as it was, and everybody is reaped.
//!
//! One child that may be stopped has 222,229,130 lives of 12 moves, and two that may not have 325,454,639 of 9:
//! `processes::every_interleaving_comes_to_a_good_end` counts them. Where two lives have come to the same world, which is
//! to say that nothing at all is different, what follows is lived through once and counted for both.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};
use std::time::Duration;

use standpipe_core::process::{Child, ChildState, Exit, Stop, WaitStatus};
use standpipe_core::signal::Signal;
use standpipe_core::{Done, Duty, Fault, FaultKind, Machine, Target};

use crate::program::Program;
use crate::sim::{Descriptors, Kernel, NoChild, Pid};

/// One thing that happens, to the child with this index.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// The driver performs the duty that is due.
    Duty(usize),
    /// The process ends by itself.
    End(usize),
    /// Somebody stops it, or lets it go on.
    Pause(usize, Signal),
    /// Somebody else reaps it.
    Steal(usize),
    /// The caller signals it.
    Signal(usize),
    /// The caller begins to stop it.
    Stop(usize),
    /// The grace of a stop is over.
    Grace(usize),
    /// SIGCHLD is delivered: whoever waits looks again.
    Deliver,
}

/// A child as its driver has it, and what became of it.
#[derive(Clone, Debug)]
struct Ward {
    pid: Pid,
    child: Child,
    /// The duty that would block, to be tried again after a SIGCHLD.
    blocked: Option<Duty>,
    stolen: bool,
    /// How it has ended, if the driver has learnt it before anybody could steal that.
    seen: Option<Exit>,
}

#[derive(Clone, Debug)]
struct Lives {
    kernel: Kernel,
    wards: Vec<Ward>,
    pauses: bool,
}

/// What was explored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Explored {
    /// How many sequences of moves there are.
    pub lives: u64,
    /// How many different worlds they lead through.
    pub worlds: usize,
}

/// Makes every sequence of so many moves, with so many children that may be stopped or not.
///
/// # Panics
/// When one of them does not come to a good end.
pub fn explore(children: usize, pauses: bool, depth: usize) -> Explored {
    let mut kernel = Kernel::default();
    let wards = (0..children).map(|_| {
        let mut child = Child::new();
        child.observe_stops(pauses);
        let pid = kernel.spawn(&Program::default(), Descriptors::default());
        Ward { pid, child, blocked: None, stolen: false, seen: None }
    });
    let wards = wards.collect();
    let mut explorer = Explorer { lives: vec![HashMap::new(); depth + 1], judged: HashSet::new() };
    let lives = explorer.descend(&Lives { kernel, wards, pauses }, depth);
    Explored { lives, worlds: explorer.judged.len() }
}

struct Explorer {
    /// How many lives go on from a world, by how many moves are left.
    lives: Vec<HashMap<u64, u64>>,
    judged: HashSet<u64>,
}

impl Explorer {
    /// Lives through all that may follow. What has come to the same world by another way need not be lived through twice.
    fn descend(&mut self, lives: &Lives, left: usize) -> u64 {
        let world = lives.fingerprint();
        if let Some(count) = self.lives[left].get(&world) {
            return *count;
        }
        if self.judged.insert(world) {
            lives.clone().judge();
        }
        let moves = if left == 0 { Vec::new() } else { lives.moves() };
        let mut count = u64::from(moves.is_empty());
        for step in moves {
            let mut next = lives.clone();
            next.make(step);
            count += self.descend(&next, left - 1);
        }
        self.lives[left].insert(world, count);
        count
    }
}

/// Hashes what is written.
struct Hashing(DefaultHasher);

impl Write for Hashing {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Lives {
    /// Everything that can be different about it.
    fn fingerprint(&self) -> u64 {
        let mut hashing = Hashing(DefaultHasher::new());
        write!(hashing, "{self:?}").expect("it is hashed");
        hashing.0.finish()
    }

    fn moves(&self) -> Vec<Move> {
        let mut moves: Vec<Move> = self.kernel.has_sigchld().then_some(Move::Deliver).into_iter().collect();
        for (index, ward) in self.wards.iter().enumerate() {
            moves.extend(ward.due().map(|_| Move::Duty(index)));
            moves.extend(ward.child.wake().map(|_| Move::Grace(index)));
            match self.kernel.is_stopped(ward.pid) {
                Some(false) => {
                    moves.push(Move::End(index));
                    moves.extend(self.pauses.then_some(Move::Pause(index, Signal::STOP)));
                }
                Some(true) => moves.push(Move::Pause(index, Signal::CONT)),
                None => {}
            }
            moves.extend(matches!(self.kernel.observe(ward.pid), Ok(Some(_))).then_some(Move::Steal(index)));
            if !ward.child.is_done() {
                moves.extend([Move::Signal(index), Move::Stop(index)]);
            }
        }
        moves
    }

    fn make(&mut self, step: Move) {
        match step {
            Move::Duty(index) => self.perform(index),
            Move::End(index) => self.kernel.end(self.wards[index].pid, 3 << 8),
            Move::Pause(index, signal) => self.kernel.kill(self.wards[index].pid, Target::Child, signal),
            Move::Steal(index) => {
                let ward = &mut self.wards[index];
                ward.stolen = true;
                assert!(matches!(self.kernel.reap(ward.pid), Ok(Some(_))), "it was there");
            }
            Move::Signal(index) => self.wards[index].child.signal(Target::Child, Signal::HUP),
            Move::Stop(index) => {
                let stop = Stop::terminate(Duration::from_secs(1));
                let stop = if index == 0 { stop } else { stop.whole_group() };
                self.wards[index].child.stop(&stop);
            }
            Move::Grace(index) => {
                let child = &mut self.wards[index].child;
                let wake = child.wake().expect("there is a grace");
                child.handle_now(wake.at);
            }
            Move::Deliver => {
                self.kernel.take_sigchld();
                self.wards.iter_mut().for_each(|ward| ward.blocked = None);
            }
        }
    }

    fn perform(&mut self, index: usize) {
        let ward = &mut self.wards[index];
        let duty = ward.due().expect("it is due");
        let done = match duty {
            Duty::Observe => told(self.kernel.observe(ward.pid)),
            Duty::ObserveStops => told(self.kernel.observe_stops(ward.pid)),
            Duty::Reap => told(self.kernel.reap(ward.pid)),
            Duty::Signals(target, signals) => {
                let before = self.kernel.strangers_hit();
                signals.iter().for_each(|signal| self.kernel.kill(ward.pid, target, signal));
                // Where somebody else reaps, nobody can know in time.
                assert!(ward.stolen || self.kernel.strangers_hit() == before, "a stranger is hit");
                Done::Ok(0)
            }
            Duty::Close => Done::Ok(0),
            duty => panic!("not a child's: {duty:?}"),
        };
        ward.blocked = (done == Done::Blocked).then_some(duty);
        ward.child.handle_done(Child::EXIT, duty, done);
        if let (Duty::Observe | Duty::ObserveStops, Done::Ok(raw)) = (duty, done) {
            ward.seen = WaitStatus::from_raw(raw).exit();
        }
    }

    /// Lets the driver run until it waits.
    fn settle(&mut self) {
        loop {
            let due = self.wards.iter().position(|ward| ward.due().is_some());
            match due {
                Some(index) => self.perform(index),
                None if self.kernel.has_sigchld() => self.make(Move::Deliver),
                None => return,
            }
        }
    }

    fn judge(mut self) {
        self.settle();
        for ward in &self.wards {
            let state = match self.kernel.is_stopped(ward.pid) {
                Some(true) => ChildState::Stopped(Signal::STOP),
                Some(false) => ChildState::Running,
                None => ChildState::Reaped(ward.seen.unwrap_or(Exit::Unknown)),
            };
            assert_eq!(ward.child.state(), state, "no news is missed");
        }
        self.wards.iter_mut().for_each(|ward| ward.child.stop(&Stop::kill()));
        self.settle();
        for ward in &self.wards {
            assert!(ward.child.is_done(), "it comes to its end");
            let exit = ward.seen.unwrap_or(Exit::Unknown);
            assert_eq!(ward.child.exit(), Some(exit));
            assert!(ward.stolen || exit != Exit::Unknown, "a status is lost to a thief alone");
        }
        assert_eq!((self.kernel.zombies(), self.kernel.running()), (0, 0));
    }
}

impl Ward {
    /// The duty that is due and was not found to block.
    fn due(&self) -> Option<Duty> {
        self.child.wants(Child::EXIT).duty.filter(|duty| self.blocked != Some(*duty))
    }
}

fn told(status: Result<Option<i32>, NoChild>) -> Done {
    match status {
        Ok(Some(status)) => Done::Ok(status),
        Ok(None) => Done::Blocked,
        Err(NoChild) => Done::Failed(Fault::new(FaultKind::NoChild, 10)),
    }
}
