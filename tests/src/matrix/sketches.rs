//! The machines that are explored: [`SKETCHES`].

use std::time::Duration;

use standpipe_core::chat::{Chat, ChatOptions, MessageOptions, Terminator};
use standpipe_core::dispatch::{Channel, ChannelOptions};
use standpipe_core::flow::{Relay, RelayOptions, SendQueue};
use standpipe_core::process::{Child, Communicate, CommunicateOptions, Pipeline, PipelineOptions, Stop};
use standpipe_core::signal::Signal;
use standpipe_core::socket::{Listen, ListenOptions};
use standpipe_core::tls::{Greeting, Provider};
use standpipe_core::{
    BUDGET, Bytes, Handshake, Layer, Machine, Moment, Pool, Secured, SecuredOptions, Target, Unwrap, advance,
};

use super::{Input, Matrix, Sketch, Verb};
use crate::sim::Readiness;
use crate::tls::cipher::{Version, sealed_record};
use crate::tls::{Lender, Link, Wire, provider, sessions};

/// Explores a machine.
pub type Explore = fn() -> Matrix;

/// Every machine by name.
pub const SKETCHES: &[(&str, Explore)] = &[
    ("channel", channel),
    ("channel-layered", channel_layered),
    ("chat", chat),
    ("child", child),
    ("communicate", communicate),
    ("greeting", greeting),
    ("handshake", handshake),
    ("listen", listen),
    ("pipeline", pipeline),
    ("relay-echo", relay_echo),
    ("relay-exec", relay_exec),
    ("relay-link", relay_link),
    ("secured", secured),
    ("unwrap", unwrap),
];

/// A byte, which is SIGTERM where signals are read.
const READ: Input = ("read", |_| vec![Signal::TERM.number() as u8]);
const READ_FULL: Input = ("read full", |room| vec![0; room]);

const SEALED: &[Input] = &[
    ("data", |_| sealed_record(Version::Tls13, 23, b"x")),
    ("close_notify", |_| sealed_record(Version::Tls13, 21, &[1, 0])),
];

const SECOND: Duration = Duration::from_secs(1);
/// Later than every other timer of these machines.
const LATE: Moment = Moment::from_nanos(1 << 60);

fn channel_options() -> ChannelOptions {
    ChannelOptions { high_water: 1, low_water: 0, ..ChannelOptions::default() }
}

fn channel() -> Matrix {
    let verbs: &[Verb<Channel>] = &[
        ("push()", |channel| _ = channel.out().push(b"x")),
        ("set_urgent()", |channel| channel.out().set_urgent(true)),
        ("close_write()", |channel| channel.out().close_write()),
        ("close_when_done()", |channel| channel.out().close_when_done()),
        ("close()", |channel| channel.out().close()),
        ("abort()", |channel| channel.out().abort()),
    ];
    let make = || Channel::connecting(None, channel_options());
    Sketch { ports: &["socket"], make, inputs: &[READ], verbs }.matrix()
}

/// A client's, after its handshake.
fn channel_layered() -> Matrix {
    let make = || {
        let make = |layer| Channel::layered(layer, channel_options());
        agreed(make, |channel| while channel.next_event().is_some() {}, Channel::is_connected)
    };
    let verbs: &[Verb<Channel>] = &[
        ("push()", |channel| _ = channel.out().push(b"x")),
        ("end_layer()", |channel| _ = channel.end_layer()),
        ("close_write()", |channel| channel.out().close_write()),
        ("close()", |channel| channel.out().close()),
        ("abort()", |channel| channel.out().abort()),
    ];
    Sketch { ports: &["socket"], make, inputs: SEALED, verbs }.matrix()
}

/// With messages of up to one byte.
fn chat() -> Matrix {
    let make = || {
        let message = MessageOptions { limit: 1, ..MessageOptions::default() };
        Chat::new(Terminator::LF, ChatOptions { message, channel: channel_options() })
    };
    let verbs: &[Verb<Chat>] = &[
        ("push()", |chat| _ = chat.handle().push(b"x")),
        ("close_when_done()", |chat| chat.handle().close_when_done()),
        ("close()", |chat| chat.handle().close()),
    ];
    let inputs: &[Input] =
        &[("message", |_| b"\n".to_vec()), ("part", |_| b"x".to_vec()), ("too much", |_| b"xx".to_vec())];
    Sketch { ports: &["socket"], make, inputs, verbs }.matrix()
}

fn child() -> Matrix {
    let verbs: &[Verb<Child>] = &[
        ("signal(TERM)", |child| child.signal(Target::Child, Signal::TERM)),
        // Its steps are told at once, so that they do not stand beside all else.
        ("stop()", |child| {
            child.stop(&Stop::terminate(SECOND));
            while child.next_event().is_some() {}
        }),
    ];
    Sketch { ports: &["exit"], make: Child::new, inputs: &[], verbs }.matrix()
}

