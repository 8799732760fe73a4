//! Faults that the suite has found, each as the shortest history that shows it.

use std::time::Duration;

use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
use standpipe_core::flow::{Capture, More, Producer, Relay, RelayEvent, RelayOptions, SendQueue};
use standpipe_core::process::{
    Command, Communicate, CommunicateEvent, CommunicateOptions, Exit, Parent, Plan, PlanError, Stdio, Stop,
    Stream, StreamEnd,
};
use standpipe_core::{
    Bytes, Done, Duty, End, EofPolicy, Machine, Moment, Pending, Pool, Progress, TlsFault, TlsReason, Window,
    advance,
};
use standpipe_tests::client::{Seen, Step};
use standpipe_tests::harness::{Backend, Call, Kind, Service};
use standpipe_tests::program::{Act, Program};
use standpipe_tests::sim::{self, Descriptors, Readiness, Sim, SimIo, World};

const SECOND: Duration = Duration::from_secs(1);

fn collecting(limit: usize) -> Communicate {
    Communicate::new(CommunicateOptions { stdout: true, limit, ..CommunicateOptions::default() })
}

/// Lets bytes come at the standard output of a dialogue.
fn come(talk: &mut Communicate, bytes: &[u8]) {
    let mut pool = Pool::default();
    let Window::Append { into, max } = talk.window(Communicate::STDOUT, &mut pool) else {
        panic!("a capture grows");
    };
    assert!(bytes.len() <= max);
    into.extend_from_slice(bytes);
    talk.handle_read(Communicate::STDOUT, bytes.len());
}

/// A driver that came late used to cut the output unread.
#[test]
fn a_late_driver_loses_nothing() {
    let mut talk = collecting(64);
    let now = Moment::ORIGIN + SECOND;
    talk.handle_now(now);
    talk.handle_done(Communicate::EXIT, Duty::Observe, Done::Ok(0));
    talk.handle_now(now + SECOND);
    come(&mut talk, b"late");
    assert_eq!(talk.collected(Stream::Stdout), b"late");
    talk.handle_now(now + SECOND * 2);
    assert_eq!(talk.end(Stream::Stdout), None, "it is looked into once more");
    let _ = talk.window(Communicate::STDOUT, &mut Pool::default());
    talk.handle_now(now + SECOND * 2);
    assert_eq!(talk.end(Stream::Stdout), Some(StreamEnd::Cut));
}

/// The same in a relay.
#[test]
fn a_late_relay_loses_nothing() {
    let mut relay = Relay::exec(RelayOptions::default());
    let now = Moment::ORIGIN + SECOND;
    relay.handle_now(now);
    relay.handle_done(Relay::EXIT, Duty::Observe, Done::Ok(0));
    relay.handle_now(now + SECOND);
    assert!(relay.wants(Relay::STDOUT).read);
    let _ = relay.window(Relay::STDOUT, &mut Pool::default());
    relay.handle_now(now + SECOND);
    assert_eq!(relay.wants(Relay::CLIENT).duty, Some(Duty::CloseWrite));
}

/// The byte past the limit used to be lost when the output was taken and read on.
#[test]
fn taking_an_output_keeps_what_is_over_its_limit() {
    let mut capture = Capture::new(4);
    if let Window::Append { into, .. } = capture.window() {
        into.extend_from_slice(b"hello");
    }
    assert_eq!((capture.take(), capture.bytes()), (b"hell".to_vec(), &b"o"[..]));
}

/// The second time used to be told to nobody, and the output was read no more.
#[test]
fn a_limit_is_told_each_time() {
    let mut talk = collecting(4);
    for _ in 0..3 {
        come(&mut talk, b"hell");
        if !talk.has_event() {
            come(&mut talk, b"o");
        }
        assert_eq!(talk.next_event(), Some(CommunicateEvent::Limit(Stream::Stdout)));
        assert_eq!(talk.take_output(Stream::Stdout).len(), 4);
        assert!(talk.wants(Communicate::STDOUT).read);
    }
}

