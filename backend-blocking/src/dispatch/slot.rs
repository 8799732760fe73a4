//! What one key of a loop stands for: [`Slot`].

use standpipe_core::dispatch::TimerKey;
use standpipe_core::{Blocked, Lend, Machine, Moment, Pool, Progress, advance};
use standpipe_sys::dispatch::{Listening, Member};
use standpipe_sys::{Ends, PortIo, Readiness};

/// What one key of a loop stands for.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    /// Out while a handler has the word.
    pub(super) job: Option<Job<'a>>,
    ready: Readiness,
    pub(super) timer: Option<TimerKey>,
    /// What to wait for. Nothing while it stands in the queue.
    pub(super) blocked: Blocked,
}

#[derive(Debug)]
pub(super) enum Job<'a> {
    Member(Box<Member<'a>>),
    Listener(Box<Listening<'a>>),
}

impl<'a> Slot<'a> {
    pub(super) fn new(job: Job<'a>) -> Self {
        Self { job: Some(job), ready: Readiness::default(), timer: None, blocked: Blocked::default() }
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

    pub(super) fn ends(&self) -> Option<&Ends> {
        self.job.as_ref().map(|job| match job {
            Job::Member(member) => member.ends(),
            Job::Listener(listener) => listener.ends(),
        })
    }

    pub(super) fn ready(&mut self) -> &mut Readiness {
        &mut self.ready
    }

    /// Whether it is to have a turn although nothing has happened to it.
    pub(super) fn has_changed_its_mind(&mut self) -> bool {
        self.member().is_some_and(Member::has_changed_its_mind)
    }

    /// Does what can be done without waiting.
    pub(super) fn advance(&mut self, pool: &mut Pool, now: Moment, budget: usize) -> Progress {
        let progress = match &mut self.job {
            None => Progress::Done,
            Some(Job::Listener(listener)) => {
                let (machine, ends) = listener.parts();
                turn(machine, ends, &mut self.ready, pool, now, budget)
            }
            Some(Job::Member(member)) => {
                member.prepare(now);
                let was_racing = member.is_racing();
                let (machine, ends) = member.parts();
                let progress = turn(machine, ends, &mut self.ready, pool, now, budget);
                if was_racing && progress == Progress::Done {
                    member.finish_race();
                    self.ready = Readiness::default();
                    // The connection is still to have its turn.
                    Progress::Budget
                } else {
                    progress
                }
            }
        };
        self.blocked = Blocked::default();
        if let Progress::Blocked(blocked) = progress {
            self.blocked = blocked;
        }
        progress
    }

    /// When it wants a turn although nothing is ready.
    pub(super) fn wake(&mut self) -> Option<Moment> {
        let machine = self.blocked.wake.map(|wake| wake.at);
        let handler = self.member().and_then(|member| member.timer());
        [machine, handler].into_iter().flatten().min()
    }
}

fn turn(
    machine: &mut dyn Machine,
    ends: &mut Ends,
    ready: &mut Readiness,
    pool: &mut impl Lend,
    now: Moment,
    budget: usize,
) -> Progress {
    ready.refresh(machine.wake(), now);
    let mut io = PortIo::new(ends, ready, pool, ());
    advance(machine, &mut io, now, budget)
}