fn communicate() -> Matrix {
    let make = || {
        let mut input = SendQueue::new(1, 0);
        input.push(Bytes::from_static(b"x"));
        let (input, stdout, limit) = (Some(input), true, 2);
        Communicate::new(CommunicateOptions { input, stdout, limit, ..CommunicateOptions::default() })
    };
    let ports = &["stdin", "stdout", "stderr", "exit"];
    let verbs: &[Verb<Communicate>] = &[("stop()", |talk| talk.stop(&Stop::kill()))];
    Sketch { ports, make, inputs: &[READ, READ_FULL], verbs }.matrix()
}

fn listen() -> Matrix {
    let make = || Listen::new(ListenOptions { max_connections: 2, ..ListenOptions::default() });
    let verbs: &[Verb<Listen>] = &[("release()", Listen::release), ("stop()", Listen::stop)];
    Sketch { ports: &["socket", "control"], make, inputs: &[READ], verbs }.matrix()
}

fn pipeline() -> Matrix {
    let make = || {
        let mut pipeline = Pipeline::new(PipelineOptions { stages: 2, stop: Stop::kill() });
        pipeline.set_deadline(Some(LATE));
        pipeline
    };
    Sketch { ports: &["control", "leader", "last"], make, inputs: &[READ], verbs: &[] }.matrix()
}

fn options() -> RelayOptions {
    RelayOptions { stop: Stop::kill(), ..RelayOptions::default() }
}

fn relay(ports: &'static [&'static str], make: fn() -> Relay) -> Matrix {
    Sketch { ports, make, inputs: &[READ], verbs: &[("abort()", Relay::abort)] }.matrix()
}

fn relay_echo() -> Matrix {
    relay(&["client"], || Relay::echo(options()))
}

fn relay_exec() -> Matrix {
    relay(&["client", "stdin", "stdout", "exit"], || Relay::exec(options()))
}

fn relay_link() -> Matrix {
    relay(&["client", "server"], || Relay::link(options(), 1))
}

/// A client after its handshake.
fn secured() -> Matrix {
    let verbs: &[Verb<Secured>] = &[
        ("send()", |secured| _ = secured.send(b"x", &mut Pool::default())),
        ("take()", |secured| _ = secured.take(&mut [0; 8])),
        ("close_write()", Secured::close_write),
        ("close()", Secured::close),
        ("abort()", Secured::abort),
    ];
    let make = || {
        let make = |layer| Secured::new(layer, SecuredOptions::default());
        agreed(make, |secured| while secured.next_event().is_some() {}, Secured::is_agreed)
    };
    Sketch { ports: &["socket"], make, inputs: SEALED, verbs }.matrix()
}

fn hello(_: usize) -> Vec<u8> {
    let (mut client, _) = sessions(Provider::Custom(provider(Version::Tls13)));
    client.start();
    client.pending().to_vec()
}

/// What begins a connection, and what does not.
const FIRST: &[Input] = &[("ClientHello", hello), ("plain text", |_| b"GET / HTTP/1.1\r\n".to_vec())];

fn greeting() -> Matrix {
    let make = || {
        let mut greeting = Greeting::new();
        greeting.set_deadline(Some(LATE));
        greeting
    };
    Sketch { ports: &["socket"], make, inputs: FIRST, verbs: &[("abort()", Greeting::abort)] }.matrix()
}

/// A server's.
fn handshake() -> Matrix {
    let make = || {
        let (_, server) = sessions(Provider::Custom(provider(Version::Tls13)));
        let mut handshake = Handshake::new(Box::new(server));
        handshake.set_deadline(Some(LATE));
        handshake
    };
    Sketch { ports: &["socket"], make, inputs: FIRST, verbs: &[("abort()", Handshake::abort)] }.matrix()
}

/// A client's, after its handshake.
fn unwrap() -> Matrix {
    let make = || {
        let shaken = agreed(Handshake::new, |_| {}, Handshake::is_done).finish();
        let mut unwrap = Unwrap::new(shaken.expect("they come to terms"));
        unwrap.set_deadline(Some(LATE));
        unwrap
    };
    Sketch { ports: &["socket"], make, inputs: SEALED, verbs: &[("abort()", Unwrap::abort)] }.matrix()
}

/// One of two machines after their handshake, its events taken: the client's.
fn agreed<M: Machine>(make: fn(Box<dyn Layer>) -> M, take: fn(&mut M), is_agreed: fn(&M) -> bool) -> M {
    let (client, server) = sessions(Provider::Custom(provider(Version::Tls13)));
    let [mut client, mut server] = [client, server].map(|session| make(Box::new(session)));
    let (mut lenders, mut link) = ([Lender::default(), Lender::default()], Link::new(1 << 20));
    while !(is_agreed(&client) && is_agreed(&server)) {
        for (index, machine) in [&mut client, &mut server].into_iter().enumerate() {
            let (side, ready) = (index == 1, &mut Readiness::whole());
            let mut wire = Wire { link: &mut link, side, ready, lender: &mut lenders[index] };
            let _ = advance(machine, &mut wire, Moment::ORIGIN, BUDGET);
            take(machine);
        }
    }
    client
}