/// What a stopped child had written used to be dropped where the driver read in small pieces.
#[test]
fn a_stopped_childs_last_words_are_collected() {
    let program = Program::new([Act::Print("last words"), Act::Sleep(SECOND * 60)]);
    let call = Call { timeout: Some(SECOND), stop: Stop::kill(), ..Call::new(program) };
    for seed in 0..64 {
        let sim = Sim { driver: Readiness::byte_by_byte(seed), ..Sim::default() };
        assert_eq!(sim.communicate(&call).output().stdout, b"last words");
    }
}

/// A producer's bytes used not to count towards the high mark.
#[test]
fn a_producer_fills_a_queue() {
    struct Once(Option<Bytes>);
    impl Producer for Once {
        fn more(&mut self) -> More {
            self.0.take().map_or(More::End, More::Bytes)
        }
    }
    let mut queue = SendQueue::new(4, 2);
    queue.push_producer(Once(Some(Bytes::from_static(b"hello"))));
    assert!(queue.is_full());
}

/// With a small budget a port that always had something used to keep the child's exit from its turn.
#[test]
fn a_flood_keeps_no_port_from_its_turn() {
    let world = World::new(Readiness::whole());
    let (_far, near) = sim::pipe(16);
    let (stdout, flood) = sim::pipe(16);
    let pid = world.kernel().borrow_mut().spawn(&Program::cat(), Descriptors::default());
    let (_peer, client) = sim::connection(16);
    let ends =
        [sim::End::Socket(client), sim::End::Writer(near), sim::End::Reader(stdout), sim::End::Exit(pid)];
    let mut io = SimIo::new(ends, world.kernel(), Readiness::whole());
    let options = RelayOptions { stop: Stop::kill(), ..RelayOptions::default() };
    let mut relay = Relay::exec(options);
    let _ = advance(&mut relay, &mut io, world.now(), 1);
    relay.abort();
    let _ = flood.write(&[0; 16]);
    assert_ne!(advance(&mut relay, &mut io, world.now(), 1), Progress::Done);
    assert_eq!(world.kernel().borrow().running(), 0, "the child was killed in the first turn");
}

/// A server that had to be rid of its own bytes first used to keep the rest from being delivered.
#[test]
fn what_a_client_sent_before_its_reset_is_delivered_past_a_busy_server() {
    let clients = [vec![Step::Send(5000), Step::Reset]];
    for seed in 0..64 {
        let sim = Sim { capacity: 16, driver: Readiness::random(seed), ..Sim::default() };
        let served = sim.serve(&Service::new(Kind::Link, clients.clone()));
        assert!(served.reports[0].end.is_reset(), "{:?}", served.reports);
    }
}

/// Whoever reads the child's input after it used to keep the relay from its end.
#[test]
fn input_that_still_flows_does_not_put_off_the_end_of_a_dead_childs_output() {
    let mut relay = Relay::exec(RelayOptions::default());
    let mut pool = Pool::default();
    let mut now = Moment::ORIGIN + SECOND;
    relay.handle_now(now);
    relay.handle_done(Relay::EXIT, Duty::Observe, Done::Ok(0));
    for _ in 0..5 {
        now = now + Duration::from_millis(100);
        relay.handle_now(now);
        let _ = relay.window(Relay::STDOUT, &mut pool);
        if relay.wants(Relay::CLIENT).read && relay.window(Relay::CLIENT, &mut pool).room() > 0 {
            relay.handle_read(Relay::CLIENT, 1);
            relay.handle_written(Relay::STDIN, 1);
        }
    }
    assert_eq!(relay.wants(Relay::CLIENT).duty, Some(Duty::CloseWrite));
}

/// An end that nobody had asked for used to be carried across before there was a connection.
#[test]
fn a_server_that_is_not_connected_has_no_end() {
    let mut relay = Relay::link(RelayOptions::default(), 1);
    relay.handle_now(Moment::ORIGIN);
    relay.handle_eof(Relay::SERVER);
    relay.handle_read(Relay::SERVER, 7);
    assert_eq!(relay.wants(Relay::CLIENT).duty, None);
    relay.abort();
    assert_eq!(relay.wants(Relay::CLIENT).duty, Some(Duty::Reset));
}

