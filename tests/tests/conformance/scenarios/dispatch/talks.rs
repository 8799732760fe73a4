//! Dialogues with children, and pipelines, in a loop beside its connections.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use standpipe_core::Bytes;
use standpipe_core::flow::SendQueue;
use standpipe_core::process::{Command, Exit, Output, Pipeline, Stdio, Stop, Unfinished};
use standpipe_core::signal::Signal;
use standpipe_sys::Dialogue;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Dispatching, Outcome, Scenario, Verdict};
use standpipe_tests::log;

use super::support::{Echo, LIMIT, end, event_loop, fine, heard, many, pair, say};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("several_dialogues_go_on_beside_a_connection", beside_a_connection),
    many("a_dialogue_that_takes_too_long_is_stopped", too_long),
    many("a_dialogue_over_its_limit_is_stopped", over_the_limit),
    many("a_dialogue_is_stopped_by_its_key", by_its_key),
    many("a_dialogue_is_stopped_with_its_loop", with_the_loop),
    many("a_dialogue_that_is_dismissed_leaves_nothing", dismissed),
    many("commands_in_a_row_are_told_of_when_all_have_ended", pipeline),
    many("commands_in_a_row_are_stopped_with_their_loop", pipeline_with_the_loop),
];

type Result = std::result::Result<Output, Unfinished>;

type Told<T> = Rc<RefCell<Vec<T>>>;

/// Keeps what it is told.
fn keeping<'a, T: 'a>(told: &Told<T>) -> Outcome<'a, T> {
    let told = told.clone();
    Box::new(move |_, outcome| told.borrow_mut().push(outcome))
}

fn only<T>(told: &Told<T>) -> T {
    let mut told = told.take();
    assert_eq!(told.len(), 1);
    told.remove(0)
}

fn dialogue(input: Vec<u8>) -> Dialogue {
    let mut queue = SendQueue::new(input.len(), 0);
    queue.push(Bytes::from(input));
    Dialogue { input: Some(queue), ..Dialogue::default() }
}

fn piped(line: &str) -> Command {
    Command::shell(line).stdin(Stdio::Pipe).stdout(Stdio::Pipe)
}

fn by(signal: Signal) -> Exit {
    Exit::Signal { signal, core_dumped: false }
}

fn beside_a_connection(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, mut theirs) = pair();
    event_loop.insert(ours, Default::default(), Echo);
    let input = pattern(0, 300_000);
    let outputs = Told::<Result>::default();
    for _ in 0..4 {
        let (dialogue, told) = (dialogue(input.clone()), keeping(&outputs));
        event_loop.communicate(&piped("cat"), dialogue, Some(LIMIT), told).expect("it runs");
    }
    say(&mut theirs, "hello");
    end(&theirs);
    event_loop.run().expect("it can wait");
    assert_eq!(heard(&mut theirs).expect("a clean end"), "hello");
    assert_eq!(outputs.borrow().len(), 4);
    for result in outputs.take() {
        let output = result.expect("nobody has stopped it");
        assert!(output.exit.success() && output.stdout == input);
    }
    Ok(log::Log::new().with("stdout", &input, ()))
}

/// What comes of it when it is left alone.
fn outcome(on: &dyn Dispatching, line: &str, dialogue: Dialogue, timeout: Option<Duration>) -> Result {
    let (mut event_loop, told) = (event_loop(on), Told::default());
    event_loop.communicate(&piped(line), dialogue, timeout, keeping(&told)).expect("it runs");
    event_loop.run().expect("it can wait");
    only(&told)
}

fn too_long(on: &dyn Dispatching) -> Verdict {
    let wait = Some(Duration::from_millis(200));
    let result = outcome(on, "echo so far; exec sleep 600", Dialogue::default(), wait);
    let Err(Unfinished::TimedOut { output }) = result else { panic!("{result:?}") };
    assert_eq!((output.exit, &output.stdout[..]), (by(Signal::TERM), &b"so far\n"[..]));
    Ok(log::Log::new().with("stdout", &output.stdout, output.exit))
}

fn over_the_limit(on: &dyn Dispatching) -> Verdict {
    let dialogue = Dialogue { limit: Some(1000), stop: Some(Stop::kill()), ..Dialogue::default() };
    let result = outcome(on, "exec yes", dialogue, None);
    let Err(Unfinished::Limit { output, .. }) = result else { panic!("{result:?}") };
    assert_eq!((output.exit, output.stdout.len()), (by(Signal::KILL), 1000));
    Ok(log::Log::new().with("stdout", &output.stdout, output.exit))
}

fn by_its_key(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, told) = (event_loop(on), Told::<Result>::default());
    let key = event_loop
        .communicate(&piped("exec sleep 600"), Dialogue::default(), None, keeping(&told))
        .expect("there is a shell");
    event_loop.talk(key).expect("it is there").stop(&Stop::signal(Signal::HUP));
    event_loop.run().expect("it can wait");
    assert!(event_loop.talk(key).is_none());
    assert_eq!(only(&told).expect("it has ended").exit, by(Signal::HUP));
    fine()
}

fn with_the_loop(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, told) = (event_loop(on), Told::<Result>::default());
    event_loop
        .communicate(&piped("exec sleep 600"), Dialogue::default(), None, keeping(&told))
        .expect("it runs");
    event_loop.stop();
    event_loop.run().expect("it can wait");
    assert_eq!(only(&told).expect("it has ended").exit, by(Signal::TERM));
    fine()
}

fn dismissed(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let tell: Outcome<'_, Result> = Box::new(|_, _| panic!("nobody is to be told"));
    let key = event_loop
        .communicate(&piped("exec sleep 600"), dialogue(vec![0; 1 << 20]), None, tell)
        .expect("it runs");
    event_loop.run_once(Some(Duration::ZERO)).expect("it can wait");
    assert!(event_loop.dismiss(key));
    event_loop.run().expect("it can wait");
    fine()
}

fn exits(pipeline: &Told<Pipeline>) -> Vec<Exit> {
    only(pipeline).exits().flatten().collect()
}

fn pipeline(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, told) = (event_loop(on), Told::default());
    let row = ["echo hello; exit 1", "read line; test \"$line\" = hello", "exit 3"].map(Command::shell);
    event_loop.pipeline(&row, Stop::kill(), Some(LIMIT), keeping(&told)).expect("it runs");
    event_loop.run().expect("it can wait");
    assert_eq!(exits(&told), [1, 0, 3].map(Exit::Code));
    fine()
}

fn pipeline_with_the_loop(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, told) = (event_loop(on), Told::default());
    let row = ["exec sleep 600", "exec sleep 600"].map(Command::shell);
    event_loop.pipeline(&row, Stop::terminate(LIMIT), None, keeping(&told)).expect("it runs");
    event_loop.stop();
    event_loop.run().expect("it can wait");
    assert_eq!(exits(&told), [by(Signal::TERM); 2]);
    fine()
}
