//! The machines that are explored: [`SKETCHES`].

use std::time::Duration;

use standpipe_core::flow::{Relay, RelayOptions, SendQueue};
use standpipe_core::process::{Child, Communicate, CommunicateOptions, Pipeline, PipelineOptions, Stop};
use standpipe_core::signal::Signal;
use standpipe_core::socket::{Listen, ListenOptions};
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, Bytes, Moment, Pool, Secured, SecuredOptions, Target, advance};

use super::{Input, Matrix, Sketch, Verb};
use crate::sim::Readiness;
use crate::tls::cipher::{Version, sealed_record};
use crate::tls::{Lender, Link, Wire, provider, sessions};

/// Explores a machine.
pub type Explore = fn() -> Matrix;

/// Every machine by name.
pub const SKETCHES: &[(&str, Explore)] = &[
    ("child", child),
    ("communicate", communicate),
    ("listen", listen),
    ("pipeline", pipeline),
    ("relay-echo", relay_echo),
    ("relay-exec", relay_exec),
    ("relay-link", relay_link),
    ("secured", secured),
];

/// A byte, which is SIGTERM where signals are read.
const READ: Input = ("read", |_| vec![Signal::TERM.number() as u8]);
const READ_FULL: Input = ("read full", |room| vec![0; room]);

const SECOND: Duration = Duration::from_secs(1);
/// Later than every other timer of these machines.
const LATE: Moment = Moment::from_nanos(1 << 60);

fn child() -> Matrix {
    let verbs: &[Verb<Child>] = &[
        ("signal(TERM)", |child| child.signal(Target::Child, Signal::TERM)),
        ("stop()", |child| child.stop(&Stop::terminate(SECOND))),
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
    let inputs: &[Input] = &[
        ("data", |_| sealed_record(Version::Tls13, 23, b"x")),
        ("close_notify", |_| sealed_record(Version::Tls13, 21, &[1, 0])),
    ];
    Sketch { ports: &["socket"], make: agreed, inputs, verbs }.matrix()
}

fn agreed() -> Secured {
    let (client, server) = sessions(Provider::Custom(provider(Version::Tls13)));
    let [mut client, mut server] =
        [client, server].map(|session| Secured::new(Box::new(session), SecuredOptions::default()));
    let (mut lenders, mut link) = ([Lender::default(), Lender::default()], Link::new(1 << 20));
    while !(client.is_agreed() && server.is_agreed()) {
        for (index, machine) in [&mut client, &mut server].into_iter().enumerate() {
            let (side, ready) = (index == 1, &mut Readiness::whole());
            let mut wire = Wire { link: &mut link, side, ready, lender: &mut lenders[index] };
            let _ = advance(machine, &mut wire, Moment::ORIGIN, BUDGET);
            while machine.next_event().is_some() {}
        }
    }
    client
}
