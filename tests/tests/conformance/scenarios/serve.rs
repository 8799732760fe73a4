//! Servers and their clients.

use std::time::Duration;

use standpipe_core::End;
use standpipe_core::flow::RelayOptions;
use standpipe_core::process::{Exit, Stop};
use standpipe_tests::client::{Seen, Step, pattern};
use standpipe_tests::harness::{Backend, Condition, Kind, Run, Scenario, Served, Service, Verdict};
use standpipe_tests::program::{Act, Program};

const MANY: &[Condition] = &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "serve", name, under: &[], leaves: false, run: Run::Everywhere(run) }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: MANY, ..scenario("an_echo_returns_every_byte", echo) },
    Scenario { under: MANY, ..scenario("a_link_carries_both_ways_and_both_ends", link) },
    Scenario {
        under: MANY,
        ..scenario("a_half_close_reaches_the_child_and_its_answer_the_client", half_close)
    },
    scenario("a_late_reply_after_a_half_close_arrives", late_reply),
    scenario("a_reset_ends_its_own_child_and_nobody_elses", reset),
    scenario("a_child_that_exits_early_is_heard", early_exit),
    scenario("what_a_child_wrote_last_arrives", last_words),
    scenario("a_thousand_connections_leave_nothing", a_thousand),
    scenario("two_hundred_at_once_have_a_child_each", two_hundred),
    scenario("many_deaths_at_once_are_all_noticed", many_deaths),
    scenario("a_line_and_its_end_in_one_breath", line_and_end),
    scenario("one_at_a_time", one_at_a_time),
    scenario("a_drain_lets_everybody_finish", drain),
    scenario("a_drain_that_takes_too_long_is_cut_short", short_drain),
];

/// A kind of service for such clients.
pub(super) type Make = fn(Kind, Vec<Vec<Step>>) -> Service;

pub(super) fn polite(len: usize) -> Vec<Step> {
    vec![Step::Send(len), Step::HalfClose, Step::AwaitEnd]
}

/// Every client got these bytes and then the end, and every connection ended cleanly.
pub(super) fn all_got(served: &Served, bytes: &[u8]) {
    for visit in &served.visits {
        assert!(visit.received == bytes, "{} of {} bytes", visit.received.len(), bytes.len());
        assert_eq!(visit.end, Seen::Eof);
    }
    assert_eq!(served.reports.len(), served.visits.len());
    assert!(served.reports.iter().all(|report| report.end == End::Clean), "{:?}", served.reports);
}

fn echo(backend: &dyn Backend) -> Verdict {
    let served = backend.serve(&Service::new(Kind::Echo, vec![polite(1 << 20); 3]));
    all_got(&served, &pattern(0, 1 << 20));
    Ok(served.log())
}

fn link(backend: &dyn Backend) -> Verdict {
    let served = backend.serve(&Service::new(Kind::Link, vec![polite(1 << 20); 3]));
    all_got(&served, &pattern(0, 1 << 20));
    Ok(served.log())
}

fn half_close(backend: &dyn Backend) -> Verdict {
    half_close_of(backend, Service::new)
}

pub(super) fn half_close_of(backend: &dyn Backend, make: Make) -> Verdict {
    let program = Program::new([Act::Count, Act::Print("bye"), Act::Exit(3)]);
    let served = backend.serve(&make(Kind::Exec(program), vec![polite(300_000)]));
    all_got(&served, b"300000\nbye");
    assert_eq!(served.reports[0].exit, Some(Exit::Code(3)));
    Ok(served.log())
}

/// Failure 2.
fn late_reply(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Swallow, Act::Sleep(Duration::from_secs(2)), Act::Print("late")]);
    let served = backend.serve(&Service::new(Kind::Exec(program), [polite(1000)]));
    all_got(&served, b"late");
    Ok(served.log())
}

fn reset(backend: &dyn Backend) -> Verdict {
    let rude = vec![Step::Say("x"), Step::Await(1), Step::Meet, Step::Reset];
    let stays = vec![
        Step::Say("y"),
        Step::Await(1),
        Step::Meet,
        Step::Send(100_000),
        Step::HalfClose,
        Step::AwaitEnd,
    ];
    let service = Service {
        options: RelayOptions { stop: Stop::default().whole_group(), ..RelayOptions::default() },
        ..Service::new(Kind::Exec(Program::cat()), [stays.clone(), rude, stays])
    };
    let served = backend.serve(&service);
    for index in [0, 2] {
        assert!(served.visits[index].received[1..] == pattern(0, 100_000));
        assert_eq!(served.visits[index].end, Seen::Eof);
    }
    let resets = served.reports.iter().filter(|report| report.end.is_reset()).count();
    let codes = served.reports.iter().filter(|report| report.exit == Some(Exit::Code(0))).count();
    assert_eq!((resets, codes), (1, 2), "{:?}", served.reports);
    Ok(served.log())
}

