//! Who has one side of a handshake, and what it has cause to expect: [`Party`].

use standpipe_core::tls::{Context, Greeting, Session};
use standpipe_core::{
    BUDGET, Blocked, Handshake, HandshakeError, Io, Layer, Machine, Moment, Negotiated, Outcome, Progress,
    Window, advance,
};

use crate::sim::Readiness;
use crate::tls::{Lender, Link, Wire};

/// What it is at.
#[derive(Debug)]
enum Stage {
    /// It waits for the client's first message, and answers by this context.
    Greeting(Box<Greeting>, Context),
    Handshake(Handshake),
    Over,
}

impl Stage {
    fn machine(&mut self) -> Option<&mut dyn Machine> {
        match self {
            Self::Greeting(greeting, _) => Some(&mut **greeting),
            Self::Handshake(handshake) => Some(handshake),
            Self::Over => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Party {
    side: bool,
    stage: Stage,
    lender: Lender,
    ready: Readiness,
    blocked: Option<Blocked>,
    deadline: Option<Moment>,
    /// It was given up, or its deadline has come, before anything else has ended it.
    due: Option<HandshakeError>,
    came_to: Option<Result<Box<dyn Layer>, HandshakeError>>,
}

impl Party {
    pub(super) fn shaking_hands(side: bool, session: Session) -> Self {
        Self::new(side, Stage::Handshake(Handshake::new(Box::new(session))))
    }

    /// A server that takes its time.
    pub(super) fn greeting(context: Context) -> Self {
        Self::new(true, Stage::Greeting(Box::default(), context))
    }

    fn new(side: bool, stage: Stage) -> Self {
        Self {
            side,
            stage,
            lender: Lender::default(),
            ready: Readiness::whole(),
            blocked: None,
            deadline: None,
            due: None,
            came_to: None,
        }
    }

    pub(super) fn set_pace(&mut self, seed: Option<u32>) {
        self.ready = seed.map_or(Readiness::whole(), |seed| Readiness::random(seed.into()));
    }

    pub(super) fn set_deadline(&mut self, deadline: Option<Moment>) {
        self.deadline = deadline;
        self.blocked = None;
        match &mut self.stage {
            Stage::Greeting(greeting, _) => greeting.set_deadline(deadline),
            Stage::Handshake(handshake) => handshake.set_deadline(deadline),
            Stage::Over => {}
        }
    }

    pub(super) fn abort(&mut self) {
        match &mut self.stage {
            Stage::Greeting(greeting, _) => greeting.abort(),
            Stage::Handshake(handshake) => handshake.abort(),
            Stage::Over => return,
        }
        self.blocked = None;
        self.due.get_or_insert(HandshakeError::Aborted);
    }

    pub(super) fn run(&mut self, link: &mut Link, now: Moment) {
        let Some(machine) = self.stage.machine() else { return };
        if self.deadline.is_some_and(|at| at <= now) {
            self.due.get_or_insert(HandshakeError::TimedOut);
        }
        let mut wire = Wire { link, side: self.side, ready: &mut self.ready, lender: &mut self.lender };
        self.blocked = match advance(machine, &mut wire, now, BUDGET) {
            Progress::Blocked(blocked) => Some(blocked),
            Progress::Done => return self.end(link),
            _ => None,
        };
        assert!(self.due.is_none(), "what is due ends it in the same turn");
        assert_eq!(self.blocked.and_then(|blocked| blocked.wake).map(|wake| wake.at), self.deadline);
    }

    /// What it was at is done.
    fn end(&mut self, link: &mut Link) {
        self.blocked = None;
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Over => {}
            Stage::Handshake(handshake) => {
                let came_to = handshake.finish();
                self.came_to(link, came_to);
            }
            Stage::Greeting(greeting, context) => {
                assert_eq!(self.lender.out(), 0, "whoever takes its time holds no buffer");
                match greeting.finish() {
                    Err(error) => self.came_to(link, Err(error)),
                    Ok(greeted) => {
                        let session = greeted.session(&context).expect("a server's context");
                        self.stage = Stage::Handshake(Handshake::new(Box::new(session)));
                        self.set_deadline(self.deadline);
                    }
                }
            }
        }
    }

    /// Sends a letter behind a handshake that is done at once.
    fn came_to(&mut self, link: &mut Link, mut came_to: Result<Box<dyn Layer>, HandshakeError>) {
        match &mut came_to {
            Ok(layer) => {
                assert_eq!(self.due, None, "who was told to end has not come to terms");
                assert!(layer.may_send() && !layer.wants_write());
                let letter = self.letter();
                assert_eq!(layer.seal(letter, &mut self.lender), letter.len());
                link.inject(self.side, layer.pending());
                layer.handle_written(layer.pending().len());
                layer.settle(&mut self.lender);
            }
            Err(error) => self.check_own(*error),
        }
        self.came_to = Some(came_to);
    }

    /// An error of another kind came first where one was due.
    fn check_own(&self, error: HandshakeError) {
        match error {
            HandshakeError::TimedOut | HandshakeError::Aborted => assert_eq!(self.due, Some(error)),
            _ => {}
        }
    }

    pub(super) fn is_ready(&mut self, link: &Link, now: Moment) -> bool {
        let withheld = self.ready.take_withheld();
        if !self.is_waiting() {
            return false;
        }
        let Some(blocked) = self.blocked else { return true };
        withheld
            || !blocked.read.is_empty() && link.is_readable(self.side)
            || !blocked.write.is_empty() && link.is_writable(self.side)
            || blocked.wake.is_some_and(|wake| wake.at <= now)
    }

    pub(super) fn is_waiting(&self) -> bool {
        !matches!(self.stage, Stage::Over)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.error().is_some()
    }

    pub(super) fn error(&self) -> Option<HandshakeError> {
        self.came_to.as_ref().and_then(|came_to| came_to.as_ref().err().copied())
    }

    pub(super) fn agreed(&self) -> Option<Negotiated> {
        self.came_to.as_ref()?.as_ref().ok()?.negotiated()
    }

    pub(super) fn lent(&self) -> usize {
        self.lender.out()
    }

    /// What it sends.
    pub(super) fn letter(&self) -> &'static [u8] {
        if self.side { b"welcome" } else { b"a word in time" }
    }

    /// What it finds in its layer, once all has come that is on its way.
    pub(super) fn receive(&mut self, link: &mut Link) -> Vec<u8> {
        let Some(Ok(layer)) = &mut self.came_to else { return Vec::new() };
        let mut found = Vec::new();
        let mut ready = Readiness::whole();
        loop {
            let plain = layer.plain().len();
            found.extend_from_slice(layer.plain());
            layer.consume(plain);
            layer.settle(&mut self.lender);
            if !layer.wants_read() {
                return found;
            }
            let window = layer.window(&mut self.lender);
            let mut spare = Lender::default();
            let mut wire = Wire { link, side: self.side, ready: &mut ready, lender: &mut spare };
            match wire.try_read(Handshake::SOCKET, Window::Slice(window)) {
                Outcome::Ready(n) => layer.handle_read(n),
                _ => {
                    layer.settle(&mut self.lender);
                    return found;
                }
            }
        }
    }
}
