//! Datagrams: what comes and goes in a loop, of either family.

use std::io;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use standpipe_core::dispatch::{Key, TimerKey};
use standpipe_core::socket::DatagramOptions;
use standpipe_core::{End, Fault};
use standpipe_sys::dispatch::{
    Channel, ConnectionOptions, Datagram, DatagramHandler, DatagramSocket, Dispatcher,
};
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{Dispatching, Scenario, Verdict};

use super::event_loop::Loop;
use super::support::{
    Echo as EchoStream, LIMIT, Log, event_loop, fine, heard, many, pair, plain, run_until, run_until_idle,
    say, verdict,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("datagrams_are_sent_back_whole_and_empty_ones_as_well", echo),
    many("datagrams_of_the_unix_family_are_sent_back", unix_echo),
    plain("a_receiver_that_is_gone_is_told_and_the_next_is_reached", gone),
    plain("a_datagram_that_is_too_long_is_told_and_the_next_leaves", too_long),
    many("a_burst_of_datagrams_lets_others_have_their_turn", burst),
    many("a_full_queue_of_datagrams_takes_no_more_and_loses_none", full),
    plain("a_receiver_without_room_is_tried_again", without_room),
    plain("what_came_while_no_datagram_is_wanted_is_told_afterwards", unwanted),
    plain("a_datagram_that_is_longer_than_a_buffer_says_so", cut),
    many("a_timer_of_a_socket_for_datagrams_is_told_to_its_handler", timer),
    plain("an_error_of_its_handler_closes_a_socket_for_datagrams", error),
    plain("a_connection_and_a_socket_for_datagrams_reach_one_another", one_another),
    plain("a_stop_lets_datagrams_leave_that_wait", stop),
    plain("a_socket_for_datagrams_is_closed_with_its_loop", closed_with),
    plain("a_stream_is_no_socket_for_datagrams", no_datagrams),
];

/// Writes down what it is told, then answers.
struct Hearing<A> {
    log: Log,
    answer: A,
}

impl<A: FnMut(&str, &mut DatagramSocket<'_>) -> io::Result<()>> Hearing<A> {
    fn told(&mut self, told: &str, socket: &mut DatagramSocket<'_>) -> io::Result<()> {
        self.log.push(told);
        (self.answer)(told, socket)
    }
}

impl<A: FnMut(&str, &mut DatagramSocket<'_>) -> io::Result<()>> DatagramHandler for Hearing<A> {
    fn handle_datagram(&mut self, socket: &mut DatagramSocket<'_>, datagram: Datagram<'_>) -> io::Result<()> {
        let cut = if datagram.is_cut() { " of more" } else { "" };
        let told = match datagram.bytes.len() {
            0..=16 => format!("got {}", String::from_utf8_lossy(datagram.bytes)),
            len => format!("got {len} bytes{cut}"),
        };
        self.told(&told, socket)
    }

    fn handle_room(&mut self, socket: &mut DatagramSocket<'_>) -> io::Result<()> {
        self.told("room", socket)
    }

    fn handle_timer(&mut self, socket: &mut DatagramSocket<'_>, _: TimerKey) -> io::Result<()> {
        self.told("timer", socket)
    }

    fn handle_fault(&mut self, socket: &mut DatagramSocket<'_>, fault: Fault) -> io::Result<()> {
        self.told(&format!("fault {:?}", fault.kind()), socket)
    }

    fn handle_error(&mut self, _: &mut DatagramSocket<'_>, error: &io::Error) {
        self.log.push(format!("error {error}"));
    }

    fn handle_close(&mut self, end: End) {
        self.log.push(format!("closed {end}"));
    }
}

/// Sends back what it gets.
struct Echo;

impl DatagramHandler for Echo {
    fn handle_datagram(&mut self, socket: &mut DatagramSocket<'_>, datagram: Datagram<'_>) -> io::Result<()> {
        datagram.from.map_or(Ok(()), |from| socket.send_to(datagram.bytes, from))
    }
}

/// Puts a socket into the loop whose handler answers so.
fn hear<'a>(
    event_loop: &mut Loop<'a>,
    socket: impl Into<OwnedFd>,
    options: DatagramOptions,
    log: &Log,
    answer: impl FnMut(&str, &mut DatagramSocket<'_>) -> io::Result<()> + 'a,
) -> Key {
    let hearing = Hearing { log: log.clone(), answer };
    event_loop.insert_datagrams(socket, options, hearing).expect("it is one for datagrams")
}

