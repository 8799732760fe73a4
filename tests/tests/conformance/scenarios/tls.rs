//! Servers whose clients are secured, and those clients.

use std::time::Duration;

use standpipe_core::flow::RelayOptions;
use standpipe_core::process::{Exit, Stop};
use standpipe_core::signal::Signal;
use standpipe_core::{End, EofPolicy, Timer};
use standpipe_tests::client::{Seen, Step, pattern};
use standpipe_tests::harness::{Backend, Condition, Kind, Run, Scenario, Served, Service, Verdict};
use standpipe_tests::program::{Act, Program};

const MANY: &[Condition] = &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "tls", name, under: &[], leaves: false, run: Run::Everywhere(run) }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: MANY, ..scenario("an_echo_returns_every_byte", echo) },
    Scenario { under: MANY, ..scenario("a_link_carries_both_ways_and_both_ends", link) },
    scenario("a_link_to_a_secured_server_carries_the_same", link_onwards),
    Scenario { under: MANY, ..scenario("a_late_reply_after_a_close_notify_arrives", late_reply) },
    scenario("an_early_exit_is_heard", early_exit),
    Scenario { under: MANY, ..scenario("a_truncated_stream_is_no_end_of_input", truncated) },
    scenario("a_truncated_stream_is_an_end_where_that_is_accepted", accepted),
    scenario("who_stops_reading_gets_everything_later", reads_later),
    scenario("two_that_only_send_both_finish", both_send),
    scenario("two_of_whom_nobody_reads_come_to_an_end", nobody_reads),
    scenario("a_half_closed_idle_limit_is_extended_by_traffic", extended),
    scenario("a_reset_in_mid_transfer_ends_its_own_child_and_nobody_elses", reset),
    scenario("two_hundred_at_once_have_a_child_each", two_hundred),
    scenario("a_thousand_connections_leave_nothing", a_thousand),
    scenario("a_drain_lets_everybody_finish", drain),
    scenario("a_budget_of_one_byte", one_byte_budget),
    scenario("who_never_says_close_notify_is_not_waited_for_long", never_closes),
];

const SHORT: Duration = Duration::from_millis(500);

pub(super) fn polite(len: usize) -> Vec<Step> {
    vec![Step::Send(len), Step::HalfClose, Step::AwaitEnd]
}

/// Whoever is stopped is so at once.
pub(super) fn strict() -> RelayOptions {
    RelayOptions { stop: Stop::kill().whole_group(), ..RelayOptions::default() }
}

const KILLED: Option<Exit> = Some(Exit::Signal { signal: Signal::KILL, core_dumped: false });

/// Every client got these bytes, close_notify, and then the end, and every connection ended cleanly.
fn all_got(served: &Served, bytes: &[u8]) {
    for visit in &served.visits {
        assert!(visit.received == bytes, "{} of {} bytes", visit.received.len(), bytes.len());
        assert_eq!(visit.end, Seen::CloseNotify);
    }
    assert_eq!(served.reports.len(), served.visits.len());
    assert!(served.reports.iter().all(|report| report.end == End::Clean), "{:?}", served.reports);
}

fn echo(backend: &dyn Backend) -> Verdict {
    let served = backend.serve(&Service::secured(Kind::Echo, vec![polite(1 << 20); 3]));
    all_got(&served, &pattern(0, 1 << 20));
    Ok(served.log())
}

fn link(backend: &dyn Backend) -> Verdict {
    let service = Service {
        server_security: Some(EofPolicy::Error),
        ..Service::secured(Kind::Link, vec![polite(1 << 20); 3])
    };
    let served = backend.serve(&service);
    all_got(&served, &pattern(0, 1 << 20));
    Ok(served.log())
}

/// Plain on our side.
fn link_onwards(backend: &dyn Backend) -> Verdict {
    let service = Service {
        server_security: Some(EofPolicy::Error),
        ..Service::new(Kind::Link, vec![polite(1 << 20); 3])
    };
    let served = backend.serve(&service);
    assert!(served.visits.iter().all(|visit| visit.received == pattern(0, 1 << 20)));
    assert!(served.visits.iter().all(|visit| visit.end == Seen::Eof));
    assert!(served.reports.iter().all(|report| report.end == End::Clean), "{:?}", served.reports);
    Ok(served.log())
}

