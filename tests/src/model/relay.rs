//! [`Relay`]: whatever is coupled and however it is cut, each side gets what the other sent, and then its end.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::flow::{Relay, RelayEvent, RelayOptions, Report};
use standpipe_core::{BUDGET, End};

use super::child::stop;
use super::program::{Expected, Pick, program};
use crate::client::{Seen, Step, pattern};
use crate::harness::{Backend, Kind, Served, Service, Visit};
use crate::laws::{self, Fact, Subject};
use crate::sim::{Readiness, Sim};

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    kind: u8,
    budget: u8,
    most: u8,
    capacity: u8,
    seed: u64,
    guests: [Guest; 3],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Guest {
    first: u16,
    second: u8,
    rude: bool,
    how: u8,
}

impl Guest {
    fn steps(self) -> Vec<Step> {
        let sends = [Step::Send(self.first()), Step::Send(self.second.into())];
        let last = match (self.rude, self.how % 4) {
            (false, _) => vec![Step::HalfClose, Step::AwaitEnd],
            (true, 0) => vec![Step::Reset],
            (true, 1) => vec![Step::Close],
            (true, 2) => vec![Step::HalfClose, Step::Reset],
            (true, _) => vec![Step::HalfClose, Step::Await(1), Step::Reset],
        };
        sends.into_iter().chain(last).collect()
    }

    fn at_most(self, bytes: usize) -> Self {
        Self { first: self.first().min(bytes) as u16, ..self }
    }

    fn first(self) -> usize {
        usize::from(self.first) % 9000
    }

    fn sent(self) -> Vec<u8> {
        pattern(0, self.first() + usize::from(self.second))
    }
}

/// Checks any coupling with three clients at once: whole, and as the seed cuts it.
///
/// # Panics
/// When a client does not get what it should, or a connection does not end as it should.
pub fn check(bytes: &[u8]) {
    let Some((setting, picks)) = super::read::<Setting, Pick>(bytes) else { return };
    let capacity = usize::from(setting.capacity) * 64 + 1;
    // What goes byte by byte is short, or a fuzzer would do little else.
    let guests = setting.guests.map(|guest| guest.at_most(capacity.saturating_mul(200)));
    let kind = match setting.kind % 4 {
        0 => Kind::Echo,
        1 => Kind::Link,
        _ => Kind::Exec(program(&picks[..picks.len().min(12)])),
    };
    let service = Service {
        splices: setting.kind & 4 != 0,
        budget: [1, 700, BUDGET][usize::from(setting.budget) % 3],
        max_connections: usize::from(setting.most % 3) + 1,
        ..Service::new(kind, guests.map(Guest::steps))
    };
    let answers = guests.iter().map(|guest| Answer::of(&service, *guest).bytes.len()).max();
    let whole = Sim { capacity: capacity.max(answers.unwrap_or(0) / 200), ..Sim::default() };
    let random = Readiness::random(setting.seed);
    verify(&service, &guests, &whole.serve(&service));
    verify(&service, &guests, &Sim { driver: random.clone(), ..whole.clone() }.serve(&service));
    verify(&service, &guests, &Sim { others: random.clone(), driver: random, ..whole }.serve(&service));
}

fn verify(service: &Service, guests: &[Guest], served: &Served) {
    assert_eq!(served.reports.len(), guests.len(), "every connection is reported");
    for (guest, visit) in guests.iter().zip(&served.visits) {
        let expected = Answer::of(service, *guest);
        if guest.rude {
            assert!(expected.bytes.starts_with(&visit.received), "never anything else than the answer");
        } else {
            assert_eq!(*visit, Visit { received: expected.bytes.clone(), end: Seen::Eof });
        }
    }
    // Reports come in no order: those of polite clients are told by what was delivered.
    for guest in guests.iter().filter(|guest| !guest.rude) {
        let expected = Answer::of(service, *guest);
        let fits = served.reports.iter().any(|report| expected.fits(report));
        assert!(fits, "{expected:?} {:?}", served.reports);
    }
}

/// What a polite client gets.
#[derive(Debug)]
struct Answer {
    sent: usize,
    bytes: Vec<u8>,
    program: Option<(Expected, bool)>,
}

impl Answer {
    fn of(service: &Service, guest: Guest) -> Self {
        let sent = guest.sent();
        let (Kind::Exec(program) | Kind::HandedOver(program)) = &service.kind else {
            return Self { sent: sent.len(), bytes: sent, program: None };
        };
        let mut expected = Expected::of(program, &sent, Duration::MAX);
        let bytes = std::mem::take(&mut expected.stdout);
        let cut = expected.stdout_held > expected.time + RelayOptions::default().drain;
        Self { sent: sent.len(), bytes, program: Some((expected, cut)) }
    }

    fn fits(&self, report: &Report) -> bool {
        let all = report.received == self.bytes.len() as u64;
        match &self.program {
            None => all && report.end == End::Clean && report.dropped == 0 && report.sent == self.sent as u64,
            Some((expected, cut)) => {
                let end = if *cut { End::Cut } else { End::Clean };
                all && report.end == end && report.exit == expected.exit
            }
        }
    }
}

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Limits {
    which: u8,
    idle: Option<u8>,
    half_close_idle: Option<u8>,
    stop: u8,
    end_with_peer: bool,
}

/// Checks the laws on any history.
pub fn check_laws(bytes: &[u8]) {
    let Some((limits, facts)) = super::read::<Limits, Fact>(bytes) else { return };
    let millis = |n: u8| Duration::from_millis(n.into());
    let options = RelayOptions {
        idle: limits.idle.map(millis),
        half_close_idle: limits.half_close_idle.map(millis),
        stop: stop(limits.stop),
        end_with_peer: limits.end_with_peer,
        ..RelayOptions::default()
    };
    let relay = match limits.which % 5 {
        0 => Relay::echo(options),
        1 => Relay::link(options, 2),
        2 => Relay::exec(options),
        3 => Relay::handed_over(options),
        _ => Relay::terminal(options, 2),
    };
    let relay = if limits.which / 5 % 2 == 1 { relay.spliced() } else { relay };
    laws::check(relay, &facts);
}

impl Subject for Relay {
    const LENT: usize = 2;

    fn seen(&self) -> String {
        format!("{:?}", (self.report(), self.stop_step()))
    }

    fn take_event(&mut self) -> bool {
        let event = self.next_event();
        if event == Some(RelayEvent::TakeBack) {
            self.taken_back();
        }
        event.is_some()
    }

    fn call(&mut self, verb: u8) {
        match verb % 4 {
            0 => self.tell_steps(verb & 4 == 0),
            _ => self.abort(),
        }
    }
}