fn udp() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    socket.set_read_timeout(Some(LIMIT)).expect("a socket");
    socket
}

/// Two that are connected to each other.
fn unix_pair() -> (UnixDatagram, UnixDatagram) {
    let (ours, theirs) = UnixDatagram::pair().expect("a pair");
    theirs.set_read_timeout(Some(LIMIT)).expect("a socket");
    (ours, theirs)
}

fn echo(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (ours, client) = (udp(), udp());
    client.connect(ours.local_addr().expect("it has one")).expect("it is there");
    event_loop.insert_datagrams(ours, DatagramOptions::default(), Echo).expect("it can be watched");
    let sent = [&b"hello"[..], b"", &pattern(0, 9000), b""];
    for datagram in sent {
        client.send(datagram).expect("it leaves");
    }
    let reader = std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        [(); 4].map(|()| {
            let n = client.recv(&mut buffer).expect("it comes back");
            buffer[..n].to_vec()
        })
    });
    while !reader.is_finished() {
        event_loop.run_once(Some(Duration::from_millis(10))).expect("it can wait");
    }
    assert_eq!(reader.join().expect("no panic"), sent);
    fine()
}

fn unix_echo(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let folder = tempfile::tempdir().expect("a folder");
    let bind = |name: &str| UnixDatagram::bind(folder.path().join(name)).expect("a new path");
    let (ours, client) = (bind("ours"), bind("theirs"));
    client.connect(folder.path().join("ours")).expect("it is there");
    client.set_read_timeout(Some(LIMIT)).expect("a socket");
    event_loop.insert_datagrams(ours, DatagramOptions::default(), Echo).expect("it can be watched");
    for sent in [&b"hello"[..], b"", b"again"] {
        client.send(sent).expect("there is room");
        run_until_idle(&mut event_loop);
        let mut buffer = [0; 16];
        let n = client.recv(&mut buffer).expect("it comes back");
        assert_eq!(&buffer[..n], sent);
    }
    fine()
}

/// Nobody is at the address at first, as ICMP says.
fn gone(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = (udp(), udp());
    let address = theirs.local_addr().expect("it has one");
    ours.connect(address).expect("it is there");
    drop(theirs);
    let key = hear(&mut event_loop, ours, DatagramOptions::default(), &log, |_, _| Ok(()));
    event_loop.datagrams(key).expect("it is there").send(b"lost").expect("there is room");
    run_until(&mut event_loop, || !log.lines().is_empty());
    let theirs = UdpSocket::bind(address).expect("it is free again");
    theirs.set_read_timeout(Some(LIMIT)).expect("a socket");
    event_loop.datagrams(key).expect("it goes on").send(b"found").expect("there is room");
    run_until_idle(&mut event_loop);
    let mut buffer = [0; 16];
    let n = theirs.recv(&mut buffer).expect("it comes");
    assert_eq!(
        (&buffer[..n], &log.lines()[..]),
        (&b"found"[..], &["fault ConnectionRefused".to_owned()][..])
    );
    log.verdict()
}

fn too_long(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = (udp(), udp());
    ours.connect(theirs.local_addr().expect("it has one")).expect("it is there");
    let key = hear(&mut event_loop, ours, DatagramOptions::default(), &log, |_, _| Ok(()));
    let mut socket = event_loop.datagrams(key).expect("it is there");
    socket.send(&[0; 70_000]).expect("it is taken");
    socket.send(b"short").expect("it is taken");
    run_until_idle(&mut event_loop);
    let mut buffer = [0; 16];
    assert_eq!(theirs.recv(&mut buffer).expect("it comes"), 5);
    assert_eq!(log.lines(), ["fault Other"]);
    log.verdict()
}

/// A few at a time, and a connection's echo in between.
fn burst(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = (udp(), udp());
    theirs.connect(ours.local_addr().expect("it has one")).expect("it is there");
    let options = DatagramOptions { at_once: 4, ..DatagramOptions::default() };
    hear(&mut event_loop, ours, options, &log, |_, _| Ok(()));
    let (stream, mut peer) = pair();
    event_loop.insert(stream, Default::default(), EchoStream);
    run_until_idle(&mut event_loop);
    for n in 0..100 {
        theirs.send(format!("{n}").as_bytes()).expect("it leaves");
    }
    say(&mut peer, "x");
    peer.set_nonblocking(true).expect("a socket");
    let mut passes = 0;
    while io::Read::read(&mut peer, &mut [0]).is_err() {
        event_loop.run_once(Some(LIMIT)).expect("it can wait");
        passes += 1;
        assert!(passes < 1000, "it never has its turn");
    }
    assert!(log.lines().len() < 100, "the stream had its turn before all of them were told");
    run_until(&mut event_loop, || log.lines().len() == 100);
    assert!(log.lines().iter().enumerate().all(|(n, line)| *line == format!("got {n}")));
    fine()
}