/// A spare number that was a target as well used to be overwritten.
#[test]
fn a_spare_descriptor_is_none_that_the_command_names() {
    let command = Command::new("/bin/true")
        .descriptor(3, Stdio::Descriptor(4))
        .descriptor(4, Stdio::Descriptor(3))
        .descriptor(10, Stdio::Descriptor(5))
        .close_fds(false);
    let plan = |spare| Plan::new(&command, Parent { environment: &[], spare: Some(spare) });
    assert_eq!(plan(10), Err(PlanError::NoSpare));
    assert!(plan(11).is_ok());
}

/// A deadline used to be wanted after the end.
#[test]
fn who_is_done_wants_no_wake_up() {
    let mut talk = Communicate::new(CommunicateOptions::default());
    talk.set_deadline(Some(Moment::ORIGIN + SECOND));
    for duty in [Duty::Observe, Duty::Reap, Duty::Close] {
        talk.handle_done(Communicate::EXIT, duty, Done::Ok(0));
    }
    assert_eq!((talk.is_done(), talk.wake()), (true, None));
}

/// Two that only write come to an end: by the idle limit where nobody reads, by themselves where we do.
#[test]
fn two_that_only_write_come_to_an_end() {
    let options = RelayOptions { idle: Some(SECOND), ..RelayOptions::default() };
    for kind in [Kind::Echo, Kind::Link, Kind::Exec(Program::new([Act::Zeros(1 << 20), Act::Swallow]))] {
        let clients = [vec![Step::Deaf, Step::Send(1 << 20), Step::AwaitEnd]];
        let service = Service { options: options.clone(), ..Service::new(kind, clients) };
        let served = Sim::default().serve(&service);
        assert!(matches!(served.reports[0].end, End::TimedOut(_)), "{:?}", served.reports);
        assert_eq!(served.visits[0].end, Seen::Left);
    }
    let flood = Program::new([Act::Zeros(1 << 20), Act::Count]);
    let call = Call { input: Some(vec![0; 1 << 20]), ..Call::new(flood) };
    let output = Sim::default().communicate(&call).result.expect("it comes to its end");
    assert_eq!(&output.stdout[1 << 20..], b"1048576\n");
}

/// What had been sealed for a client that was gone used to keep its lent buffer. The simulation counts them.
#[test]
fn what_nobody_will_get_keeps_no_buffer() {
    let options = RelayOptions { stop: Stop::kill(), ..RelayOptions::default() };
    let clients = [vec![Step::Await(1), Step::Deaf, Step::Reset]];
    let service = Service::secured(Kind::Exec(Program::new([Act::Zeros(1 << 20)])), clients);
    let sim = Sim { capacity: 1000, ..Sim::default() };
    let served = sim.serve(&Service { options, ..service });
    assert!(served.reports[0].end.is_reset(), "{:?}", served.reports);
}

/// A peer that said so byte by byte used to be waited for until all of it had come.
#[test]
fn an_oversized_record_is_noticed_however_it_is_cut() {
    let clients = [vec![Step::Plain, Step::Raw(&[22, 3, 1, 0xff, 0xff]), Step::AwaitEnd]];
    let sim = Sim { driver: Readiness::byte_by_byte(0), ..Sim::default() };
    let served = sim.serve(&Service::secured(Kind::Echo, clients));
    assert_eq!(served.reports[0].end, End::Tls(TlsFault::new(TlsReason::TooLarge, None)));
}

/// What a write seals before it blocks makes room for a read, which used to be waited for untried.
#[test]
fn only_what_was_tried_is_waited_for() {
    let clients = [vec![Step::Send(20_000), Step::HalfClose, Step::AwaitEnd]];
    let service =
        Service { server_security: Some(EofPolicy::Error), ..Service::secured(Kind::Link, clients) };
    for seed in 0..8 {
        let driver = Readiness::random(seed);
        let served = Sim { capacity: 1000, driver, ..Sim::default() }.serve(&service);
        assert_eq!((served.reports[0].end, served.visits[0].end), (End::Clean, Seen::CloseNotify));
    }
}

