//! Making a connection to one of several candidates: [`Connect`].

use crate::{Done, Duty, End, Machine, Moment, Port, Timer, Wake, Wants};

/// Makes a connection to the first of several candidates that answers, tried in turn under one deadline.
///
/// Its port is [`Connect::SOCKET`], which stays open when the machine is done.
///
/// ```
/// use standpipe_core::socket::Connect;
/// use standpipe_core::{Done, Duty, Fault, FaultKind, Machine};
///
/// let mut connect = Connect::new(2);
/// let refused = Fault::new(FaultKind::ConnectionRefused, 111);
/// connect.handle_done(Connect::SOCKET, Duty::Connect(0), Done::Failed(refused));
/// assert_eq!(connect.wants(Connect::SOCKET).duty, Some(Duty::Connect(1)));
/// connect.handle_done(Connect::SOCKET, Duty::Connect(1), Done::Ok(0));
/// assert_eq!(connect.result(), Some(Ok(())));
/// ```
#[derive(Debug)]
pub struct Connect {
    candidate: u16,
    count: u16,
    deadline: Option<Moment>,
    result: Option<Result<(), End>>,
}

impl Connect {
    /// The socket.
    pub const SOCKET: Port = Port::new(0);

    /// Tries this many candidates, at least one.
    pub const fn new(count: u16) -> Self {
        Self { candidate: 0, count, deadline: None, result: None }
    }

    /// Sets or clears the moment at which it is given up.
    pub fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
    }

    /// What it came to: [`End::NotConnected`] with the last candidate's reason, or [`End::TimedOut`].
    pub fn result(&self) -> Option<Result<(), End>> {
        self.result
    }
}

impl Machine for Connect {
    fn ports(&self) -> u8 {
        1
    }

    fn wants(&self, port: Port) -> Wants {
        let wanted = port == Self::SOCKET && self.result.is_none();
        Wants { duty: wanted.then_some(Duty::Connect(self.candidate)), ..Wants::NOTHING }
    }

    fn wake(&self) -> Option<Wake> {
        let at = self.deadline.filter(|_| self.result.is_none())?;
        Some(Wake { at, why: Timer::Connect })
    }

    fn handle_now(&mut self, now: Moment) {
        if self.result.is_none() && self.deadline.is_some_and(|at| at <= now) {
            self.result = Some(Err(End::TimedOut(Timer::Connect)));
        }
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        if self.wants(port).duty != Some(duty) {
            return;
        }
        match done {
            Done::Blocked => {}
            Done::Ok(_) => self.result = Some(Ok(())),
            Done::Failed(_) if self.candidate + 1 < self.count => self.candidate += 1,
            Done::Failed(fault) => self.result = Some(Err(End::NotConnected(fault))),
        }
    }

    fn is_done(&self) -> bool {
        self.result.is_some()
    }
}