/// Failure 2.
fn late_reply(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Count, Act::Sleep(SHORT * 2), Act::Print("late"), Act::Exit(3)]);
    let served = backend.serve(&Service::secured(Kind::Exec(program), [polite(300_000)]));
    all_got(&served, b"300000\nlate");
    assert_eq!(served.reports[0].exit, Some(Exit::Code(3)));
    Ok(served.log())
}

fn early_exit(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Print("early"), Act::Exit(4)]);
    let served = backend.serve(&Service::secured(Kind::Exec(program), [polite(1 << 20)]));
    all_got(&served, b"early");
    Ok(served.log())
}

/// Failure 4: a child that came to the end of its input would say so.
fn truncated(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Print("x"), Act::Count, Act::Exit(7)]);
    let steps = [Step::Send(1000), Step::Await(1), Step::Fin, Step::AwaitEnd];
    let service = Service { options: strict(), ..Service::secured(Kind::Exec(program), [steps.to_vec()]) };
    let served = backend.serve(&service);
    assert_eq!((served.reports[0].end, served.reports[0].exit), (End::Truncated, KILLED));
    assert_eq!((&served.visits[0].received[..], served.visits[0].end), (&b"x"[..], Seen::Reset));
    Ok(served.log())
}

fn accepted(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Count, Act::Exit(7)]);
    let service = Service {
        client_security: Some(EofPolicy::Accept),
        ..Service::new(Kind::Exec(program), [vec![Step::Send(1000), Step::Fin, Step::AwaitEnd]])
    };
    let served = backend.serve(&service);
    all_got(&served, b"1000\n");
    assert_eq!(served.reports[0].exit, Some(Exit::Code(7)));
    Ok(served.log())
}

/// Failure 5: the child has long written when its client, which the other one's whole visit keeps waiting, reads on.
fn reads_later(backend: &dyn Backend) -> Verdict {
    const LEN: usize = 4 << 20;
    let pauses = vec![Step::Await(1), Step::Deaf, Step::Meet, Step::Listen, Step::AwaitEnd];
    let reads = vec![Step::Await(LEN), Step::HalfClose, Step::AwaitEnd, Step::Meet];
    let program = Program::new([Act::Zeros(LEN)]);
    let served = backend.serve(&Service::secured(Kind::Exec(program), [pauses, reads]));
    all_got(&served, &[0; LEN]);
    Ok(served.log())
}

fn both_send(backend: &dyn Backend) -> Verdict {
    const LEN: usize = 4 << 20;
    let program = Program::new([Act::Zeros(LEN), Act::Count]);
    let served = backend.serve(&Service::secured(Kind::Exec(program), [polite(LEN)]));
    all_got(&served, &[&vec![0; LEN][..], b"4194304\n"].concat());
    Ok(served.log())
}

fn nobody_reads(backend: &dyn Backend) -> Verdict {
    let service = Service {
        options: RelayOptions { idle: Some(SHORT), ..strict() },
        ..Service::secured(
            Kind::Exec(Program::new([Act::Zeros(64 << 20)])),
            [vec![Step::Deaf, Step::Send(64 << 20), Step::AwaitEnd]],
        )
    };
    let mut served = backend.serve(&service);
    let report = &served.reports[0];
    assert_eq!((report.end, report.exit), (End::TimedOut(Timer::Idle), KILLED));
    // How much came before it was deaf is luck.
    served.visits[0].received.clear();
    Ok(served.log())
}

/// Wish 5: it takes longer than the limit, and never so long without a byte.
fn extended(backend: &dyn Backend) -> Verdict {
    let pause = Act::Sleep(Duration::from_millis(1100));
    let program = Program::new([
        Act::Swallow,
        pause.clone(),
        Act::Print("a"),
        pause.clone(),
        Act::Print("b"),
        pause,
        Act::Print("c"),
    ]);
    let limit = Duration::from_secs(3);
    let options = RelayOptions { half_close_idle: Some(limit), ..strict() };
    let served = backend.serve(&Service { options, ..Service::secured(Kind::Exec(program), [polite(1)]) });
    all_got(&served, b"abc");
    assert!(served.took > limit, "{:?}", served.took);
    Ok(served.log())
}

