//! A TLS echo server in one loop, and a client in the same loop that talks to it.

use std::sync::Arc;

use standpipe_mio::standpipe_core::socket::Listen;
use standpipe_mio::standpipe_core::{Machine, Secured};
use standpipe_mio::tls::{self, Context, ContextOptions, Identity, Provider, Roots, SystemClock, Trust};
use standpipe_mio::{Ends, Key, ListenOptions, Loop, SecuredEvent, Task, Turned, bind, connect_to};
use standpipe_sys::socket::{Purpose, resolve};

enum Job {
    Listener((Listen, Ends)),
    Connection((Secured, Ends)),
}

impl Task for Job {
    fn parts(&mut self) -> (&mut dyn Machine, &mut Ends) {
        match self {
            Self::Listener(listener) => listener.parts(),
            Self::Connection(connection) => connection.parts(),
        }
    }
}

/// Sends back what has come, as far as there is room; the rest follows when that has left.
fn echo(event_loop: &mut Loop<Job>, key: Key) {
    let Some((Job::Connection((connection, _)), lend)) = event_loop.borrow(key) else { return };
    while connection.next_event().is_some() {}
    while !connection.plain().is_empty() {
        let data = connection.plain().to_vec();
        match connection.send(&data, lend) {
            Ok(0) | Err(_) => break,
            Ok(sent) => connection.consume(sent),
        }
    }
    if connection.receiving_end().is_some() && connection.plain().is_empty() {
        connection.close_write();
    }
}

fn accept(event_loop: &mut Loop<Job>, key: Key, context: &Context) -> Result<(), Box<dyn std::error::Error>> {
    let Some(Job::Listener((listen, ends))) = event_loop.get_mut(key) else { return Ok(()) };
    while listen.next_event().is_some() {}
    let accepted: Vec<_> = ends
        .acceptor(Listen::SOCKET)
        .into_iter()
        .flat_map(|waiting| std::iter::from_fn(|| waiting.take()))
        .collect();
    for accepted in accepted {
        // Before its handshake, which runs in a slot of its own.
        event_loop.insert(Job::Connection(tls::server(accepted.stream, context)?))?;
    }
    Ok(())
}

fn options() -> ContextOptions {
    #[cfg(feature = "aws-lc-rs")]
    let provider = Provider::AwsLcRs;
    #[cfg(not(feature = "aws-lc-rs"))]
    let provider = Provider::Ring;
    ContextOptions::new(provider, Arc::new(SystemClock))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()])?;
    let identity = Identity::from_der(vec![made.cert.der().to_vec()], made.signing_key.serialize_der())?;
    let mut roots = Roots::default();
    roots.add_der(made.cert.der().to_vec())?;
    let server = Context::server(identity, None, options())?;
    let client = Context::client(Trust::Roots(roots), None, options())?;

    let mut event_loop = Loop::new()?;
    let bound = bind(&"127.0.0.1:0".parse()?)?;
    let address = bound.local().to_string().parse()?;
    let ends = Ends::default().with(Listen::SOCKET, bound.into_acceptor());
    let listener = event_loop.insert(Job::Listener((Listen::new(ListenOptions::default()), ends)))?;

    let stream = connect_to(resolve(&address, Purpose::Connect)?, None)?;
    let asker = event_loop.insert(Job::Connection(tls::client(stream, &client, "localhost")?))?;
    let mut answer = Vec::new();
    while let Some(turned) = event_loop.next()? {
        match turned {
            Turned::Events(key) if key == listener => accept(&mut event_loop, key, &server)?,
            Turned::Events(key) if key == asker => {
                let Some((Job::Connection((asker, _)), lend)) = event_loop.borrow(key) else { break };
                while let Some(event) = asker.next_event() {
                    if event == SecuredEvent::Agreed {
                        asker.send(b"hello", lend)?;
                        asker.close_write();
                    }
                }
                answer.extend_from_slice(asker.plain());
                asker.consume(asker.plain().len());
            }
            Turned::Events(key) => echo(&mut event_loop, key),
            Turned::Done(key) => {
                event_loop.remove(key);
                if key == asker {
                    break;
                }
            }
        }
    }
    assert_eq!(answer, b"hello");
    Ok(())
}
