//! The part of a server that every driver shares: [`Front`].

use std::collections::VecDeque;

use standpipe_core::socket::{Admission, Listen, ListenEvent, ListenOptions};
use standpipe_core::{Fault, FaultKind};

use crate::places::{Seat, Short};
use crate::socket::{Accepted, Acceptor, Bound, Endpoint};
use crate::{Control, Ends, LaunchError, Places, Served, ServerEvent, Service, Stream, Verdict};

/// The part of a server that every driver shares: a listener with its descriptors, what its connections are for, and
/// who is told. A driver advances the listener, runs what [`Front::next_served`] gives it, and reports each end.
pub struct Front<'a> {
    /// The machine.
    pub listen: Listen,
    /// What stands behind its ports.
    pub ends: Ends,
    service: Service,
    /// Accepted, admitted and not served yet.
    waiting: VecDeque<Accepted>,
    /// What it shares with the fronts of other threads.
    seat: Option<Seat>,
    /// The first of those that wait does so for want of a resource.
    short: Option<Short>,
    log: Box<dyn FnMut(ServerEvent) + Send + 'a>,
}

impl<'a> Front<'a> {
    /// Accepts from `bound`, until a byte on `control` asks to stop; those who have connected by then are served still.
    pub fn new(
        bound: Bound,
        service: Service,
        options: ListenOptions,
        control: Stream,
        log: impl FnMut(ServerEvent) + Send + 'a,
    ) -> Self {
        let ends = Ends::default().with(Listen::SOCKET, bound.into_acceptor()).with(Listen::CONTROL, control);
        let listen = Listen::new(ListenOptions { accepts_rest: true, ..options });
        Self { listen, ends, service, waiting: VecDeque::new(), seat: None, short: None, log: Box::new(log) }
    }

    /// Counts its connections together with those of others against the limits of these places. `asker` writes to its `control`.
    #[must_use]
    pub fn sharing(mut self, places: &Places, asker: Control) -> Self {
        let seat = places.seat(asker);
        if let Some(acceptor) = self.ends.acceptor(Listen::SOCKET) {
            acceptor.sit(seat.clone());
        }
        self.seat = Some(seat);
        self
    }

    /// What asks it to stop, where it shares its limits with others.
    pub fn asker(&self) -> Option<Control> {
        self.seat.as_ref().map(Seat::waker)
    }

    /// Bytes that one connection's turn may move before others get theirs.
    pub fn budget(&self) -> usize {
        self.service.budget
    }

    /// The next connection to run. One whose child cannot be started is told and closed; where that is for want of a
    /// resource it is kept and tried again later.
    pub fn next_served(&mut self) -> Option<Served> {
        // Taken out at once: the listening socket may be closed before all of them are served.
        while let Some(accepted) = self.ends.acceptor(Listen::SOCKET).and_then(Acceptor::take) {
            self.admit(accepted);
        }
        while let Some(accepted) = self.waiting.pop_front() {
            match self.service.serve(accepted) {
                Ok(served) => return Some(self.begin(served)),
                Err((accepted, error)) => match self.worth_waiting_for(&error) {
                    Some(fault) => {
                        self.waiting.push_front(accepted);
                        self.run_short(fault);
                        return None;
                    }
                    None => self.refuse(accepted, error),
                },
            }
        }
        None
    }

    fn begin(&mut self, mut served: Served) -> Served {
        self.short = None;
        if let Some(place) = &mut served.place {
            place.serve();
        }
        (self.log)(ServerEvent::Accepted(served.peer.clone()));
        served
    }

    fn refuse(&mut self, accepted: Accepted, error: LaunchError) {
        self.short = None;
        self.listen.release_from(accepted.peer.ip());
        (self.log)(ServerEvent::Refused(accepted.peer, error));
    }

    /// A connection over the limit of its address is closed by being dropped.
    fn admit(&mut self, mut accepted: Accepted) {
        let address = accepted.peer.ip();
        let shared = accepted.place.as_mut().map(|place| place.admit(address));
        let admission = match shared {
            Some(Admission::Refuse) => {
                self.listen.release();
                Admission::Refuse
            }
            _ => self.listen.admit(address),
        };
        match admission {
            Admission::Refuse => (self.log)(ServerEvent::Crowded(accepted.peer)),
            _ => self.waiting.push_back(accepted),
        }
    }

    /// The exhaustion that a connection which is being served will end sooner or later.
    fn worth_waiting_for(&self, error: &LaunchError) -> Option<Fault> {
        let is_serving = match &self.seat {
            Some(seat) => seat.places().served() > 0,
            None => self.listen.active() > self.waiting.len() + 1,
        };
        let fault = error.fault().filter(|_| is_serving)?;
        matches!(fault.kind(), FaultKind::DescriptorLimit | FaultKind::OutOfResources).then_some(fault)
    }

    /// The first of those that wait does so for a resource, which no other loop is to take from it.
    fn run_short(&mut self, fault: Fault) {
        match (&self.short, &self.seat) {
            (Some(short), Some(seat)) => short.wait_again(seat),
            (_, seat) => self.short = seat.as_ref().map(|seat| seat.run_short(fault)),
        }
        self.listen.defer(fault);
    }

    /// Tells what has happened to the listener. `true` when the connections that are still open are to be aborted.
    pub fn must_abort(&mut self) -> bool {
        let mut abort = false;
        while let Some(event) = self.listen.next_event() {
            match event {
                ListenEvent::Paused(fault) => (self.log)(ServerEvent::Paused(fault)),
                ListenEvent::Failed(fault) => (self.log)(ServerEvent::Broken(fault)),
                ListenEvent::Abort => {
                    abort = true;
                    self.short = None;
                    let waiting = self.waiting.drain(..);
                    waiting.for_each(|accepted| self.listen.release_from(accepted.peer.ip()));
                    if self.seat.as_ref().is_none_or(|seat| seat.places().is_first_to_abort()) {
                        (self.log)(ServerEvent::Aborting);
                    }
                }
                _ => {}
            }
        }
        abort
    }

    /// A connection has ended.
    pub fn ended(&mut self, verdict: Verdict) {
        self.listen.release_from(verdict.peer.ip());
        (self.log)(match verdict.refusal {
            Some(error) => ServerEvent::Refused(verdict.peer, error),
            None => ServerEvent::Ended(verdict.peer, verdict.report),
        });
    }

    /// A connection could not be run, or not to its end, for a reason of this process.
    pub fn lost(&mut self, peer: Endpoint, error: std::io::Error) {
        self.listen.release_from(peer.ip());
        self.listen.exhausted(crate::fault::of(&error));
        (self.log)(ServerEvent::Lost(peer, error));
    }
}

impl std::fmt::Debug for Front<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("listen", &self.listen).finish_non_exhaustive()
    }
}
