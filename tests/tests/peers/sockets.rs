//! Sockets by the original's calls, and a loop of handlers as a client, with Python's `asyncore` on the other side.

use std::cell::RefCell;
use std::io;
use std::net::Shutdown;
use std::rc::Rc;
use std::thread;

use standpipe_blocking::dispatch::{Channel, Dispatcher, Loop};
use standpipe_blocking::socket::constants::SOCK_STREAM;
use standpipe_blocking::socket::{Family, Received, Socket, SocketAddress, TimeoutMode};
use standpipe_core::End;
use standpipe_core::chat::SimpleProducer;
use standpipe_tests::bounded;
use standpipe_tests::peer::{LIMIT, Serving, asking, script};
use standpipe_tests::python::Python;

use crate::ours::{PEER, SIZE, assert_same, payload};

/// Holds a test with each Python that has it.
#[track_caller]
fn with_asyncore(test: fn(&Python)) {
    for python in Python::with_module("asyncore") {
        bounded(move || test(&python));
    }
}

fn server(python: &Python) -> Serving {
    Serving::announced(script(python, PEER, &["asyncore_answers", "-", "-"]), "port ")
}

fn socket() -> Socket {
    let mut socket = Socket::new(Family::INET, SOCK_STREAM, 0).expect("the kernel has it");
    socket.set_timeout(TimeoutMode::Timed(LIMIT));
    socket
}

fn local(port: u16) -> SocketAddress {
    format!("127.0.0.1:{port}").parse().expect("an address")
}

/// All that comes to the end.
fn everything(socket: &Socket) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        match socket.recv(&mut buffer).expect("a clean end") {
            Received::Eof => return all,
            received => all.extend_from_slice(&buffer[..received.len()]),
        }
    }
}

#[test]
fn a_socket_is_answered_after_its_half_close() {
    with_asyncore(|python| {
        let server = server(python);
        let mut ours = socket();
        ours.connect(&local(server.port())).expect("it listens");
        let second = ours.try_clone().expect("there are descriptors");
        let sending = thread::spawn(move || {
            second.send_all(&payload()).expect("it is read");
            second.shutdown(Shutdown::Write).expect("it is open");
        });
        assert_same(&everything(&ours), &payload());
        sending.join().expect("no panic");
    });
}

#[test]
fn a_socket_answers_after_its_clients_half_close() {
    with_asyncore(|python| {
        let mut listener = socket();
        listener.bind(&local(0)).expect("a port is free");
        listener.listen(1).expect("it is bound");
        let address = listener.local().expect("it is bound").to_string();
        let (_, port) = address.rsplit_once(':').expect("it has a port");
        let client = script(python, PEER, &["asyncore_asks", "-", port]);
        let client = thread::spawn(move || asking(client, payload()));
        let (mut ours, _) = listener.accept().expect("a client");
        ours.set_timeout(TimeoutMode::Timed(LIMIT));
        ours.send_all(&everything(&ours)).expect("it is read");
        ours.shutdown(Shutdown::Write).expect("it is open");
        assert_same(&client.join().expect("no panic").stdout, &payload());
    });
}

/// Sends everything and its end, and collects what comes back and how it ends.
#[derive(Clone, Default)]
struct Asking(Rc<RefCell<(Vec<u8>, Option<End>)>>);

impl Dispatcher for Asking {
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.push_with_producer(SimpleProducer::new(payload()))?;
        channel.close_write();
        Ok(())
    }

    fn handle_read(&mut self, _: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        self.0.borrow_mut().0.extend_from_slice(data);
        Ok(())
    }

    fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
        self.0.borrow_mut().1 = Some(end);
    }
}

#[test]
fn a_handler_is_answered_after_its_half_close() {
    with_asyncore(|python| {
        let server = server(python);
        let asking = Asking::default();
        let mut event_loop = Loop::new().expect("there are descriptors");
        let address = local(server.port()).to_string().parse().expect("an address");
        event_loop.connect(&address, asking.clone()).expect("it needs no look-up");
        event_loop.run().expect("it can wait");
        let (came, end) = asking.0.take();
        assert_eq!((came.len(), end), (SIZE, Some(End::Clean)));
        assert_same(&came, &payload());
    });
}
