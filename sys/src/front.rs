//! The part of a server that every driver shares: [`Front`].

use standpipe_core::FaultKind;
use standpipe_core::flow::Report;
use standpipe_core::socket::{Listen, ListenEvent, ListenOptions};

use crate::socket::{Bound, Endpoint};
use crate::{Ends, Served, ServerEvent, Service, Stream};

/// The part of a server that every driver shares: a listener with its descriptors, what its connections are for, and
/// who is told. A driver advances the listener, runs what [`Front::next_served`] gives it, and reports each end.
pub struct Front<'a> {
    /// The machine.
    pub listen: Listen,
    /// What stands behind its ports.
    pub ends: Ends,
    service: Service,
    log: Box<dyn FnMut(ServerEvent) + 'a>,
}

impl<'a> Front<'a> {
    /// Accepts from `bound`, until a byte on `control` asks to stop.
    pub fn new(
        bound: Bound,
        service: Service,
        options: ListenOptions,
        control: Stream,
        log: impl FnMut(ServerEvent) + 'a,
    ) -> Self {
        let ends = Ends::default().with(Listen::SOCKET, bound.into_acceptor()).with(Listen::CONTROL, control);
        Self { listen: Listen::new(options), ends, service, log: Box::new(log) }
    }

    /// The next connection to run. One that cannot be served is told and closed.
    pub fn next_served(&mut self) -> Option<Served> {
        while let Some(accepted) = self.ends.acceptor(Listen::SOCKET)?.take() {
            match self.service.serve(accepted) {
                Ok(served) => {
                    (self.log)(ServerEvent::Accepted(served.peer.clone()));
                    return Some(served);
                }
                Err((peer, error)) => {
                    self.listen.release();
                    let exhausted =
                        |kind| matches!(kind, FaultKind::DescriptorLimit | FaultKind::OutOfResources);
                    if let Some(fault) = error.fault().filter(|fault| exhausted(fault.kind())) {
                        self.listen.exhausted(fault);
                    }
                    (self.log)(ServerEvent::Refused(peer, error));
                }
            }
        }
        None
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
                    (self.log)(ServerEvent::Aborting);
                }
                _ => {}
            }
        }
        abort
    }

    /// A connection has ended.
    pub fn ended(&mut self, peer: Endpoint, report: Report) {
        self.listen.release();
        (self.log)(ServerEvent::Ended(peer, report));
    }

    /// A connection could not be run, or not to its end, for a reason of this process.
    pub fn lost(&mut self, peer: Endpoint, error: std::io::Error) {
        self.listen.release();
        self.listen.exhausted(crate::fault::of(&error));
        (self.log)(ServerEvent::Lost(peer, error));
    }
}

impl std::fmt::Debug for Front<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("listen", &self.listen).finish_non_exhaustive()
    }
}
