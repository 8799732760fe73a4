//! Children and dialogues in the simulation: what a stop does step by step, and what a caller may decide on the way.

use std::time::Duration;

use standpipe_core::flow::{More, Producer, Relay, RelayOptions, SendQueue};
use standpipe_core::process::{
    Child, ChildEvent, Communicate, CommunicateEvent, CommunicateOptions, Exit, Pipeline, PipelineEvent,
    PipelineOptions, Stop, StopStep, Stream, Unfinished, WaitStatus,
};
use standpipe_core::signal::Signal;
use standpipe_core::{BUDGET, Bytes, Done, Duty, Machine, Moment, Target};
use standpipe_tests::client::pattern;
use standpipe_tests::model::child_lives::{self, Explored};
use standpipe_tests::program::{Act, Program};
use standpipe_tests::python::Python;
use standpipe_tests::sim::{Descriptors, End, PIPE_CAPACITY, Readiness, SimIo, World, pipe};

const SECOND: Duration = Duration::from_secs(1);

/// Which of a child's standard streams are pipes.
#[derive(Clone, Copy, Debug)]
struct Pipes {
    stdin: bool,
    stdout: bool,
    stderr: bool,
}

const ALL: Pipes = Pipes { stdin: true, stdout: true, stderr: true };

/// A simulated machine on which one child runs.
struct Stage {
    world: World,
    io: SimIo,
}

impl Stage {
    fn new(acts: &[Act], pipes: Pipes, readiness: Readiness) -> Self {
        let world = World::new(readiness.clone());
        let (reader, stdin) = pipe(PIPE_CAPACITY);
        let [(stdout, out), (stderr, err)] = [pipe(PIPE_CAPACITY), pipe(PIPE_CAPACITY)];
        let child = Descriptors {
            stdin: pipes.stdin.then_some(reader),
            stdout: pipes.stdout.then_some(out),
            stderr: pipes.stderr.then_some(err),
        };
        let pid = world.kernel().borrow_mut().spawn(&Program::new(acts.iter().cloned()), child);
        let open = |is_pipe, end| if is_pipe { end } else { End::Closed };
        let ends = [
            open(pipes.stdin, End::Writer(stdin)),
            open(pipes.stdout, End::Reader(stdout)),
            open(pipes.stderr, End::Reader(stderr)),
            End::Exit(pid),
        ];
        Self { io: SimIo::new(ends, world.kernel(), readiness), world }
    }

    /// Runs the dialogue to its end; every event is given to the caller.
    fn run(
        &mut self,
        talk: &mut Communicate,
        mut decide: impl FnMut(&mut Communicate, CommunicateEvent, Moment),
    ) {
        let ran = self.world.run(talk, &mut self.io, BUDGET, |talk, now| {
            while let Some(event) = talk.next_event() {
                decide(talk, event, now);
            }
        });
        assert_eq!(ran, Ok(()), "{talk:?}");
    }
}

fn queue(bytes: Vec<u8>) -> SendQueue {
    let mut queue = SendQueue::new(bytes.len(), 0);
    queue.push(Bytes::from(bytes));
    queue
}

fn step(signal: Signal) -> StopStep {
    StopStep::Signal(signal)
}

/// Where a stop stands is told, step by step, and which of them has ended the child.
#[test]
fn each_step_of_a_stop_is_told() {
    let mut child = Child::new();
    child.stop(&Stop::signal(Signal::HUP).grace(SECOND));
    child.stop(&Stop::signal(Signal::TERM).grace(SECOND).then(Signal::KILL).grace(SECOND));
    let taken: Vec<_> = std::iter::from_fn(|| child.next_event()).collect();
    let told = [step(Signal::TERM), StopStep::Grace(SECOND)].map(ChildEvent::Step);
    assert_eq!(taken, told, "what was replaced is not told");
    assert_eq!(child.stop_step(), Some(step(Signal::TERM)));
    child.handle_now(Moment::ORIGIN + SECOND);
    assert_eq!(child.next_event(), Some(ChildEvent::Step(step(Signal::KILL))));
    let duty = child.wants(Child::EXIT).duty.expect("signals");
    child.handle_done(Child::EXIT, duty, Done::Ok(0));
    child.handle_done(Child::EXIT, Duty::Observe, Done::Ok(9));
    child.handle_now(Moment::ORIGIN + SECOND * 9);
    assert_eq!(child.stop_step(), Some(step(Signal::KILL)));
}

