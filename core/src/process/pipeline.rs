//! Several children in a row under one deadline: [`Pipeline`].

use super::crew::Crew;
use crate::process::{Exit, Stop, StopStep};
use crate::signal::Signal;
use crate::{Done, Duty, Fault, Lend, Machine, Moment, Port, Ports, Side, Timer, Wake, Wants, Window};

/// How a [`Pipeline`] is run.
///
/// ```
/// use core::time::Duration;
/// use standpipe_core::process::{Pipeline, PipelineOptions, Stop};
///
/// let options = PipelineOptions { stages: 3, stop: Stop::terminate(Duration::from_secs(1)) };
/// assert_eq!(Pipeline::new(options).exits().count(), 3);
/// ```
#[derive(Clone, Debug)]
pub struct PipelineOptions {
    /// How many stages it has, 1 to [`Pipeline::MOST_STAGES`].
    pub stages: u8,
    /// How it is brought to its end when its deadline passes; for the whole group, whatever it says.
    pub stop: Stop,
}

/// What happened to a pipeline that the caller may want to know.
///
/// ```
/// use standpipe_core::process::{Pipeline, PipelineEvent, PipelineOptions, Stop, StopStep};
///
/// let mut pipeline = Pipeline::new(PipelineOptions { stages: 2, stop: Stop::default() });
/// pipeline.tell_steps(true);
/// pipeline.stop(&Stop::close_stdin());
/// if let Some(PipelineEvent::Step(StopStep::CloseStdin)) = pipeline.next_event() {
///     // whoever has the pipe of the first stage drops it
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PipelineEvent {
    /// A step of the stop is taken. [`StopStep::CloseStdin`] is for the caller to do, who has the first stage's pipe, if
    /// it is one; of the others it is only told.
    Step(StopStep),
}

/// One or more children in one process group, which the first leads: waited for together, signalled together, and under
/// one deadline (SUB-66 has the original's recipe).
///
/// The leader is reaped last, so the group's number is its own for as long as it is signalled.
///
/// Its ports: [`CONTROL`](Self::CONTROL), which is read for signal numbers, a byte each, that are passed on to the group;
/// and [`Pipeline::stage`].
///
/// ```
/// use standpipe_core::process::{Exit, Pipeline, PipelineOptions, Stop};
/// use standpipe_core::{Done, Duty, Machine};
///
/// let mut pipeline = Pipeline::new(PipelineOptions { stages: 2, stop: Stop::default() });
/// pipeline.handle_done(Pipeline::stage(0), Duty::Observe, Done::Ok(2 << 8));
/// assert_eq!(pipeline.wants(Pipeline::stage(0)).duty, None); // held
/// pipeline.handle_done(Pipeline::stage(1), Duty::Observe, Done::Ok(0));
/// assert_eq!(pipeline.wants(Pipeline::stage(0)).duty, Some(Duty::Reap));
/// assert_eq!(pipeline.exit(), Some(Exit::Code(2))); // the last stage that failed
/// assert_eq!(pipeline.exits().last(), Some(Some(Exit::Code(0))));
/// ```
///
/// A deadline, and signals to be passed on:
///
/// ```
/// use standpipe_core::process::{Pipeline, PipelineEvent, PipelineOptions, Stop, StopStep};
/// use standpipe_core::signal::Signal;
/// use standpipe_core::{Duty, Machine, Moment, Target};
///
/// let stages = Pipeline::MOST_STAGES;
/// let mut pipeline = Pipeline::new(PipelineOptions { stages, stop: Stop::kill() });
/// assert!(pipeline.wants(Pipeline::CONTROL).read);
/// pipeline.set_deadline(Some(Moment::ORIGIN));
/// pipeline.tell_steps(true);
/// pipeline.handle_now(Moment::ORIGIN);
/// assert!(pipeline.has_timed_out());
/// let kill = StopStep::Signal(Signal::KILL);
/// assert_eq!(pipeline.next_event(), Some(PipelineEvent::Step(kill)));
/// assert_eq!(pipeline.stop_step(), Some(kill)); // as far as the first stage is concerned
/// assert!(matches!(pipeline.wants(Pipeline::stage(0)).duty, Some(Duty::Signals(Target::Group, _))));
/// ```
#[derive(Debug)]
pub struct Pipeline {
    crew: Crew,
    stop: Stop,
    deadline: Option<Moment>,
    timed_out: bool,
    tells_steps: bool,
    control: [u8; 16],
    controlled: bool,
    now: Moment,
}

