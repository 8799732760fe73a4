//! What a server tells.

use serde_json::Value;

use crate::support::{Ended, Server, finish, finish_with, on_every_runtime, standpipe};

on_every_runtime! {
    nothing_is_told_of_what_goes_well what_goes_well_is_told_when_asked_for every_line_is_json
    connect_and_run_tell_what_they_came_to failures_are_json
}

fn nothing_is_told_of_what_goes_well(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "cat"]);
    assert_eq!(server.client().exchange(b"hello"), b"hello");
    server.stop();
}

fn what_goes_well_is_told_when_asked_for(runtime: &str) {
    let server = Server::start(runtime, &["-v", "--sh", "cat; exit 3"]);
    let client = server.client();
    let peer = client.local().to_string();
    assert_eq!(client.exchange(b"hello"), b"hello");
    let log = server.log().once(|log| log.matches('\n').count() == 2);
    let [connected, ended] = [0, 1].map(|n| log.lines().nth(n).expect("two lines"));
    assert_eq!(connected, format!("standpipe: {peer} connected"));
    assert!(ended.contains(&peer) && ended.contains("5 bytes in, 5 out"), "{ended}");
    assert!(ended.ends_with("code 3"), "the program's own code: {ended}");
    server.terminate();
    assert_eq!(server.end().code, Some(0));
}

fn every_line_is_json(runtime: &str) {
    let words = ["-v", "--log-format", "json", "--drain-timeout", "300ms", "--exec", "cat"];
    let server = Server::start(runtime, &words);
    let client = server.client();
    let peer = client.local().to_string();
    assert_eq!(client.exchange(b"hello"), b"hello");
    server.log().once_it_has("ended");
    let mut reset = server.client();
    reset.send(b"x");
    reset.take(1);
    reset.reset();
    server.log().once_it_has("reset");
    let mut idle = server.client();
    idle.send(b"x");
    idle.take(1);
    server.terminate();
    let log = server.end().stderr;
    let events: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let told: Vec<_> = events.iter().map(|event| event["event"].as_str().expect("a name")).collect();
    assert_eq!(told, ["accepted", "ended", "accepted", "ended", "accepted", "aborting", "ended"]);
    assert_eq!((&events[0]["peer"], &events[1]["peer"]), (&peer.clone().into(), &peer.into()));
    assert_eq!((&events[1]["bytes_in"], &events[1]["bytes_out"]), (&5.into(), &5.into()));
}

fn connect_and_run_tell_what_they_came_to(runtime: &str) {
    let server = Server::start(runtime, &["--exec", "cat"]);
    let client = standpipe(runtime, "connect", &["-v", server.address()]);
    let Ended { code, stderr, .. } = finish_with(client, b"hello".as_slice());
    assert_eq!(code, Some(0));
    assert!(stderr.contains("5 bytes sent, 5 received"), "{stderr}");
    server.stop();
    let words = ["-v", "--log-format", "json", "--pipe", "--", "sh", "-c", "exit 3", "--", "cat"];
    let Ended { code, stderr, .. } = finish(standpipe(runtime, "run", &words));
    assert_eq!(code, Some(3));
    let stages: Vec<Value> = stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let commands: Vec<_> = stages.iter().map(|stage| stage["command"].as_str().expect("a command")).collect();
    assert_eq!(commands, ["sh -c exit 3", "cat"]);
    assert_ne!(stages[0]["exit"], stages[1]["exit"]);
}

fn failures_are_json(runtime: &str) {
    for (task, words) in [
        ("serve", ["unix:/no/such/folder/socket", "--echo"]),
        ("connect", ["fd:999", "-v"]),
        ("run", ["--", "/no/such/program"]),
    ] {
        let words = [&["--log-format", "json"], words.as_slice()].concat();
        let stderr = finish(standpipe(runtime, task, &words)).stderr;
        let failure: Value = serde_json::from_str(&stderr).expect("one object");
        assert_eq!(failure["event"], "failed");
        assert!(failure["error"].as_str().is_some_and(|error| !error.is_empty()), "{failure}");
    }
}
