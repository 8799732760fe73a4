//! Servers whose programs have the connection itself.

use std::time::Duration;

use standpipe_core::process::Exit;
use standpipe_tests::client::{Seen, pattern};
use standpipe_tests::harness::{Backend, Condition, Kind, Run, Scenario, Service, Verdict};
use standpipe_tests::program::{Act, Program};

use super::serve::{all_got, drained, drained_in_vain, polite};

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "handed_over", name, under: &[], leaves: false, run: Run::Everywhere(run) }
}

const MANY: &[Condition] = &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged];

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { under: MANY, ..scenario("a_half_close_is_the_end_of_input", half_close) },
    scenario("a_late_reply_after_a_half_close_arrives", late_reply),
    scenario("input_that_is_left_takes_no_output_with_it", early_exit),
    scenario("what_a_child_wrote_last_arrives", last_words),
    scenario("a_hundred_connections_leave_nothing", a_hundred),
    scenario("a_drain_lets_everybody_finish", drain),
    scenario("a_drain_that_takes_too_long_is_cut_short", short_drain),
];

fn handed_over(acts: impl IntoIterator<Item = Act>) -> Kind {
    Kind::HandedOver(Program::new(acts))
}

/// Nothing of it is counted, since nobody has seen it.
fn half_close(backend: &dyn Backend) -> Verdict {
    let kind = handed_over([Act::Count, Act::Print("bye"), Act::Exit(3)]);
    let served = backend.serve(&Service::new(kind, [polite(300_000)]));
    all_got(&served, b"300000\nbye");
    let report = served.reports[0];
    assert_eq!((report.exit, report.unseen), (Some(Exit::Code(3)), true));
    assert_eq!((report.sent, report.received), (0, 0));
    Ok(served.log())
}

fn late_reply(backend: &dyn Backend) -> Verdict {
    let kind = handed_over([Act::Swallow, Act::Sleep(Duration::from_secs(2)), Act::Print("late")]);
    let served = backend.serve(&Service::new(kind, [polite(1000)]));
    all_got(&served, b"late");
    Ok(served.log())
}

/// A socket that is closed over unread input is reset, and a reset overtakes output.
fn early_exit(backend: &dyn Backend) -> Verdict {
    let kind = handed_over([Act::Print("early"), Act::Exit(4)]);
    let served = backend.serve(&Service::new(kind, [polite(1 << 20)]));
    all_got(&served, b"early");
    Ok(served.log())
}

fn last_words(backend: &dyn Backend) -> Verdict {
    let served = backend.serve(&Service::new(handed_over([Act::Numbers(300_000)]), [polite(0)]));
    assert_eq!((served.visits[0].received.len(), served.visits[0].end), (1_988_895, Seen::Eof));
    Ok(served.log())
}

fn a_hundred(backend: &dyn Backend) -> Verdict {
    let kind = Kind::HandedOver(Program::cat());
    let served =
        backend.serve(&Service { max_connections: 50, ..Service::new(kind, vec![polite(1000); 100]) });
    all_got(&served, &pattern(0, 1000));
    Ok(served.log())
}

fn drain(backend: &dyn Backend) -> Verdict {
    drained(backend, Service::new(Kind::HandedOver(Program::cat()), []))
}

fn short_drain(backend: &dyn Backend) -> Verdict {
    drained_in_vain(backend, Service::new(Kind::HandedOver(Program::cat()), []))
}