/// As many as may wait, then no more; all of them arrive, in order, once the receiver takes them.
fn full(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = unix_pair();
    let options = DatagramOptions { most_unsent: 10_000, low_water: 1000, ..DatagramOptions::default() };
    let key = hear(&mut event_loop, ours, options, &log, |_, _| Ok(()));
    let mut sent: u32 = 0;
    loop {
        match event_loop.datagrams(key).expect("it is there").send(&sent.to_be_bytes()) {
            Ok(()) => sent += 1,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                run_until_idle(&mut event_loop);
                if event_loop.datagrams(key).expect("it is there").is_full() {
                    break;
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
    let rooms = log.lines().len();
    let reader = std::thread::spawn(move || {
        (0..sent).for_each(|n| {
            let mut number = [0; 4];
            assert_eq!(theirs.recv(&mut number).expect("it comes"), 4);
            assert_eq!(u32::from_be_bytes(number), n);
        });
        theirs
    });
    run_until(&mut event_loop, || log.lines().len() > rooms);
    event_loop.datagrams(key).expect("it is there").close();
    run_until(&mut event_loop, || log.has_closed());
    drop(reader.join().expect("no panic"));
    assert_eq!(log.lines().last().map(String::as_str), Some("closed clean"));
    fine()
}

/// Of a socket that is not connected no readiness tells that a receiver has room. Not under signals: one of them ends a wait early.
fn without_room(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("receiver");
    let theirs = UnixDatagram::bind(&path).expect("a new path");
    let ours = UnixDatagram::unbound().expect("a socket");
    let filler = UnixDatagram::unbound().expect("a socket");
    filler.set_nonblocking(true).expect("a socket");
    let mut filled = 0;
    while filler.send_to(b"filler", &path).is_ok() {
        filled += 1;
    }
    let key = hear(&mut event_loop, ours, DatagramOptions::default(), &log, |_, _| Ok(()));
    let to = standpipe_core::socket::SocketAddress::Unix(
        standpipe_core::socket::UnixAddress::path(path.as_os_str().as_encoded_bytes()).expect("a short one"),
    );
    event_loop.datagrams(key).expect("it is there").send_to(b"late", &to).expect("it is taken");
    event_loop.run_once(Some(LIMIT)).expect("it can wait");
    let before = event_loop.now();
    for _ in 0..10 {
        event_loop.run_once(Some(LIMIT)).expect("it can wait");
    }
    assert!(event_loop.now().since(before) >= DatagramOptions::default().pause, "it does not spin");
    let mut buffer = [0; 16];
    for _ in 0..filled {
        theirs.recv(&mut buffer).expect("it is there");
    }
    theirs.set_nonblocking(true).expect("a socket");
    while theirs.recv(&mut buffer).is_err() {
        event_loop.run_once(Some(LIMIT)).expect("it can wait");
    }
    assert!(event_loop.now().since(before) < LIMIT, "it was tried again by itself");
    assert_eq!(&buffer[..4], b"late");
    event_loop.datagrams(key).expect("it is there").close();
    run_until(&mut event_loop, || log.has_closed());
    assert_eq!(log.lines(), ["closed clean"]);
    log.verdict()
}

fn unwanted(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = unix_pair();
    let key = hear(&mut event_loop, ours, DatagramOptions::default(), &log, |told, socket| {
        socket.set_reading(told != "got one");
        Ok(())
    });
    for sent in ["one", "two", "three"] {
        theirs.send(sent.as_bytes()).expect("there is room");
    }
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["got one"]);
    event_loop.datagrams(key).expect("it is there").set_reading(true);
    run_until_idle(&mut event_loop);
    assert_eq!(log.lines(), ["got one", "got two", "got three"]);
    log.verdict()
}

fn cut(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = unix_pair();
    hear(&mut event_loop, ours, DatagramOptions::default(), &log, |_, _| Ok(()));
    theirs.send(&[7; 150_000]).expect("there is room");
    run_until_idle(&mut event_loop);
    let [told] = &log.lines()[..] else { panic!("{:?}", log.lines()) };
    assert!(told.ends_with("bytes of more"), "{told}");
    fine()
}

fn timer(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let key = hear(&mut event_loop, udp(), DatagramOptions::default(), &log, |_, socket| {
        socket.close();
        Ok(())
    });
    let mut socket = event_loop.datagrams(key).expect("it is there");
    let never = socket.set_timer(Duration::from_millis(1));
    socket.set_timer(Duration::from_millis(5));
    assert!(socket.cancel_timer(never) && !socket.cancel_timer(never));
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["timer", "closed clean"]);
    log.verdict()
}

fn error(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let logged = log.clone();
    event_loop
        .set_log(move |event| logged.push(event.to_string().split(':').next_back().unwrap_or("").trim()));
    let (ours, theirs) = unix_pair();
    hear(&mut event_loop, ours, DatagramOptions::default(), &log, |_, socket| {
        socket.send(b"farewell")?;
        Err(io::Error::other("enough"))
    });
    theirs.send(b"one").expect("there is room");
    theirs.send(b"two").expect("there is room");
    event_loop.run().expect("it can wait");
    assert_eq!(log.lines(), ["got one", "error enough", "enough", "closed clean"]);
    let mut buffer = [0; 16];
    assert_eq!(theirs.recv(&mut buffer).expect("it comes"), 8);
    log.verdict()
}

/// What comes by a connection goes on as a datagram.
struct Gateway(Key);

impl Dispatcher for Gateway {
    fn handle_read(&mut self, channel: &mut Channel<'_>, data: &[u8]) -> io::Result<()> {
        let (socket, data) = (self.0, data.to_vec());
        channel.afterwards(move |others| {
            let mut socket = others.datagrams(socket).expect("it is there");
            socket.send(&data).expect("there is room");
        });
        Ok(())
    }
}

fn one_another(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = unix_pair();
    let (stream, mut peer) = pair();
    let connection = std::rc::Rc::new(std::cell::Cell::new(None));
    let to = connection.clone();
    let key = hear(&mut event_loop, ours, DatagramOptions::default(), &log, move |told, socket| {
        let (to, told) = (to.get(), told.to_owned());
        socket.afterwards(move |others| {
            let mut channel = to.and_then(|key| others.channel(key)).expect("it is there");
            channel.push(told.as_bytes()).expect("there is room");
            channel.close_when_done();
        });
        Ok(())
    });
    connection.set(Some(event_loop.insert(stream, ConnectionOptions::default(), Gateway(key))));
    say(&mut peer, "question");
    run_until_idle(&mut event_loop);
    let mut buffer = [0; 16];
    assert_eq!(theirs.recv(&mut buffer).expect("it comes"), 8);
    theirs.send(b"answer").expect("there is room");
    run_until_idle(&mut event_loop);
    assert_eq!(heard(&mut peer).expect("a clean end"), "got answer");
    log.verdict()
}

fn stop(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let (ours, theirs) = unix_pair();
    let key = hear(&mut event_loop, ours, DatagramOptions::default(), &log, |_, _| Ok(()));
    event_loop.datagrams(key).expect("it is there").send(b"farewell").expect("there is room");
    event_loop.stop();
    event_loop.run().expect("it can wait");
    let mut buffer = [0; 16];
    assert_eq!(theirs.recv(&mut buffer).expect("it comes"), 8);
    assert!(event_loop.datagrams(key).is_none());
    assert_eq!(log.lines(), ["closed clean"]);
    log.verdict()
}

fn closed_with(on: &dyn Dispatching) -> Verdict {
    let (mut event_loop, log) = (event_loop(on), Log::default());
    let key = hear(&mut event_loop, udp(), DatagramOptions::default(), &log, |_, _| Ok(()));
    event_loop.close_all();
    assert!(event_loop.datagrams(key).is_none() && event_loop.is_empty());
    assert_eq!(log.lines(), ["closed aborted"]);
    verdict(&log.lines())
}

fn no_datagrams(on: &dyn Dispatching) -> Verdict {
    let mut event_loop = event_loop(on);
    let (_, stream) = pair();
    let error = event_loop.insert_datagrams(stream, DatagramOptions::default(), Echo);
    assert_eq!(error.expect_err("it is a stream").kind(), io::ErrorKind::InvalidInput);
    assert!(event_loop.is_empty());
    fine()
}
