//! A simulated server: a listener, its connections, and the clients that come.

use standpipe_core::flow::{Relay, RelayEvent, RelayOptions, Report};
use standpipe_core::socket::{Listen, ListenEvent, ListenOptions};
use standpipe_core::tls::Session;
use standpipe_core::{BUDGET, EofPolicy, Machine, Moment, Port, Wake};

use super::world::Turn;
use super::{Calls, Client, Descriptors, End, Listener, Sim, SimIo, Socket, World, Writer, connection, pipe};
use crate::client::Seen;
use crate::harness::{Kind, Served, Service, Visit, client_session, server_session};
use crate::program::Program;

/// A server with its clients on a machine of its own.
#[derive(Debug)]
pub struct Server<'a> {
    sim: &'a Sim,
    service: &'a Service,
    world: World,
    listen: Listen,
    io: SimIo,
    control: Option<Writer>,
    connections: Vec<Connection>,
    reports: Vec<Report>,
    pauses: usize,
    begun: Moment,
}

#[derive(Debug)]
struct Connection {
    relay: Relay,
    io: SimIo,
    /// How many lent buffers it may hold: one in each direction, and one for what each layer has sealed.
    lent: usize,
    /// The connection that a child has as well, until it is asked for.
    away: Option<Socket>,
    /// Whether it is not the server's at all, but the one of the suite's own server that a link leads to.
    is_far: bool,
}

impl<'a> Server<'a> {
    /// A server to which all clients have connected.
    pub fn new(sim: &'a Sim, service: &'a Service) -> Self {
        let mut world = World::new(sim.others.clone());
        let mut listener = Listener { descriptors: service.descriptors, ..Listener::default() };
        for steps in &service.clients {
            let (server, client) = connection(sim.capacity);
            listener.waiting.push_back(server);
            world.add(match service.client_security {
                Some(_) => Client::secured(client, steps),
                None => Client::new(client, steps),
            });
        }
        let (control, writer) = pipe(sim.capacity);
        let options = ListenOptions {
            max_connections: service.max_connections,
            drain: service.drain,
            ..ListenOptions::default()
        };
        Self {
            sim,
            service,
            listen: Listen::new(options),
            io: SimIo::new(
                [End::Listener(listener), End::Reader(control)],
                world.kernel(),
                sim.driver.clone(),
            ),
            control: Some(writer),
            connections: Vec::new(),
            reports: Vec::new(),
            pauses: 0,
            begun: world.now(),
            world,
        }
    }

    /// Serves until every client is gone and every connection has come to its end.
    ///
    /// # Panics
    /// When the server cannot come to its end, or leaves something behind.
    pub fn run(mut self) -> Served {
        while !self.round() {}
        self.world.settle();
        let kernel = self.world.kernel().borrow();
        assert_eq!((kernel.zombies(), kernel.strangers_hit()), (0, 0), "no zombie, and no stranger hit");
        let visit = |client: &Client| Visit {
            received: client.received().to_vec(),
            end: client.end().unwrap_or(Seen::Left),
        };
        Served {
            visits: self.world.clients().iter().map(visit).collect(),
            reports: self.reports,
            pauses: self.pauses,
            took: self.world.now().since(self.begun),
        }
    }

    /// One turn of everybody. Whether the server is done.
    fn round(&mut self) -> bool {
        let listening = self.listen();
        let relaying = self.relay();
        if self.world.drains() || self.has_served_all() {
            self.control.take().into_iter().for_each(|control| {
                let _ = control.write(&[1]);
            });
        }
        match (listening, relaying) {
            (Turn::Done, _) => return true,
            (Turn::Waits(first), Turn::Waits(second)) => {
                let waited = self.world.wait(Wake::earliest(first, second));
                assert_eq!(waited, Ok(()), "a server comes to its end: {self:#?}");
            }
            _ => {
                self.world.step();
            }
        }
        false
    }

    fn has_served_all(&self) -> bool {
        self.reports.len() == self.service.clients.len()
    }

    fn listen(&mut self) -> Turn {
        let mut event = None;
        let turn = self.world.turn(&mut self.listen, &mut self.io, BUDGET, |listen, _| {
            event = listen.next_event();
        });
        match event {
            Some(ListenEvent::Accepted) | None => {}
            Some(ListenEvent::Paused(_)) => self.pauses += 1,
            Some(ListenEvent::Abort) => self.connections.iter_mut().for_each(|served| served.relay.abort()),
            Some(event) => panic!("an unexpected event: {event:?}"),
        }
        let accepted =
            self.io.listener(Listen::SOCKET).map(|listener| std::mem::take(&mut listener.accepted));
        for socket in accepted.unwrap_or_default() {
            let connection = self.couple(socket);
            self.connections.push(connection);
        }
        turn
    }

    /// Whether any connection can go on, or when the first wants to be woken.
    fn relay(&mut self) -> Turn {
        let mut all = Turn::Waits(None);
        let mut left = Vec::new();
        for mut served in std::mem::take(&mut self.connections) {
            let turn = self.turn(&mut served);
            // What moved may have made ready what another connection has tried before.
            if served.io.take_moved() {
                all = Turn::Goes;
            }
            match (turn, all) {
                (Turn::Done, _) => {
                    self.end(&served);
                    all = Turn::Goes;
                    continue;
                }
                (Turn::Waits(wake), Turn::Waits(others)) => {
                    assert!(served.is_busy() || served.io.lent() == 0, "who is idle holds no buffer");
                    all = Turn::Waits(Wake::earliest(wake, others));
                }
                _ => all = Turn::Goes,
            }
            left.push(served);
        }
        self.connections = left;
        all
    }