/// A peer that announced too long a record used to be taken for one that speaks no TLS.
#[test]
fn an_oversized_record_is_told_from_garbage() {
    let end = |steps| Sim::default().serve(&Service::secured(Kind::Echo, [steps])).reports[0].end;
    let oversized = end(vec![Step::Plain, Step::Raw(&[22, 3, 1, 0xff, 0xff]), Step::AwaitEnd]);
    assert_eq!(oversized, End::Tls(TlsFault::new(TlsReason::TooLarge, None)));
    let garbage = end(vec![Step::Plain, Step::Send(100), Step::AwaitEnd]);
    assert_eq!(garbage, End::Tls(TlsFault::new(TlsReason::NotTls, None)));
}

/// A client that has got everything and leaves without a proper end: whether its end or the child's exit was looked at
/// first used to decide between a failure and a clean end. Here the child takes a moment to exit.
#[test]
fn whoever_has_got_everything_may_leave_as_it_likes() {
    let moment = Act::Sleep(Duration::from_millis(50));
    let program = Program::new([Act::Print("all of it"), Act::CloseOutput, moment, Act::Exit(0)]);
    let program = || Kind::Exec(program.clone());
    let served = Sim::default().serve(&Service::new(program(), [vec![Step::AwaitEnd, Step::Reset]]));
    assert_eq!((served.reports[0].end, served.reports[0].exit), (End::Clean, Some(Exit::Code(0))));
    let served = Sim::default().serve(&Service::secured(program(), [vec![Step::AwaitEnd, Step::Fin]]));
    assert_eq!((served.reports[0].end, served.reports[0].exit), (End::Clean, Some(Exit::Code(0))));
}

/// Even then a child that goes on is stopped, and never sees an end of input.
#[test]
fn a_child_that_goes_on_is_stopped_when_its_client_is_gone() {
    let program = Program::new([Act::Print("all of it"), Act::CloseOutput, Act::Swallow, Act::Exit(7)]);
    let served =
        Sim::default().serve(&Service::secured(Kind::Exec(program), [vec![Step::AwaitEnd, Step::Fin]]));
    assert_eq!(served.reports[0].end, End::Truncated);
    assert!(matches!(served.reports[0].exit, Some(Exit::Signal { .. })), "{:?}", served.reports);
}

/// A handler that answered used up the room that was told behind its event.
#[test]
fn room_is_told_where_there_is_some() {
    let options = ChannelOptions { high_water: 2, low_water: 1, ..ChannelOptions::default() };
    let (mut channel, mut pool) = (Channel::connected(options), Pool::default());
    let _room = channel.window(Channel::SOCKET, &mut pool);
    channel.handle_read(Channel::SOCKET, 1);
    assert_eq!(channel.out().push(b"xx"), Ok(()));
    channel.handle_written(Channel::SOCKET, 1);

    let (event, out) = channel.next_event().expect("what came");
    assert!(matches!(event, ChannelEvent::Data(_)));
    assert_eq!(out.push(b"x"), Ok(()));
    assert!(out.is_full() && channel.next_event().is_none());
    channel.handle_written(Channel::SOCKET, 2);
    assert!(matches!(channel.next_event(), Some((ChannelEvent::Room, _))));
}

/// Nobody drains what a direction drops, so a conduit would fill up.
#[test]
fn what_is_dropped_from_the_start_goes_into_no_conduit() {
    let mut relay = Relay::handed_over(RelayOptions::default()).spliced();
    relay.handle_done(Relay::EXIT, Duty::Observe, Done::Ok(0));
    assert_eq!(relay.next_event(), Some(RelayEvent::TakeBack));
    relay.taken_back();
    let window = relay.window(Relay::CLIENT, &mut Pool::default());
    assert!(matches!(window, Window::Slice(_)), "{window:?}");
}

/// Bytes that lie in a buffer already are in no conduit.
#[test]
fn a_relay_that_has_begun_keeps_what_it_holds() {
    let (mut relay, mut pool) = (Relay::link(RelayOptions::default(), 0), Pool::default());
    assert!(relay.window(Relay::CLIENT, &mut pool).room() > 0);
    relay.handle_read(Relay::CLIENT, 5);
    let mut relay = relay.spliced();
    let pending = relay.pending(Relay::SERVER, &mut pool);
    assert!(matches!(pending, Pending::Slice(bytes) if bytes.len() == 5), "{pending:?}");
}