impl Pipeline {
    /// Where the numbers of signals to pass on are read.
    pub const CONTROL: Port = Port::new(0);
    /// The most stages of a pipeline.
    pub const MOST_STAGES: u8 = Ports::CAPACITY as u8 - 1;

    /// The exit of the stage with this index.
    ///
    /// # Panics
    /// When the index is not below [`Pipeline::MOST_STAGES`].
    pub const fn stage(index: u8) -> Port {
        Port::new(index + 1)
    }

    /// Children that were just spawned.
    pub fn new(options: PipelineOptions) -> Self {
        Self {
            crew: Crew::new(options.stages),
            stop: options.stop.whole_group(),
            deadline: None,
            timed_out: false,
            tells_steps: false,
            control: [0; 16],
            controlled: true,
            now: Moment::ORIGIN,
        }
    }

    /// Sets or clears the moment at which the pipeline is stopped.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// Whether the deadline has passed before the end.
    pub fn has_timed_out(&self) -> bool {
        self.timed_out
    }

    /// Whether each step of a stop is told when it is taken. Default: no.
    pub fn tell_steps(&mut self, tells: bool) {
        self.tells_steps = tells;
    }

    /// The next thing to know.
    pub fn next_event(&mut self) -> Option<PipelineEvent> {
        let step = if self.tells_steps { self.crew.next_step() } else { None };
        step.map(PipelineEvent::Step)
    }

    /// The step of the stop that ended the first stage, if one did: see
    /// [`Child::stop_step`](super::Child::stop_step).
    pub fn stop_step(&self) -> Option<StopStep> {
        self.crew.leader().stop_step()
    }

    /// Begins to bring the whole group to its end.
    pub fn stop(&mut self, stop: &Stop) {
        self.crew.stop(&stop.clone().whole_group());
    }

    /// How each stage ended, as far as that is known.
    pub fn exits(&self) -> impl Iterator<Item = Option<Exit>> + '_ {
        self.crew.exits()
    }

    /// How the pipeline ended: as the last stage that failed, or well. `None` while a stage runs.
    pub fn exit(&self) -> Option<Exit> {
        self.crew.exit()
    }
}

impl Machine for Pipeline {
    fn ports(&self) -> u8 {
        self.crew.stages() + 1
    }

    fn wants(&self, port: Port) -> Wants {
        if port == Self::CONTROL {
            return Wants { read: self.controlled && !self.is_done(), ..Wants::NOTHING };
        }
        self.crew.wants(port.index() - 1)
    }

    fn wake(&self) -> Option<Wake> {
        let deadline = self.deadline.filter(|_| self.exit().is_none());
        Wake::earliest(deadline.map(|at| Wake { at, why: Timer::Deadline }), self.crew.wake())
    }

    fn handle_now(&mut self, now: Moment) {
        self.now = self.now.max(now);
        self.crew.handle_now(now);
        if self.exit().is_none() && self.deadline.is_some_and(|at| at <= self.now) {
            self.deadline = None;
            self.timed_out = true;
            self.stop(&self.stop.clone());
        }
    }

    fn window<'a>(&'a mut self, port: Port, _: &mut dyn Lend) -> Window<'a> {
        if self.wants(port).read { Window::Slice(&mut self.control) } else { Window::NONE }
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        if !self.wants(port).read {
            return;
        }
        let signals = self.control[..n].iter().filter_map(|number| Signal::new((*number).into()));
        signals.for_each(|signal| self.crew.signal(signal));
    }

    fn handle_eof(&mut self, port: Port) {
        self.controlled &= !self.wants(port).read;
    }

    fn handle_failed(&mut self, port: Port, side: Side, _: Fault) {
        if side == Side::Read {
            self.handle_eof(port);
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if let Some(index) = port.index().checked_sub(1) {
            self.crew.handle_done(index, duty, done);
        }
    }

    fn has_event(&self) -> bool {
        self.tells_steps && self.crew.has_event()
    }

    fn is_done(&self) -> bool {
        self.crew.is_done()
    }
}
