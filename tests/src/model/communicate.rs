//! [`Communicate`]: whatever the program, the input, the limits and the readiness, what is collected is what was written.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::flow::SendQueue;
use standpipe_core::process::{Communicate, CommunicateOptions, Exit, Stop, Stream, Unfinished};
use standpipe_core::{Bytes, Machine, Moment, Port};

use super::child::stop;
use super::program::{Expected, Pick, program};
use crate::client::pattern;
use crate::harness::{Backend, Call, Finished};
use crate::laws::{self, Fact, Subject};
use crate::sim::{Readiness, Sim};

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    input: Option<u16>,
    limit: Option<u8>,
    timeout: Option<u8>,
    kills: bool,
    delivers: bool,
    capacity: u8,
    seed: u64,
}

/// How long the machine reads a pipe that somebody else holds.
const DRAIN: Duration = Duration::from_millis(200);

/// How long a program that ignores SIGTERM has before it is killed.
const GRACE: Duration = Duration::from_millis(300);

/// Checks any program under any setting: whole, as the seed cuts it, and byte by byte.
///
/// # Panics
/// When an outcome is not the one expected.
pub fn check(bytes: &[u8]) {
    let Some((setting, picks)) = super::read::<Setting, Pick>(bytes) else { return };
    let call = Call {
        input: setting.input.map(|len| pattern(0, usize::from(len) % 9000)),
        limit: setting.limit.filter(|_| !setting.delivers).map_or(64 << 20, |limit| usize::from(limit) * 32),
        delivers: setting.delivers,
        timeout: setting.timeout.map(|timeout| Duration::from_millis(u64::from(timeout) * 10 + 5)),
        stop: if setting.kills { Stop::kill() } else { Stop::terminate(GRACE) }.whole_group(),
        ..Call::new(program(&picks[..picks.len().min(12)]))
    };
    let capacity = (usize::from(setting.capacity) * 16 + 1).max(traffic(&call) / 200);
    let whole = Sim { capacity, ..Sim::default() };
    let random = Readiness::random(setting.seed);
    verify(&call, &whole.communicate(&call));
    verify(&call, &Sim { driver: random.clone(), ..whole.clone() }.communicate(&call));
    verify(&call, &Sim { others: random.clone(), driver: random, ..whole.clone() }.communicate(&call));
    if traffic(&call) < 2000 {
        verify(&call, &Sim { driver: Readiness::byte_by_byte(setting.seed), ..whole }.communicate(&call));
    }
}

/// How much goes through the pipes. Byte by byte only a little does, or a fuzzer would do nothing else.
fn traffic(call: &Call) -> usize {
    let input = call.input.as_deref().unwrap_or_default();
    let expected = Expected::of(&call.program, input, Duration::MAX);
    input.len() + expected.stdout.len() + expected.stderr.len()
}

fn verify(call: &Call, finished: &Finished) {
    let timeout = call.timeout.unwrap_or(Duration::MAX);
    let until = |limit| Expected::of(&call.program, call.input.as_deref().unwrap_or_default(), limit);
    let exceeds =
        |expected: &Expected| expected.stdout.len() > call.limit || expected.stderr.len() > call.limit;
    let mut expected = until(timeout);
    let over_in_time = exceeds(&expected);
    if expected.exit.is_none() && expected.deaf && call.stop.steps().len() > 1 {
        expected = until(timeout + GRACE);
    }
    let over = exceeds(&expected);
    let held = expected.stdout_held.max(expected.stderr_held);
    let end = expected.time.max(held.min(expected.time + DRAIN));
    let output = finished.output();
    match &finished.result {
        Err(Unfinished::Limit { stream, .. }) => {
            let (got, all) = match stream {
                Stream::Stdout => (&output.stdout, &expected.stdout),
                Stream::Stderr => (&output.stderr, &expected.stderr),
            };
            assert!(over && *got == all[..call.limit], "a limit is told where there was more");
        }
        result => {
            // Of two reasons the first one is told: a child that outlives its time-out may still exceed its limit.
            assert!(!over_in_time, "more than the limit is told: {result:?}");
            let most = |written: &[u8]| written[..written.len().min(call.limit)].to_vec();
            let (stdout, stderr) = (most(&expected.stdout), most(&expected.stderr));
            // A full pipe may have kept a child from writing all that it would have by the time it was stopped.
            assert!(stdout.starts_with(&output.stdout) && stderr.starts_with(&output.stderr), "{result:?}");
            if result.is_ok() {
                assert_eq!((&output.stdout, &output.stderr), (&stdout, &stderr));
            }
            assert_eq!(result.is_err(), end > timeout, "a time-out is told: {end:?} {timeout:?}");
        }
    }
    if finished.result.is_ok() {
        assert_eq!((Some(output.exit), output.cut), (expected.exit, held > expected.time + DRAIN));
        assert_eq!(finished.took, end);
    }
    assert_ne!(output.exit, Exit::Unknown);
}

/// Checks the laws on any history.
pub fn check_laws(bytes: &[u8]) {
    let Some(((input, outputs, limit, stops), facts)) =
        super::read::<(Option<u8>, u8, u8, bool), Fact>(bytes)
    else {
        return;
    };
    let input = input.map(|len| {
        let mut queue = SendQueue::new(1, 0);
        queue.push(Bytes::from(pattern(0, len.into())));
        queue
    });
    let talk = Communicate::new(CommunicateOptions {
        stages: 1 + (outputs >> 6),
        input,
        deliver: outputs & 32 != 0,
        stdout: outputs & 1 != 0,
        stderr: outputs & 2 != 0,
        limit: usize::from(limit) * 64,
        stop: stops.then(|| stop(outputs >> 2)),
        ..CommunicateOptions::default()
    });
    laws::check(talk, &facts);
}

impl Subject for Communicate {
    /// A piece of an output that is delivered.
    const LENT: usize = 1;

    fn seen(&self) -> String {
        let streams = [Stream::Stdout, Stream::Stderr];
        let collected = streams.map(|stream| (self.end(stream), self.collected(stream).len()));
        format!("{:?}", (self.child().state(), self.child().stop_step(), collected))
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        let stream = if verb & 1 == 0 { Stream::Stdout } else { Stream::Stderr };
        match (verb >> 1) % 5 {
            0 => self.stop(&stop(verb >> 3)),
            1 => self.set_deadline(Some(Moment::from_nanos((1 << 40) + (u64::from(verb) << 24)))),
            2 => self.set_limit(stream, usize::from(verb) * 128),
            3 => self.tell_steps(verb & 1 == 0),
            _ => drop(self.take_output(stream)),
        }
    }

    /// An output over its limit waits for the caller.
    fn may_rest(&self) -> bool {
        [Self::STDOUT, Self::STDERR].iter().any(|port: &Port| !self.wants(*port).read)
    }
}