/// The number of a group is signalled after its leader's end, which no step has brought about any more.
#[test]
fn a_step_after_the_end_has_not_ended_the_child() {
    let mut leader = Child::new();
    leader.hold();
    leader.stop(&Stop::terminate(SECOND).whole_group());
    let duty = leader.wants(Child::EXIT).duty.expect("signals");
    leader.handle_done(Child::EXIT, duty, Done::Ok(0));
    leader.handle_done(Child::EXIT, Duty::Observe, Done::Ok(15));
    leader.handle_now(Moment::ORIGIN + SECOND);
    let kill = Some(Duty::Signals(Target::Group, Signal::KILL.into()));
    assert_eq!((leader.wants(Child::EXIT).duty, leader.stop_step()), (kill, Some(step(Signal::TERM))));
}

/// What was not written is dropped, and the child reads to its end and ends by itself.
#[test]
fn a_step_closes_the_input_of_a_dialogue() {
    let mut stage = Stage::new(&[Act::Sleep(SECOND * 2), Act::Count], ALL, Readiness::whole());
    let stop = Stop::close_stdin().grace(SECOND * 60).then(Signal::KILL);
    let mut talk = Communicate::new(CommunicateOptions {
        input: Some(queue(pattern(0, PIPE_CAPACITY * 2))),
        stdout: true,
        stderr: true,
        stop: Some(stop),
        ..CommunicateOptions::default()
    });
    talk.tell_steps(true);
    talk.set_deadline(Some(stage.world.now() + SECOND));
    let mut told = Vec::new();
    stage.run(&mut talk, |_, event, _| told.push(event));
    let steps = [StopStep::CloseStdin, StopStep::Grace(SECOND * 60)];
    assert_eq!(told, steps.map(CommunicateEvent::Step));
    assert_eq!(talk.child().stop_step(), Some(StopStep::CloseStdin));
    let Err(Unfinished::TimedOut { output }) = talk.finish() else { panic!("it timed out") };
    assert_eq!(output.exit, Exit::Code(0));
    assert_eq!(output.stdout, format!("{PIPE_CAPACITY}\n").as_bytes());
}

/// Of a relay that has failed the input is no end of input, unless a step says that it is to be one.
#[test]
fn a_step_closes_the_input_of_a_relay() {
    let closing = Stop::close_stdin().grace(SECOND).then(Signal::KILL);
    for (stop, duty) in [(closing, Some(Duty::Close)), (Stop::default(), None)] {
        let mut relay = Relay::exec(RelayOptions { stop, ..RelayOptions::default() });
        relay.handle_now(Moment::ORIGIN);
        relay.abort();
        assert!(!relay.has_event(), "its steps are told where that was asked for");
        relay.handle_now(Moment::ORIGIN);
        assert_eq!(relay.wants(Relay::STDIN).duty, duty);
    }
}

#[test]
fn the_steps_of_a_pipelines_stop_are_told_where_that_was_asked_for() {
    for tells in [false, true] {
        let mut pipeline = Pipeline::new(PipelineOptions { stages: 2, stop: Stop::terminate(SECOND) });
        pipeline.tell_steps(tells);
        pipeline.set_deadline(Some(Moment::ORIGIN));
        pipeline.handle_now(Moment::ORIGIN);
        assert_eq!(pipeline.has_event(), tells);
        let told: Vec<_> = std::iter::from_fn(|| pipeline.next_event()).collect();
        let steps = [step(Signal::TERM), StopStep::Grace(SECOND)].map(PipelineEvent::Step);
        assert_eq!(told, if tells { &steps[..] } else { &[] });
    }
}

