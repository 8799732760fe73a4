//! Servers that move bytes within the kernel, where it can do that.

use std::time::Duration;

use standpipe_core::flow::RelayOptions;
use standpipe_core::{End, Timer};
use standpipe_tests::client::{Seen, Step, pattern};
use standpipe_tests::harness::{Backend, Condition, Kind, Run, Scenario, Service, Verdict};

use super::limits::processor_time;
use super::serve::{all_got, drained, drained_in_vain, early_exit_of, half_close_of, last_words_of, polite};

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "spliced", name, under: &[], leaves: false, run: Run::Everywhere(run) }
}

const MANY: &[Condition] = &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: MANY, ..scenario("an_echo_returns_every_byte", echo) },
    Scenario { under: MANY, ..scenario("a_link_carries_both_ways_and_both_ends", link) },
    scenario("a_half_close_reaches_the_child_and_its_answer_the_client", half_close),
    scenario("a_child_that_exits_early_is_heard", early_exit),
    scenario("what_a_child_wrote_last_arrives", last_words),
    scenario("what_goes_over_tls_is_not_spliced", secured),
    scenario("who_reads_nothing_holds_nothing_up_and_is_ended_when_idle", stalled),
    scenario("a_reset_is_carried_across", reset),
    scenario("a_hundred_connections_leave_nothing", a_hundred),
    scenario("where_descriptors_are_short_everybody_is_served", descriptors),
    scenario("a_drain_lets_everybody_finish", drain),
    scenario("a_drain_that_takes_too_long_is_cut_short", short_drain),
];

/// More than lies in sockets and conduits together.
const MUCH: usize = 8 << 20;

/// More than the buffers on the way there and back may grow to: eight of sockets, each of up to 32 MiB (tcp(7), `tcp_rmem`).
const ENDLESS: usize = 1 << 30;

fn echo(backend: &dyn Backend) -> Verdict {
    let served = backend.serve(&Service::spliced(Kind::Echo, vec![polite(MUCH); 3]));
    all_got(&served, &pattern(0, MUCH));
    Ok(served.log())
}

/// What is counted is what was sent.
fn link(backend: &dyn Backend) -> Verdict {
    let served = backend.serve(&Service::spliced(Kind::Link, vec![polite(MUCH); 3]));
    all_got(&served, &pattern(0, MUCH));
    for report in &served.reports {
        assert_eq!((report.sent, report.received, report.dropped), (MUCH as u64, MUCH as u64, 0));
    }
    Ok(served.log())
}

fn half_close(backend: &dyn Backend) -> Verdict {
    half_close_of(backend, Service::spliced)
}

/// What nobody takes any more is read and dropped.
fn early_exit(backend: &dyn Backend) -> Verdict {
    early_exit_of(backend, Service::spliced)
}

fn last_words(backend: &dyn Backend) -> Verdict {
    last_words_of(backend, Service::spliced)
}

fn secured(backend: &dyn Backend) -> Verdict {
    let service = Service { splices: true, ..Service::secured(Kind::Link, [polite(300_000)]) };
    let served = backend.serve(&service);
    let visit = &served.visits[0];
    assert_eq!((&visit.received, visit.end), (&pattern(0, 300_000), Seen::CloseNotify));
    Ok(served.log())
}

/// Both directions fill up, and nobody turns in circles over them.
fn stalled(backend: &dyn Backend) -> Verdict {
    let service = Service {
        options: RelayOptions { idle: Some(Duration::from_secs(2)), ..RelayOptions::default() },
        ..Service::spliced(Kind::Link, [vec![Step::Deaf, Step::Send(ENDLESS), Step::AwaitEnd]])
    };
    let before = processor_time();
    let served = backend.serve(&service);
    let spent = processor_time() - before;
    assert_eq!(served.reports[0].end, End::TimedOut(Timer::Idle), "{:?}", served.reports);
    assert!(spent < served.took * 3 / 4, "waiting costs no time: {spent:?} of {:?}", served.took);
    Ok(served.log())
}

fn reset(backend: &dyn Backend) -> Verdict {
    let rude = vec![Step::Send(1000), Step::Await(1000), Step::Meet, Step::Reset];
    let stays = vec![Step::Meet, Step::Send(300_000), Step::HalfClose, Step::AwaitEnd];
    let served = backend.serve(&Service::spliced(Kind::Link, [rude, stays]));
    assert_eq!((&served.visits[1].received, served.visits[1].end), (&pattern(0, 300_000), Seen::Eof));
    assert_eq!(
        served.reports.iter().filter(|report| report.end.is_reset()).count(),
        1,
        "{:?}",
        served.reports
    );
    Ok(served.log())
}

fn a_hundred(backend: &dyn Backend) -> Verdict {
    let service = Service { max_connections: 50, ..Service::spliced(Kind::Link, vec![polite(1000); 100]) };
    let served = backend.serve(&service);
    all_got(&served, &pattern(0, 1000));
    Ok(served.log())
}

/// Those who get no conduit are served all the same.
fn descriptors(backend: &dyn Backend) -> Verdict {
    let steps =
        vec![Step::Say("x"), Step::Await(1), Step::Say("y"), Step::Await(2), Step::HalfClose, Step::AwaitEnd];
    let served = backend.serve(&Service { descriptors: 10, ..Service::spliced(Kind::Echo, vec![steps; 25]) });
    all_got(&served, b"xy");
    Ok(served.log())
}

fn drain(backend: &dyn Backend) -> Verdict {
    drained(backend, Service::spliced(Kind::Link, []))
}

fn short_drain(backend: &dyn Backend) -> Verdict {
    drained_in_vain(backend, Service::spliced(Kind::Link, []))
}
