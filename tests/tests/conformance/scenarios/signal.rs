//! Signals: caught, blocked, waited for, handled, sent by timers, and what is there again afterwards.

mod arrivals;
mod handlers;
mod masks;
mod parts;
mod timers;
mod wakeups;

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{getpid, kill_process};
use standpipe_core::signal::Signal;
use standpipe_tests::harness::{Backend, Catcher, Condition, Run, Scenario, Verdict};

pub(crate) use parts::take_part;

/// SIGUSR1 is the storm's, so no scenario is about it.
const MANY: &[Condition] =
    &[Condition::SignalStorm, Condition::StandardClosed, Condition::Unprivileged, Condition::TermIgnored];
const STORM: &[Condition] = &[Condition::SignalStorm];

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "signal", name, under: &[], leaves: false, run: Run::Signals(run) }
}

const fn under(conditions: &'static [Condition], scenario: Scenario) -> Scenario {
    Scenario { under: conditions, ..scenario }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    under(MANY, scenario("five_arrivals_are_one", arrivals::coalesced)),
    under(MANY, scenario("they_are_taken_in_ascending_order", arrivals::ascending)),
    under(STORM, scenario("one_that_keeps_coming_lets_the_others_pass", arrivals::fair)),
    under(STORM, scenario("nothing_is_lost_between_look_and_wait", arrivals::none_lost)),
    under(STORM, scenario("a_storm_crowds_nobody_out", arrivals::crowded)),
    under(MANY, scenario("two_that_catch_one_signal_are_both_told", arrivals::both)),
    scenario("those_that_catch_others_are_not_told", arrivals::apart),
    under(STORM, scenario("every_thread_is_told", arrivals::threads)),
    under(STORM, scenario("catching_and_letting_go_in_a_storm", arrivals::coming_and_going)),
    under(STORM, scenario("a_wait_has_one_deadline", arrivals::deadline)),
    under(MANY, scenario("a_close_from_another_thread_ends_a_wait", arrivals::closed)),
    scenario("what_came_before_the_close_is_told_first", arrivals::closed_after),
    scenario("what_another_process_sends_wakes", arrivals::from_a_process),
    scenario("what_cannot_be_caught_is_refused", arrivals::refused),
    under(STORM, scenario("what_was_caught_kills_again", parts::kills_again)),
    scenario("the_last_that_goes_lets_it_kill", parts::last_kills),
    scenario("what_was_ignored_kills_again", parts::ignored_kills),
    scenario("handlers_that_are_dropped_let_it_kill", parts::handlers_kill),
    scenario("an_alarm_that_nobody_catches_kills", parts::alarm_kills),
    scenario("what_nohup_ignores_stays_ignored", parts::nohup),
    scenario("what_nohup_ignores_is_caught_where_it_is_wanted", parts::nohup_caught),
    under(&[Condition::TermIgnored], scenario("a_child_is_born_with_defaults", parts::defaults)),
    scenario("a_mask_is_inherited_by_a_thread", masks::inherited),
    under(STORM, scenario("a_blocked_signal_comes_when_it_is_let", masks::blocked)),
    under(STORM, scenario("waiting_without_a_handler_has_one_deadline", masks::deadline)),
    scenario("the_sender_is_told", masks::sender),
    scenario("a_suspended_thread_misses_nothing", masks::suspended),
    under(STORM, scenario("the_clock_of_real_time_sends_its_signal", timers::real)),
    under(STORM, scenario("the_clock_of_user_time_sends_its_signal", timers::user)),
    under(STORM, scenario("the_clock_of_processor_time_sends_its_signal", timers::processor)),
    under(MANY, scenario("an_alarm_gives_what_had_remained", timers::remained)),
    scenario("a_timer_goes_on_beneath_another", timers::beneath),
    scenario("a_timer_whose_signal_waits_goes_on", timers::waiting),
    scenario("a_child_begins_without_timers", timers::child),
    under(STORM, scenario("an_interrupted_read_fails_where_it_is_said", timers::interrupted)),
    under(STORM, scenario("an_interrupted_read_goes_on_otherwise", timers::restarted)),
    under(MANY, scenario("a_handler_registers_another", handlers::registers)),
    scenario("a_handler_that_fails_strands_nobody", handlers::fails),
    scenario("a_handler_that_panics_strands_nobody", handlers::panics),
    scenario("a_handler_replaces_itself", handlers::replaces_itself),
    scenario("a_handler_runs_what_is_pending", handlers::nested),
    scenario("what_was_in_place_is_given_back", handlers::given_back),
    scenario("a_signal_that_is_ignored_runs_nothing", handlers::ignores),
    under(STORM, scenario("a_full_descriptor_is_awake_already", wakeups::full)),
    scenario("a_descriptor_that_would_wait_is_refused", wakeups::refused),
    scenario("a_descriptor_that_nobody_reads_is_no_failure", wakeups::unread),
];

/// Only to catch a hang.
const LONG: Duration = Duration::from_secs(60);

fn catch(backend: &dyn Backend, signals: &[Signal]) -> Box<dyn Catcher> {
    let signalling = backend.signalling().expect("no trial is made elsewhere");
    signalling.catch(signals.iter().copied().collect(), false)
}

/// All that has come.
fn all(catcher: &mut dyn Catcher) -> Vec<Signal> {
    std::iter::from_fn(|| catcher.pending()).collect()
}

/// Waits until no other thread takes this signal: one that is about to end would take what this one has blocked. A runtime's own may go
/// on, which was started with everything blocked.
fn be_alone(signal: Signal) {
    while others_that_take(signal) > 0 {
        std::thread::yield_now();
    }
}

fn others_that_take(signal: Signal) -> usize {
    let own = fs::read_link("/proc/thread-self").expect("proc is mounted");
    let tasks = fs::read_dir("/proc/self/task").expect("proc is mounted");
    let others = tasks.filter_map(Result::ok).filter(|task| Some(&*task.file_name()) != own.file_name());
    others.filter(|task| takes(&task.path().join("status"), signal)).count()
}

/// A thread that is gone by now takes nothing (proc(5), `SigBlk`).
fn takes(status: &Path, signal: Signal) -> bool {
    let status = fs::read_to_string(status).unwrap_or_default();
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
    let blocked = blocked.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    blocked.is_some_and(|mask| mask & 1 << (signal.number() - 1) == 0)
}

/// Sends a signal to this process, any thread of which may take it.
fn send(signal: Signal) {
    let signal = rustix::process::Signal::from_named_raw(signal.number()).expect("it has a name");
    kill_process(getpid(), signal).expect("a process may signal itself");
}