    fn turn(&mut self, served: &mut Connection) -> Turn {
        let mut event = None;
        let turn = self.world.turn(&mut served.relay, &mut served.io, self.service.budget, |relay, _| {
            event = relay.next_event();
        });
        match (event, &self.service.kind) {
            (Some(RelayEvent::Secured), Kind::Exec(program)) => {
                served.io.extend(self.spawn(program));
                served.relay.spawned();
            }
            (Some(RelayEvent::TakeBack), _) => {
                let socket = served.away.take().expect("it is asked for once");
                served.io.put(Relay::CLIENT, End::Socket(socket));
                served.relay.taken_back();
            }
            _ => {}
        }
        turn
    }

    fn end(&mut self, served: &Connection) {
        let Calls { lent, .. } = served.io.calls();
        assert_eq!((served.io.open(), served.io.lent()), (0, 0), "nothing stays open, nothing stays lent");
        assert!(lent <= served.lent, "{lent} lent buffers are more than {}", served.lent);
        if served.is_far {
            return;
        }
        self.reports.extend(served.relay.report());
        self.listen.release();
        if let Some(listener) = self.io.listener(Listen::SOCKET) {
            listener.descriptors = listener.descriptors.saturating_add(1);
        }
    }

    fn couple(&mut self, client: Socket) -> Connection {
        let options = self.service.options.clone();
        let mut away = None;
        let (relay, ends) = match &self.service.kind {
            Kind::Echo => (Relay::echo(options), vec![End::Socket(client)]),
            Kind::Link => (Relay::link(options, 2), vec![End::Socket(client), self.server()]),
            Kind::Exec(_) if self.service.client_security.is_some() => {
                (Relay::exec_secured(options), vec![End::Socket(client)])
            }
            Kind::Exec(program) => {
                let [stdin, stdout, exit] = self.spawn(program);
                (Relay::exec(options), vec![End::Socket(client), stdin, stdout, exit])
            }
            Kind::HandedOver(program) => {
                let exit = self.spawn_on(program, client.clone());
                away = Some(client);
                (Relay::handed_over(options), vec![End::Closed, End::Closed, End::Closed, exit])
            }
        };
        let relay = if self.service.splices { relay.spliced() } else { relay };
        let mut connection = Connection { lent: 2, away, ..self.connection(relay, ends) };
        if let Some(eof) = self.service.client_security {
            connection = connection.secured(Relay::CLIENT, server_session(), eof);
        }
        if let Some(eof) = self.service.server_security.filter(|_| self.service.kind == Kind::Link) {
            connection = connection.secured(Relay::SERVER, client_session(true), eof);
        }
        connection
    }

    fn connection(&self, relay: Relay, ends: Vec<End>) -> Connection {
        let io = SimIo::new(ends, self.world.kernel(), self.sim.driver.clone());
        Connection { relay, io, lent: 1, away: None, is_far: false }
    }

    /// A server that echoes, behind an address at which nobody listens.
    fn server(&mut self) -> End {
        let (ours, theirs) = connection(self.sim.capacity);
        match self.service.server_security {
            Some(_) => self.start_secured_server(theirs),
            None => self.start_server(theirs),
        }
        End::Candidates(vec![None, Some(ours)])
    }

    fn start_server(&self, socket: Socket) {
        let (stdin, stdout) = socket.split();
        let descriptors = Descriptors { stdin: Some(stdin), stdout, stderr: None };
        self.world.kernel().borrow_mut().start(&Program::cat(), descriptors);
    }

    fn start_secured_server(&mut self, socket: Socket) {
        let relay = Relay::echo(RelayOptions::default());
        let far = Connection { is_far: true, ..self.connection(relay, vec![End::Socket(socket)]) };
        self.connections.push(far.secured(Relay::CLIENT, server_session(), EofPolicy::Error));
    }

    /// Starts a child whose standard input and output are a connection.
    fn spawn_on(&self, program: &Program, socket: Socket) -> End {
        let (stdin, stdout) = socket.split();
        let child = Descriptors { stdin: Some(stdin), stdout, stderr: None };
        End::Exit(self.world.kernel().borrow_mut().spawn(program, child))
    }

    fn spawn(&self, program: &Program) -> [End; 3] {
        let ((child_stdin, stdin), (stdout, child_stdout)) =
            (pipe(self.sim.capacity), pipe(self.sim.capacity));
        let child = Descriptors { stdin: Some(child_stdin), stdout: Some(child_stdout), stderr: None };
        let pid = self.world.kernel().borrow_mut().spawn(program, child);
        [End::Writer(stdin), End::Reader(stdout), End::Exit(pid)]
    }
}

impl Connection {
    fn secured(mut self, port: Port, session: Session, eof: EofPolicy) -> Self {
        self.relay = self.relay.with_layer(port, Box::new(session), eof);
        self.lent += 1;
        self
    }

    /// Whether something is under way, or a handshake is not over.
    fn is_busy(&self) -> bool {
        Port::first(self.relay.ports()).any(|port| {
            let shaking = self.relay.layer(port).is_some_and(|layer| !layer.may_send());
            shaking || self.relay.wants(port).write
        })
    }
}