/// A child that came to the end of its input would end by itself.
fn reset(backend: &dyn Backend) -> Verdict {
    let begun = [Step::Send(1), Step::Await(1)];
    let rude = [Step::Deaf, Step::Send(200_000), Step::Meet, Step::Reset];
    let rude = [&begun[..], &rude].concat();
    let stays = [&begun[..], &[Step::Meet], &polite(100_000)].concat();
    let clients = [stays.clone(), rude, stays];
    let service = Service { options: strict(), ..Service::secured(Kind::Exec(Program::cat()), clients) };
    let mut served = backend.serve(&service);
    for index in [0, 2] {
        assert!(served.visits[index].received == pattern(0, 100_001));
        assert_eq!(served.visits[index].end, Seen::CloseNotify);
    }
    let resets = served.reports.iter().filter(|report| report.end.is_reset());
    assert_eq!(resets.map(|report| report.exit).collect::<Vec<_>>(), [KILLED], "{:?}", served.reports);
    let codes = served.reports.iter().filter(|report| report.exit == Some(Exit::Code(0))).count();
    assert_eq!(codes, 2, "{:?}", served.reports);
    // How much came before it was deaf is luck.
    served.visits[1].received.clear();
    Ok(served.log())
}

/// They meet when each has heard its own child.
fn two_hundred(backend: &dyn Backend) -> Verdict {
    let steps = vec![Step::Await(5), Step::Meet, Step::Send(1000), Step::HalfClose, Step::AwaitEnd];
    let program = Program::new([Act::Print("ready"), Act::Copy]);
    let served = backend.serve(&Service::secured(Kind::Exec(program), vec![steps; 200]));
    all_got(&served, &[b"ready", &pattern(0, 1000)[..]].concat());
    Ok(served.log())
}

fn a_thousand(backend: &dyn Backend) -> Verdict {
    let program = Kind::Exec(Program::cat());
    let service = Service { max_connections: 50, ..Service::secured(program, vec![polite(1000); 100]) };
    for _ in 1..10 {
        all_got(&backend.serve(&service), &pattern(0, 1000));
    }
    let served = backend.serve(&service);
    all_got(&served, &pattern(0, 1000));
    Ok(served.log())
}

fn drain(backend: &dyn Backend) -> Verdict {
    let steps = |drain: Vec<Step>| {
        let begun = [Step::Send(1), Step::Await(1), Step::Meet];
        begun.into_iter().chain(drain).chain(polite(200_000)).collect::<Vec<_>>()
    };
    let clients = (0..20).map(|number| steps(if number == 0 { vec![Step::Drain] } else { vec![] }));
    let served = backend.serve(&Service::secured(Kind::Exec(Program::cat()), clients));
    all_got(&served, &pattern(0, 200_001));
    Ok(served.log())
}

fn one_byte_budget(backend: &dyn Backend) -> Verdict {
    let clients = vec![polite(100_000); 8];
    let service = Service { budget: 1, ..Service::secured(Kind::Exec(Program::cat()), clients) };
    let served = backend.serve(&service);
    all_got(&served, &pattern(0, 100_000));
    Ok(served.log())
}

/// The second one is only served when the first one, which stays until then and says nothing, is let go.
fn never_closes(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Print("bye")]);
    let stays = vec![Step::AwaitEnd, Step::Meet];
    let service = Service {
        options: RelayOptions { close: SHORT, ..RelayOptions::default() },
        max_connections: 1,
        ..Service::secured(Kind::Exec(program), [stays, vec![Step::HalfClose, Step::AwaitEnd, Step::Meet]])
    };
    let served = backend.serve(&service);
    all_got(&served, b"bye");
    assert!(served.took >= SHORT, "{:?}", served.took);
    Ok(served.log())
}