/// SUB-42 to SUB-44: none, one or several pipes, by the same pump.
#[test]
fn any_of_the_streams_may_be_pipes() {
    let acts = [Act::Copy, Act::Complain("what"), Act::Numbers(30_000), Act::Exit(3)];
    let input = pattern(0, 100_000);
    for bits in 0..8 {
        let pipes = Pipes { stdin: bits & 1 != 0, stdout: bits & 2 != 0, stderr: bits & 4 != 0 };
        for readiness in [Readiness::whole(), Readiness::random(bits)] {
            let mut stage = Stage::new(&acts, pipes, readiness);
            let mut talk = Communicate::new(CommunicateOptions {
                input: pipes.stdin.then(|| queue(input.clone())),
                stdout: pipes.stdout,
                stderr: pipes.stderr,
                ..CommunicateOptions::default()
            });
            stage.run(&mut talk, |_, event, _| panic!("{event:?}"));
            assert_eq!((stage.io.open(), stage.world.kernel().borrow().zombies()), (0, 0));
            let output = talk.finish().expect("it comes to its end");
            let copied = if pipes.stdin { input.len() } else { 0 };
            let numbers: String = (1..=30_000).map(|number| format!("{number}\n")).collect();
            let stdout = [&input[..copied], numbers.as_bytes()].concat();
            assert_eq!((output.exit, output.cut), (Exit::Code(3), false));
            assert!(output.stdout == if pipes.stdout { &stdout[..] } else { &[] }, "{pipes:?}");
            assert_eq!(output.stderr, if pipes.stderr { &b"what"[..] } else { &[] });
        }
    }
}

/// SUB-46, SUB-T7: nothing is lost at a deadline, and the dialogue goes on when it is asked to.
#[test]
fn a_dialogue_goes_on_after_its_deadline() {
    let acts = [Act::Print("one "), Act::Sleep(SECOND * 5), Act::Print("two"), Act::Count];
    let mut stage = Stage::new(&acts, ALL, Readiness::whole());
    let (input, stdout, stderr) = (Some(queue(pattern(0, 200_000))), true, true);
    let mut talk = Communicate::new(CommunicateOptions { input, stdout, stderr, ..Default::default() });
    talk.set_deadline(Some(stage.world.now() + SECOND));
    let mut deadlines = 0;
    stage.run(&mut talk, |talk, event, now| {
        assert_eq!(event, CommunicateEvent::TimedOut);
        assert_eq!(talk.collected(Stream::Stdout), b"one ");
        deadlines += 1;
        talk.set_deadline((deadlines < 3).then(|| now + SECOND));
    });
    assert_eq!(deadlines, 3);
    assert_eq!(talk.finish().expect("no reason to stop").stdout, b"one two200000\n");
}

/// The same at a limit: by more room for the one, by taking out what there is of the other.
#[test]
fn a_dialogue_goes_on_after_its_limit() {
    let acts = [Act::Numbers(20_000), Act::Complain("in words")];
    for seed in 0..8 {
        let mut stage = Stage::new(&acts, Pipes { stdin: false, ..ALL }, Readiness::random(seed));
        let (stdout, stderr, limit) = (true, true, 5);
        let mut talk = Communicate::new(CommunicateOptions { stdout, stderr, limit, ..Default::default() });
        let mut taken = Vec::new();
        stage.run(&mut talk, |talk, event, _| match event {
            CommunicateEvent::Limit(Stream::Stdout) => {
                talk.set_limit(Stream::Stdout, 4000);
                taken.extend(talk.take_output(Stream::Stdout));
            }
            CommunicateEvent::Limit(stream) => talk.set_limit(stream, 64),
            event => panic!("{event:?}"),
        });
        let output = talk.finish().expect("no reason to stop");
        taken.extend(output.stdout);
        let numbers: String = (1..=20_000).map(|number| format!("{number}\n")).collect();
        assert!(taken == numbers.as_bytes() && output.stderr == b"in words");
    }
}

/// Says its letters one by one, and hands over to another one of its kind in the middle.
struct Speaker {
    says: Vec<u8>,
    inner: Option<Vec<u8>>,
}

