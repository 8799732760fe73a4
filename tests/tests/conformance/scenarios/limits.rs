//! Limits: of time, of descriptors, of what a peer takes.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use standpipe_core::flow::RelayOptions;
use standpipe_core::process::Stop;
use standpipe_core::{End, Timer};
use standpipe_tests::client::{Seen, Step, pattern};
use standpipe_tests::harness::{Backend, Kind, Run, Scenario, Service, Verdict};
use standpipe_tests::program::{Act, Program};

const fn scenario(name: &'static str, run: fn(&dyn Backend) -> Verdict) -> Scenario {
    Scenario { area: "limits", name, under: &[], leaves: false, run: Run::Everywhere(run) }
}

pub(super) const SCENARIOS: &[Scenario] = &[
    scenario("an_idle_limit_fires_without_traffic", idle),
    scenario("a_half_closed_idle_limit_fires", half_closed_idle),
    scenario("a_peer_that_never_reads_harms_itself_only", never_reads),
    scenario("two_that_only_write_come_to_an_end", only_writing),
    scenario("at_the_descriptor_limit_the_server_lives_on", descriptors),
    scenario("a_budget_of_one_byte", one_byte_budget),
];

const SHORT: Duration = Duration::from_millis(500);

fn idle(backend: &dyn Backend) -> Verdict {
    let service = Service {
        options: RelayOptions { idle: Some(SHORT), ..RelayOptions::default() },
        ..Service::new(Kind::Echo, [vec![Step::AwaitEnd], vec![Step::Say("x"), Step::AwaitEnd]])
    };
    let served = backend.serve(&service);
    assert!(served.reports.iter().all(|report| report.end == End::TimedOut(Timer::Idle)));
    assert!(served.took >= SHORT && served.took < SHORT * 20, "{:?}", served.took);
    Ok(served.log())
}

fn half_closed_idle(backend: &dyn Backend) -> Verdict {
    let program = Program::new([Act::Swallow, Act::Sleep(Duration::from_secs(60))]);
    let options = RelayOptions {
        half_close_idle: Some(SHORT),
        stop: Stop::kill().whole_group(),
        ..RelayOptions::default()
    };
    let steps = vec![Step::Say("x"), Step::HalfClose, Step::AwaitEnd];
    let served = backend.serve(&Service { options, ..Service::new(Kind::Exec(program), [steps]) });
    assert_eq!(served.reports[0].end, End::TimedOut(Timer::HalfCloseIdle));
    Ok(served.log())
}

/// The other one gets everything while the deaf one's child is held up; then the deaf one goes.
fn never_reads(backend: &dyn Backend) -> Verdict {
    let deaf = vec![Step::Deaf, Step::Meet, Step::Reset];
    let reads = vec![Step::Await(16 << 20), Step::Meet, Step::HalfClose, Step::AwaitEnd];
    let service = Service {
        options: RelayOptions { stop: Stop::kill().whole_group(), ..RelayOptions::default() },
        ..Service::new(Kind::Exec(Program::new([Act::Zeros(16 << 20), Act::Swallow])), [deaf, reads])
    };
    let served = backend.serve(&service);
    assert_eq!((served.visits[1].received.len(), served.visits[1].end), (16 << 20, Seen::Eof));
    Ok(served.log())
}

fn only_writing(backend: &dyn Backend) -> Verdict {
    let service = Service {
        options: RelayOptions {
            idle: Some(SHORT),
            stop: Stop::kill().whole_group(),
            ..RelayOptions::default()
        },
        ..Service::new(
            Kind::Exec(Program::new([Act::Zeros(64 << 20)])),
            [vec![Step::Deaf, Step::Send(64 << 20), Step::AwaitEnd]],
        )
    };
    let served = backend.serve(&service);
    assert_eq!(served.reports[0].end, End::TimedOut(Timer::Idle), "{:?}", served.reports);
    Ok(served.log())
}

/// Failure 28: connections that are idle hold all descriptors for a while; those that wait get theirs later.
fn descriptors(backend: &dyn Backend) -> Verdict {
    let steps = vec![Step::Say("x"), Step::Await(1), Step::AwaitEnd];
    let service = Service {
        descriptors: 10,
        options: RelayOptions { idle: Some(Duration::from_secs(1)), ..RelayOptions::default() },
        ..Service::new(Kind::Echo, vec![steps; 25])
    };
    let before = processor_time();
    let served = backend.serve(&service);
    let spent = processor_time() - before;
    assert!(served.visits.iter().all(|visit| visit.received == b"x"), "{:?}", served.visits);
    assert!(served.pauses > 0, "accepting has paused");
    assert!(served.took > Duration::from_secs(2), "{:?}", served.took);
    assert!(spent < served.took / 4, "waiting costs no time: {spent:?} of {:?}", served.took);
    Ok(served.log())
}

/// What all threads of this process have taken so far.
pub(super) fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn one_byte_budget(backend: &dyn Backend) -> Verdict {
    let steps = vec![Step::Send(100_000), Step::HalfClose, Step::AwaitEnd];
    let service = Service { budget: 1, ..Service::new(Kind::Exec(Program::cat()), vec![steps; 8]) };
    let served = backend.serve(&service);
    assert!(served.visits.iter().all(|visit| visit.received == pattern(0, 100_000)));
    Ok(served.log())
}
