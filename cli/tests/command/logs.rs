//! What a server tells.

use serde_json::Value;

use crate::support::{Server, on_every_runtime};

on_every_runtime! {
    nothing_is_told_of_what_goes_well what_goes_well_is_told_when_asked_for every_line_is_json
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
