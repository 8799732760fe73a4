//! What one key of a loop stands for: [`Slot`].

use std::fmt;
use std::io;

use standpipe_core::dispatch::{Key, TimerKey};
use standpipe_core::{Lend, Machine, Moment, Pool, Progress, advance};

use super::Wait;
use super::lookups::Found;
use crate::dispatch::{Listening, Member, Resident};
use crate::{Ends, PortIo, Readiness, Register};

/// What one key of a loop stands for: a connection, a listener or whatever else lives there.
#[derive(Debug)]
pub struct Slot<'a, W: Wait> {
    /// Out while a handler has the word.
    pub(super) job: Option<Job<'a, W>>,
    /// What has come for it meanwhile.
    pub(super) owed: Owed,
    /// The loop may end while it is there.
    pub(super) in_background: bool,
    ready: Readiness,
    watch: W::Watch,
    pub(super) timer: Option<TimerKey>,
}

/// What is to be done with a job once its handler has returned: the last one, with all before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Owed {
    #[default]
    Nothing,
    Turn,
    Stop,
    Abort,
    Dismissal,
}

pub(super) enum Job<'a, W: Wait> {
    Member(Box<Member<'a>>),
    Listener(Box<Listening<'a>>),
    Resident(Box<dyn Resident<'a, W> + 'a>),
}

impl<W: Wait> Job<'_, W> {
    pub(super) fn ends(&self) -> &Ends {
        match self {
            Self::Member(member) => member.ends(),
            Self::Listener(listener) => listener.ends(),
            Self::Resident(resident) => resident.ends(),
        }
    }

    pub(super) fn is_done(&mut self) -> bool {
        match self {
            Self::Member(member) => member.is_done(),
            Self::Listener(listener) => listener.is_done(),
            Self::Resident(resident) => resident.is_done(),
        }
    }
}

impl<W: Wait> fmt::Debug for Job<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(member) => member.fmt(f),
            Self::Listener(listener) => listener.fmt(f),
            Self::Resident(resident) => f.debug_struct("Resident").field("ends", resident.ends()).finish(),
        }
    }
}

impl<'a, W: Wait> Slot<'a, W> {
    pub(super) fn new(job: Job<'a, W>) -> Self {
        Self {
            job: Some(job),
            owed: Owed::Nothing,
            in_background: false,
            ready: Readiness::default(),
            watch: W::Watch::default(),
            timer: None,
        }
    }

    /// What whoever waits remembers of it.
    pub fn watched(&self) -> &W::Watch {
        &self.watch
    }

    /// What stands behind its ports; `None` while its handler has the word.
    pub fn ends(&self) -> Option<&Ends> {
        self.job.as_ref().map(Job::ends)
    }

    /// What is known of its readiness, to be told what a wait has shown.
    pub fn ready(&mut self) -> &mut Readiness {
        &mut self.ready
    }