impl Producer for Speaker {
    fn more(&mut self) -> More {
        match (self.says.pop(), self.inner.take()) {
            (None, None) => More::End,
            (None, Some(says)) => More::Producer(Box::new(Self { says, inner: None })),
            (Some(letter), inner) => {
                self.inner = inner;
                More::Bytes(Bytes::from(vec![letter; 999]))
            }
        }
    }
}

/// SUB-42: input need not be in memory.
#[test]
fn input_may_come_from_a_producer() {
    for seed in 0..16 {
        let mut stage = Stage::new(&[Act::Copy], ALL, Readiness::random(seed));
        let mut input = SendQueue::new(64, 16);
        input.push_producer(Speaker { says: b"cba".to_vec(), inner: Some(b"fed".to_vec()) });
        input.push(Bytes::from_static(b"end"));
        let (input, stdout, stderr) = (Some(input), true, true);
        let mut talk = Communicate::new(CommunicateOptions { input, stdout, stderr, ..Default::default() });
        stage.run(&mut talk, |_, event, _| panic!("{event:?}"));
        let letters: Vec<u8> = b"abcdef".iter().flat_map(|letter| vec![*letter; 999]).collect();
        assert!(talk.finish().expect("it ends").stdout == [&letters[..], b"end"].concat());
    }
}

/// SUB-45: input that nobody reads is dropped, and is no failure.
#[test]
fn a_child_that_reads_nothing_gets_its_dialogue_to_its_end() {
    let acts = [Act::CloseInput, Act::Print("done"), Act::Exit(1)];
    let mut stage = Stage::new(&acts, ALL, Readiness::whole());
    let (input, stdout, stderr) = (Some(queue(pattern(0, 1 << 20))), true, true);
    let mut talk = Communicate::new(CommunicateOptions { input, stdout, stderr, ..Default::default() });
    stage.run(&mut talk, |_, event, _| panic!("{event:?}"));
    let output = talk.finish().expect("it ends");
    assert_eq!((output.exit, &output.stdout[..], output.cut), (Exit::Code(1), &b"done"[..], false));
}

/// POP-23: the raw status is taken apart as the W* functions take it. For numbers that are no signals' it is nothing.
#[test]
fn statuses_are_decoded_like_the_originals() {
    const SCRIPT: &str = "
import os
known = range(1, 65)
for raw in range(65536):
    if os.WIFSTOPPED(raw) and os.WSTOPSIG(raw) in known: print('stopped %d' % os.WSTOPSIG(raw))
    elif os.WIFCONTINUED(raw): print('continued')
    elif os.WIFEXITED(raw): print('code %d' % os.WEXITSTATUS(raw))
    elif os.WIFSIGNALED(raw) and os.WTERMSIG(raw) in known:
        print('signal %d %d' % (os.WTERMSIG(raw), bool(os.WCOREDUMP(raw))))
    else: print('nothing')";
    for python in Python::with_module("os") {
        for (raw, theirs) in (0..).zip(python.lines(SCRIPT)) {
            let status = WaitStatus::from_raw(raw);
            let ours = match (status.exit(), status.stopped_signal()) {
                (Some(Exit::Code(code)), None) => format!("code {code}"),
                (Some(Exit::Signal { signal, core_dumped }), None) => {
                    format!("signal {} {}", signal.number(), u8::from(core_dumped))
                }
                (None, Some(signal)) => format!("stopped {}", signal.number()),
                _ if status.is_continued() => "continued".into(),
                _ => "nothing".into(),
            };
            assert_eq!(ours, theirs, "{raw:#x} in Python {}", python.version);
        }
    }
}

/// SUB-48, SUB-T5: whatever happens in whatever order. The numbers are for `child_lives` to say.
#[test]
fn every_interleaving_comes_to_a_good_end() {
    let alone = child_lives::explore(1, true, 12);
    let together = child_lives::explore(2, false, 9);
    println!("alone: {alone:?}, together: {together:?}");
    assert_eq!(alone, Explored { lives: 222_229_130, worlds: 5719 });
    assert_eq!(together, Explored { lives: 325_454_639, worlds: 40_234 });
}