fn early_exit(backend: &dyn Backend) -> Verdict {
    early_exit_of(backend, Service::new)
}

pub(super) fn early_exit_of(backend: &dyn Backend, make: Make) -> Verdict {
    let program = Program::new([Act::Print("early"), Act::Exit(4)]);
    let served = backend.serve(&make(Kind::Exec(program), vec![polite(1 << 20)]));
    all_got(&served, b"early");
    Ok(served.log())
}

/// Failure 24.
fn last_words(backend: &dyn Backend) -> Verdict {
    last_words_of(backend, Service::new)
}

pub(super) fn last_words_of(backend: &dyn Backend, make: Make) -> Verdict {
    let program = Program::new([Act::Numbers(300_000)]);
    let served = backend.serve(&make(Kind::Exec(program), vec![polite(0)]));
    assert_eq!(served.visits[0].received.len(), 1_988_895);
    assert_eq!(served.visits[0].end, Seen::Eof);
    Ok(served.log())
}

fn a_thousand(backend: &dyn Backend) -> Verdict {
    let program = Kind::Exec(Program::cat());
    let service = Service { max_connections: 50, ..Service::new(program, vec![polite(1000); 100]) };
    for _ in 1..10 {
        all_got(&backend.serve(&service), &pattern(0, 1000));
    }
    let served = backend.serve(&service);
    all_got(&served, &pattern(0, 1000));
    Ok(served.log())
}

/// They meet when each has heard its own child.
fn two_hundred(backend: &dyn Backend) -> Verdict {
    let steps = vec![Step::Await(5), Step::Meet, Step::Send(1000), Step::HalfClose, Step::AwaitEnd];
    let program = Program::new([Act::Print("ready"), Act::Copy]);
    let served = backend.serve(&Service::new(Kind::Exec(program), vec![steps; 200]));
    all_got(&served, &[b"ready", &pattern(0, 1000)[..]].concat());
    Ok(served.log())
}

/// Failure 12: all of them die of one meeting.
fn many_deaths(backend: &dyn Backend) -> Verdict {
    let steps = vec![Step::Say("x"), Step::Await(1), Step::Meet, Step::HalfClose, Step::AwaitEnd];
    let served = backend.serve(&Service::new(Kind::Exec(Program::cat()), vec![steps; 200]));
    all_got(&served, b"x");
    assert!(served.reports.iter().all(|report| report.exit == Some(Exit::Code(0))));
    Ok(served.log())
}

fn line_and_end(backend: &dyn Backend) -> Verdict {
    let steps = vec![Step::Say("a line\n"), Step::HalfClose, Step::AwaitEnd];
    let served = backend.serve(&Service::new(Kind::Echo, vec![steps; 500]));
    all_got(&served, b"a line\n");
    Ok(served.log())
}

fn one_at_a_time(backend: &dyn Backend) -> Verdict {
    let service = Service { max_connections: 1, ..Service::new(Kind::Echo, vec![polite(1000); 20]) };
    let served = backend.serve(&service);
    all_got(&served, &pattern(0, 1000));
    Ok(served.log())
}

fn drain(backend: &dyn Backend) -> Verdict {
    drained(backend, Service::new(Kind::Exec(Program::cat()), []))
}

/// Everybody finishes, whatever kind of service it is; its clients are made here.
pub(super) fn drained(backend: &dyn Backend, service: Service) -> Verdict {
    let steps = |drain: Vec<Step>| {
        let begun = [Step::Say("x"), Step::Await(1), Step::Meet];
        begun.into_iter().chain(drain).chain(polite(1 << 20)).collect::<Vec<_>>()
    };
    let clients = (0..20).map(|number| steps(if number == 0 { vec![Step::Drain] } else { vec![] }));
    let served = backend.serve(&Service { clients: clients.collect(), ..service });
    all_got(&served, &[b"x", &pattern(0, 1 << 20)[..]].concat());
    Ok(served.log())
}

fn short_drain(backend: &dyn Backend) -> Verdict {
    drained_in_vain(backend, Service::new(Kind::Exec(Program::cat()), []))
}

/// Who does not finish in time is ended.
pub(super) fn drained_in_vain(backend: &dyn Backend, service: Service) -> Verdict {
    let steps = vec![Step::Say("x"), Step::Await(1), Step::Drain, Step::AwaitEnd];
    let service = Service {
        drain: Duration::from_millis(300),
        options: RelayOptions { stop: Stop::kill().whole_group(), ..RelayOptions::default() },
        clients: vec![steps],
        ..service
    };
    let served = backend.serve(&service);
    assert_eq!((served.reports[0].end, served.visits[0].end), (End::Aborted, Seen::Reset));
    Ok(served.log())
}