    pub(super) fn member(&mut self) -> Option<&mut Member<'a>> {
        match &mut self.job {
            Some(Job::Member(member)) => Some(member),
            _ => None,
        }
    }

    pub(super) fn listener(&mut self) -> Option<&mut Listening<'a>> {
        match &mut self.job {
            Some(Job::Listener(listener)) => Some(listener),
            _ => None,
        }
    }

    pub(super) fn is_resident(&self) -> bool {
        matches!(self.job, Some(Job::Resident(_)))
    }

    /// Has whoever waits watch all that stands behind its ports.
    pub(super) fn watch(&mut self, key: Key, waiting: &mut W) -> io::Result<()> {
        let Some(job) = &self.job else { return Ok(()) };
        let (ends, mut reactor) = (job.ends(), waiting.reactor(key, &mut self.watch));
        ends.ports().iter().try_for_each(|port| reactor.take_in(port, ends, &mut self.ready))
    }

    /// And no more.
    pub(super) fn let_go(&mut self, key: Key, waiting: &mut W, ends: &Ends) {
        let mut reactor = waiting.reactor(key, &mut self.watch);
        ends.ports().iter().for_each(|port| reactor.let_go(port, ends));
    }

    /// Whether it is to have a turn although nothing has happened to it.
    pub(super) fn has_changed_its_mind(&mut self) -> bool {
        self.member().is_some_and(Member::has_changed_its_mind)
    }

    /// Does what can be done without waiting.
    pub(super) fn advance(
        &mut self,
        key: Key,
        waiting: &mut W,
        pool: &mut Pool,
        now: Moment,
        budget: usize,
    ) -> Progress {
        let progress = {
            let reactor = waiting.reactor(key, &mut self.watch);
            match &mut self.job {
                None => Progress::Done,
                Some(Job::Listener(listener)) => {
                    turn(listener.parts(), &mut self.ready, pool, reactor, now, budget)
                }
                Some(Job::Resident(resident)) => {
                    turn(resident.parts(), &mut self.ready, pool, reactor, now, budget)
                }
                Some(Job::Member(member)) => {
                    member.prepare(now);
                    let ready = &mut self.ready;
                    // By its type, so that most of what a busy connection comes to is no call.
                    match member.connection() {
                        Some(parts) => turn(parts, ready, pool, reactor, now, budget),
                        None => turn(member.parts(), ready, pool, reactor, now, budget),
                    }
                }
            }
        };
        W::note(&mut self.watch, progress.blocked().unwrap_or_default());
        match self.member().is_some_and(|member| member.is_racing()) && progress == Progress::Done {
            true => self.finish_race(key, waiting),
            false => progress,
        }
    }

    /// The look-up of whom it connects to is over; from here on the race is watched.
    pub(super) fn found(&mut self, key: Key, waiting: &mut W, found: Found, now: Moment) {
        let Some(member) = self.member() else { return };
        member.found(found, now);
        self.ready = Readiness::default();
        if let Err(error) = self.watch(key, waiting) {
            self.fail(error);
        }
    }

    /// What has won the race stands behind another port from here on, and is still to have its turn.
    fn finish_race(&mut self, key: Key, waiting: &mut W) -> Progress {
        if let Some(Job::Member(member)) = &mut self.job {
            let mut reactor = waiting.reactor(key, &mut self.watch);
            member.ends().ports().iter().for_each(|port| reactor.let_go(port, member.ends()));
            member.finish_race();
        }
        self.ready = Readiness::default();
        if let Err(error) = self.watch(key, waiting) {
            self.fail(error);
        }
        Progress::Budget
    }

    /// It cannot be watched, which is its end.
    pub(super) fn fail(&mut self, error: io::Error) {
        match &mut self.job {
            Some(Job::Member(member)) => member.fail(error),
            Some(Job::Listener(listener)) => listener.listen().stop(),
            Some(Job::Resident(resident)) => resident.abort(),
            None => {}
        }
    }

    /// It is to end at once; what a listener has accepted ends by itself.
    pub(super) fn abort(&mut self, now: Moment) {
        match &mut self.job {
            Some(Job::Member(member)) => member.channel(now).abort(),
            Some(Job::Resident(resident)) => resident.abort(),
            Some(Job::Listener(_)) => {}
            None => self.owe(Owed::Abort),
        }
    }

    /// Puts off what cannot be done while its handler has the word.
    pub(super) fn owe(&mut self, owed: Owed) {
        self.owed = self.owed.max(owed);
    }

    /// When it wants a turn although nothing is ready.
    pub(super) fn wake(&mut self, progress: Progress) -> Option<Moment> {
        let machine = progress.blocked().and_then(|blocked| blocked.wake).map(|wake| wake.at);
        let handler = match &self.job {
            Some(Job::Member(member)) => member.timer(),
            Some(Job::Resident(resident)) => resident.wake(),
            _ => None,
        };
        [machine, handler].into_iter().flatten().min()
    }
}

fn turn<M: Machine + ?Sized>(
    (machine, ends): (&mut M, &mut Ends),
    ready: &mut Readiness,
    pool: &mut impl Lend,
    reactor: impl Register,
    now: Moment,
    budget: usize,
) -> Progress {
    ready.refresh(machine.wake(), now);
    let mut io = PortIo::new(ends, ready, pool, reactor);
    advance(machine, &mut io, now, budget)
}
