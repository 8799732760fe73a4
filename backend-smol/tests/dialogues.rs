//! What is said to children by futures, beyond what the suite looks at.

mod limited;

use std::time::Duration;

use standpipe_smol::{
    Command, CommunicateEvent, Dialogue, Exit, RunError, StdStream, Stdio, Stop, Unfinished, communicate,
    standpipe_core,
};

use limited::within_limit;

#[test]
fn an_output_over_its_limit_is_not_forgotten_for_the_other() {
    let both = "head -c 1000 /dev/zero; head -c 1000 /dev/zero >&2; exec sleep 600";
    let command = Command::shell(both).stdout(Stdio::Pipe).stderr(Stdio::Pipe).limit(100);
    let mut talk = command.talk().expect("a shell runs");
    let result = within_limit(async {
        let mut told = Vec::new();
        while told.len() < 2 {
            match talk.run(None).await.expect("it can be watched") {
                Some(CommunicateEvent::Limit(stream)) => told.push(stream),
                event => panic!("it is over nothing but its limits: {event:?}"),
            }
        }
        assert!(told.contains(&StdStream::Stdout) && told.contains(&StdStream::Stderr));
        talk.set_limit(told[1], 1 << 20);
        (told[0], talk.finish().await)
    });
    let (first, Err(RunError::Unfinished(Unfinished::Limit { stream, output }))) = result else {
        panic!("nothing was done about the first: {result:?}")
    };
    assert_eq!((stream, output.stdout.len().min(output.stderr.len())), (first, 100));
}

#[test]
fn a_time_out_stops_a_whole_row_and_keeps_what_it_wrote() {
    let row = Command::shell("echo so far; trap '' TERM; sleep 600 & sleep 600") | Command::new("cat");
    let stop = Stop::terminate(Duration::from_millis(100));
    let ended = within_limit(row.timeout(Duration::from_secs(1)).stop(stop).output());
    let Err(RunError::Unfinished(Unfinished::TimedOut { output })) = ended else { panic!("{ended:?}") };
    assert_eq!(output.stdout, b"so far\n");
    assert!(output.stages.iter().all(|exit| matches!(exit, Exit::Signal { .. })), "{output:?}");
}

#[test]
fn input_that_nobody_would_read_is_refused_and_the_child_ended() {
    let child = Command::new("sleep").arg("600").spawn().expect("sleep runs");
    let handle = child.handle();
    let error = within_limit(child.communicate("in")).expect_err("there is no pipe");
    assert!(matches!(error, RunError::Unread), "{error}");
    assert!(matches!(handle.poll(), Some(Exit::Signal { .. })));
}

/// It went round and round, and told nobody.
#[test]
fn a_dialogue_without_a_stop_ends_at_its_limit() {
    let yes = standpipe_core::process::Command::new("yes").stdout(Stdio::Pipe);
    let dialogue = Dialogue { limit: Some(4), ..Dialogue::default() };
    let ended = within_limit(communicate(&yes, dialogue, None));
    let Err(RunError::Unfinished(Unfinished::Limit { output, .. })) = ended else { panic!("{ended:?}") };
    assert_eq!(output.stdout, b"y\ny\n");
}
