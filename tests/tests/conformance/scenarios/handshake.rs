//! Clients that never come to the end of a handshake, and those that break the rules after it.

use std::time::Duration;

use standpipe_core::flow::RelayOptions;
use standpipe_core::{End, Timer, TlsFault, TlsReason};
use standpipe_tests::client::{Seen, Step, pattern};
use standpipe_tests::harness::{Backend, Condition, Kind, Run, Scenario, Served, Service, Verdict, Visit};
use standpipe_tests::program::Program;

use super::tls::{polite, strict};

const MANY: &[Condition] = &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "handshake", name, under: &[], leaves: false, run: Run::Everywhere(run) }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: MANY, ..scenario("a_client_that_speaks_no_tls_is_told_so", plain) },
    scenario("a_client_that_sends_garbage_is_told_so", garbage),
    scenario("an_oversized_record_is_refused", oversized),
    scenario("an_oversized_record_after_the_handshake_is_refused", oversized_later),
    scenario("an_alert_in_mid_handshake_ends_it", alert),
    scenario("an_end_in_mid_handshake_ends_it", gone),
    scenario("a_silent_client_delays_nobody", silent),
    scenario("a_silent_client_ends_by_the_handshakes_time_limit", timed_out),
];

/// A record as long as it can say, of which only the beginning comes.
const OVERSIZED: &[u8] = &[22, 3, 1, 0xff, 0xff, 1];

/// The same after the handshake.
const OVERSIZED_DATA: &[u8] = &[23, 3, 3, 0xff, 0xff, 1];

/// The type of a record that is an alert.
const ALERT: u8 = 21;

const DECODE_ERROR: u8 = 50;
const UNKNOWN_AUTHORITY: u8 = 48;

/// Serves a client that is no good and then one that is, which gets what it should. No child was started for the first.
fn serve(backend: &dyn Backend, bad: Vec<Step>, options: RelayOptions) -> Served {
    let service = Service {
        options,
        max_connections: 1,
        ..Service::secured(Kind::Exec(Program::cat()), [bad, polite(1000)])
    };
    let served = backend.serve(&service);
    assert!(served.visits[1].received == pattern(0, 1000));
    assert_eq!((served.visits[1].end, served.reports[1].end), (Seen::CloseNotify, End::Clean));
    assert_eq!(served.reports[0].exit, None, "{:?}", served.reports);
    served
}

fn fault(reason: TlsReason, alert: Option<u8>) -> End {
    End::Tls(TlsFault::new(reason, alert))
}

fn plain(backend: &dyn Backend) -> Verdict {
    let bad = vec![Step::Plain, Step::Say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), Step::AwaitEnd];
    let served = serve(backend, bad, strict());
    assert_eq!(served.reports[0].end, fault(TlsReason::NotTls, None));
    Ok(told(served).log())
}

fn garbage(backend: &dyn Backend) -> Verdict {
    let served = serve(backend, vec![Step::Plain, Step::Send(1000), Step::AwaitEnd], strict());
    assert_eq!(served.reports[0].end, fault(TlsReason::NotTls, None));
    Ok(told(served).log())
}

/// It came in one piece and got an alert; or a part of it was not read any more, so that the close was a reset.
fn told(mut served: Served) -> Served {
    let visit = &mut served.visits[0];
    if visit.end != Seen::Reset {
        assert_eq!((visit.received[0], visit.end), (ALERT, Seen::Eof));
    }
    *visit = Visit { received: Vec::new(), end: Seen::Left };
    served
}

fn oversized(backend: &dyn Backend) -> Verdict {
    let served = serve(backend, vec![Step::Plain, Step::Raw(OVERSIZED), Step::AwaitEnd], strict());
    assert_eq!(served.reports[0].end, fault(TlsReason::TooLarge, None));
    Ok(served.log())
}

fn oversized_later(backend: &dyn Backend) -> Verdict {
    let bad = vec![Step::Say("x"), Step::Await(1), Step::Raw(OVERSIZED_DATA), Step::AwaitEnd];
    let service = Service { options: strict(), ..Service::secured(Kind::Echo, [bad]) };
    let served = backend.serve(&service);
    assert_eq!(served.reports[0].end, fault(TlsReason::TooLarge, None));
    assert_eq!(served.visits[0].end, Seen::Alert(DECODE_ERROR));
    Ok(served.log())
}

fn alert(backend: &dyn Backend) -> Verdict {
    let served = serve(backend, vec![Step::Distrust, Step::AwaitEnd], strict());
    assert_eq!(served.reports[0].end, fault(TlsReason::Refused, Some(UNKNOWN_AUTHORITY)));
    assert_eq!(served.visits[0].end, Seen::Refused);
    Ok(served.log())
}

fn gone(backend: &dyn Backend) -> Verdict {
    let begun = &[22, 3, 1];
    let served = serve(backend, vec![Step::Plain, Step::Raw(begun), Step::Fin, Step::AwaitEnd], strict());
    assert_eq!(served.reports[0].end, End::Truncated);
    Ok(served.log())
}

/// It says nothing until everybody else's visit is over, which no time limit cuts short.
fn silent(backend: &dyn Backend) -> Verdict {
    let silent = vec![Step::Plain, Step::Meet, Step::Close];
    let others = [polite(1000), vec![Step::Meet]].concat();
    let service = Service {
        options: RelayOptions { handshake: None, ..strict() },
        ..Service::secured(Kind::Exec(Program::cat()), [silent, others.clone(), others])
    };
    let served = backend.serve(&service);
    assert!(served.visits[1..].iter().all(|visit| visit.received == pattern(0, 1000)));
    let clean = served.reports.iter().filter(|report| report.end == End::Clean).count();
    let truncated = served.reports.iter().filter(|report| report.end == End::Truncated).count();
    assert_eq!((clean, truncated), (2, 1), "{:?}", served.reports);
    Ok(served.log())
}

fn timed_out(backend: &dyn Backend) -> Verdict {
    let limit = Duration::from_secs(1);
    let options = RelayOptions { handshake: Some(limit), ..strict() };
    let served = serve(backend, vec![Step::Plain, Step::AwaitEnd], options);
    assert_eq!(served.reports[0].end, End::TimedOut(Timer::Handshake));
    assert_eq!(served.visits[0].end, Seen::Reset);
    assert!(served.took >= limit, "{:?}", served.took);
    Ok(served.log())
}
