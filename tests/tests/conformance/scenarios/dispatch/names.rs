//! Connecting to names, which are looked up while the loop goes on.

use std::net::TcpListener;
use std::time::Duration;

use standpipe_core::dispatch::ChannelOptions;
use standpipe_core::socket::Address;
use standpipe_sys::dispatch::ConnectionOptions;
use standpipe_sys::socket::Destination;
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::event_loop::Loop;
use super::support::{
    Echo, Hearing, Log, event_loop, fine, heard, many, plain, run_until, run_until_idle, served,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_name_is_connected_to", name),
    many("what_is_pushed_before_a_name_is_known_leaves_with_the_connection", pushed_before),
    many("a_name_that_nobody_has_is_told_as_the_end", unknown),
    many("the_loop_goes_on_while_names_are_looked_up", goes_on),
    plain("the_time_to_connect_covers_the_look_up", covered),
    plain("one_whose_name_is_looked_up_is_aborted_at_once", aborted),
    plain("one_whose_name_is_looked_up_is_closed_at_once", closed),
    plain("a_loop_is_dropped_while_names_are_looked_up", dropped),
    plain("a_path_that_is_too_long_is_told_at_once", too_long),
];

/// A listener of this machine, by its name.
fn bound() -> (TcpListener, Address) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("bound").port();
    (listener, format!("localhost:{port}").parse().expect("an address"))
}

/// RFC 6761, 6.4.
fn nobody() -> Address {
    "nobody.invalid:7".parse().expect("an address")
}

fn name(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, (listener, address)) = (event_loop(on), Log::default(), bound());
    let hearing = Hearing::answering(&log, |told, channel| {
        if told == "connected" {
            channel.push(b"found")?;
            channel.close_when_done();
        }
        Ok(())
    });
    let key = event_loop.connect(&address, hearing).expect("it is looked up later");
    assert!(event_loop.channel(key).is_some(), "its key is good from the beginning");
    run_until(&mut event_loop, || !log.lines().is_empty());
    let (mut peer, _) = listener.accept().expect("it is connected to");
    run_until_idle(&mut event_loop);
    assert_eq!(heard(&mut peer).expect("a clean end"), "found");
    drop(peer);
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["connected", "closed clean"]);
    log.verdict()
}

fn pushed_before(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, (listener, address)) = (event_loop(on), bound());
    let reader = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().expect("it is connected to");
        heard(&mut peer).expect("a clean end")
    });
    let key = event_loop.connect(&address, Echo).expect("it is looked up later");
    let mut channel = event_loop.channel(key).expect("it is under way");
    channel.push(b"early").expect("it is taken");
    channel.close_when_done();
    event_loop.run().expect("it can wait");
    assert_eq!(reader.join().expect("no panic"), "early");
    fine()
}

fn unknown(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    event_loop.connect(&nobody(), Hearing::new(&log)).expect("it is looked up later");
    event_loop.run().expect("it can wait");
    // A resolver that reaches nobody cannot say so for certain.
    let [told] = &log.lines()[..] else { panic!("{:?}", log.lines()) };
    assert!(told.starts_with("closed no address: "), "{told}");
    fine()
}

/// More names than there are threads.
fn many_names(event_loop: &mut Loop<'_>, log: &Log) {
    for _ in 0..20 {
        event_loop.connect(&nobody(), Hearing::new(log)).expect("it is looked up later");
    }
}

fn goes_on(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, unknown) = (event_loop(on), Log::default(), Log::default());
    many_names(&mut event_loop, &unknown);
    let told = log.clone();
    let (_, client) = served(&mut event_loop, move || Hearing::new(&told));
    drop(client);
    run_until(&mut event_loop, || log.has_closed());
    run_until(&mut event_loop, || unknown.lines().len() == 20);
    assert!(unknown.lines().iter().all(|line| line.starts_with("closed no address: ")));
    log.verdict()
}

/// With no time at all it is over, whether the name is known by then or not.
fn covered(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log, (_listener, address)) = (event_loop(on), Log::default(), bound());
    let channel = ChannelOptions { connect: Some(Duration::from_nanos(1)), ..ChannelOptions::default() };
    let options = ConnectionOptions { channel, layer: None };
    let to = Destination::of(&address).expect("an address");
    event_loop.connect_with(to, options, Hearing::new(&log));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["closed timed out connecting"]);
    log.verdict()
}

fn aborted(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let key = event_loop.connect(&nobody(), Hearing::new(&log)).expect("it is looked up later");
    event_loop.channel(key).expect("it is under way").abort();
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines(), ["closed aborted"]);
    log.verdict()
}

fn closed(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let key = event_loop.connect(&nobody(), Hearing::new(&log)).expect("it is looked up later");
    event_loop.channel(key).expect("it is under way").close();
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines(), ["closed clean"]);
    log.verdict()
}

/// Their threads end as well: the suite counts them.
fn dropped(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    many_names(&mut event_loop, &log);
    drop(event_loop);
    fine()
}

fn too_long(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let address = format!("unix:/{}", "x".repeat(200)).parse().expect("an address");
    let error = event_loop.connect(&address, Echo).expect_err("no socket has such a path");
    assert!(error.to_string().contains("is no path for a socket"), "{error}");
    assert!(event_loop.is_empty());
    fine()
}
