//! A server of one of the backends with real clients: [`host`].

use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::{fs, io};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use standpipe_core::EofPolicy;
use standpipe_core::flow::Report;
use standpipe_core::process::Command;
use standpipe_core::signal::Signal;
use standpipe_core::socket::{Address, ListenOptions};
use standpipe_core::tls::Session;
use standpipe_sys::socket::{Purpose, bind, resolve};
use standpipe_sys::{Clock, Control, Front, Security, ServerEvent, Service as Served_, Work, control_pipe};
use standpipe_tests::client::Step;
use standpipe_tests::harness::{Kind, Served, Service, Visit, client_session, server_session};

use crate::guest::{Guest, Party};
use crate::secured;

/// What the server's log comes to.
#[derive(Default)]
struct Ledger {
    reports: Vec<Report>,
    gone: usize,
    pauses: usize,
}

/// Serves the clients of a service by `serve`, which runs a server to its end.
pub(crate) fn host(service: &Service, serve: impl FnOnce(Front<'_>) -> io::Result<()>) -> Served {
    let clock = Clock::start();
    let begun = clock.now();
    let echo = Echo::new(service.server_security.is_some());
    let bound = bind(&address(0)).expect("a free port");
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, bound.local().port().expect("a TCP listener")));
    let (control, ask) = control_pipe().expect("a pipe");
    let connect = |steps: &Vec<Step>| match service.client_security {
        Some(_) => Guest::connect_secured(server, steps),
        None => Guest::connect(server),
    };
    let guests: Vec<Guest> = service.clients.iter().map(connect).collect();
    let limit = DescriptorLimit::new(service.descriptors);
    let ledger = Mutex::new(Ledger::default());
    let log = |event| ledger.lock().expect("no panic").enter(event, service.clients.len(), &ask);
    let work = Served_ {
        budget: service.budget,
        client_security: service.client_security.map(|eof| security(eof, server_session)),
        server_security: service.server_security.map(|eof| security(eof, || client_session(true))),
        splices: service.splices,
        hands_over: matches!(service.kind, Kind::HandedOver(_)),
        ..Served_::new(work(&service.kind, &echo), service.options.clone())
    };
    let options = ListenOptions {
        max_connections: service.max_connections,
        drain: service.drain,
        ..ListenOptions::default()
    };
    let meeting = service.clients.iter().filter(|steps| steps.contains(&Step::Meet)).count();
    let party = Party { meeting: Barrier::new(meeting), control: ask.clone() };
    let visits: Vec<Visit> = thread::scope(|scope| {
        let party = &party;
        let visit = |(guest, steps): (Guest, &'_ Vec<Step>)| {
            let steps = steps.clone();
            scope.spawn(move || guest.visit(&steps, party))
        };
        let visits: Vec<_> = guests.into_iter().zip(&service.clients).map(visit).collect();
        serve(Front::new(bound, work, options, control, log)).expect("a server runs to its end");
        visits.into_iter().map(|visit| visit.join().expect("a client does not panic")).collect()
    });
    drop(limit);
    echo.stop();
    let Ledger { reports, pauses, .. } = ledger.into_inner().expect("no panic");
    Served { visits, reports, pauses, took: clock.now().since(begun) }
}

impl Ledger {
    /// When the last client is gone the server is told to finish.
    fn enter(&mut self, event: ServerEvent, clients: usize, control: &Control) {
        match event {
            ServerEvent::Ended(_, report) => {
                self.reports.push(report);
                self.gone += 1;
            }
            ServerEvent::Refused(..) | ServerEvent::Lost(..) => self.gone += 1,
            ServerEvent::Paused(_) => self.pauses += 1,
            _ => return,
        }
        if self.gone == clients {
            control.ask(Signal::TERM);
        }
    }
}

fn address(port: u16) -> Address {
    Address::Tcp { host: Some(Ipv4Addr::LOCALHOST.to_string()), port }
}

fn security(eof: EofPolicy, session: fn() -> Session) -> Security {
    Security { layer: Arc::new(move || Box::new(session())), eof }
}

/// A link is first tried to an address at which nobody listens.
fn work(kind: &Kind, echo: &Echo) -> Work {
    match kind {
        Kind::Echo => Work::Echo,
        Kind::Exec(program) | Kind::HandedOver(program) => Work::Exec(Command::shell(program.shell())),
        Kind::Link => {
            let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
            let ports = [nobody.expect("a free port").port(), echo.port];
            let candidates = ports.map(|port| resolve(&address(port), Purpose::Connect).expect("a number"));
            Work::Link(candidates.concat())
        }
    }
}

/// So many more descriptors than are open, for as long as this lives.
struct DescriptorLimit(Rlimit);

impl DescriptorLimit {
    fn new(more: usize) -> Self {
        let before = getrlimit(Resource::Nofile);
        let open = fs::read_dir("/proc/self/fd").expect("proc is mounted").count();
        let lowered = u64::try_from(open.saturating_add(more)).unwrap_or(u64::MAX);
        if before.current.is_none_or(|current| lowered < current) {
            setrlimit(Resource::Nofile, Rlimit { current: Some(lowered), ..before })
                .expect("a limit may be lowered");
        }
        Self(before)
    }
}

impl Drop for DescriptorLimit {
    fn drop(&mut self) {
        let _ = setrlimit(Resource::Nofile, Rlimit { ..self.0 });
    }
}

/// The suite's own server: it sends back what comes, and carries half-closes across.
struct Echo {
    port: u16,
    thread: thread::JoinHandle<()>,
    over: Arc<AtomicBool>,
}

impl Echo {
    fn new(is_secured: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a TCP listener").port();
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let thread = thread::spawn(move || {
            thread::scope(|scope| {
                for stream in listener.incoming().map_while(Result::ok) {
                    if seen.load(Ordering::SeqCst) {
                        return;
                    }
                    scope.spawn(move || match is_secured {
                        true => secured::send_back(&stream),
                        false => send_back(&stream),
                    });
                }
            });
        });
        Self { port, thread, over }
    }

    fn stop(self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        self.thread.join().expect("no panic");
    }
}

fn send_back(mut stream: &TcpStream) -> io::Result<()> {
    let mut also = stream;
    io::copy(&mut stream, &mut also)?;
    stream.shutdown(Shutdown::Write)
}
