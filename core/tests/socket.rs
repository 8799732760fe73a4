//! Sockets without a socket: what the plain types of the module say.

use core::time::Duration;

use standpipe_core::socket::constants::{MSG_CTRUNC, MSG_TRUNC, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM};
use standpipe_core::socket::{
    BluetoothAddress, BufferedReader, BufferedWriter, Buffering, Call, Connect, Family, HostError, HostFault,
    Inet6Address, InetError, NameError, Operation, OptionError, OptionKind, OptionValue, Received,
    ResolveFault, SendAll, SendAllError, SendAllReason, SocketAddress, SocketAddressError, SocketError,
    SocketOption, Taken, TimeoutError, TimeoutMode, UnixAddress, WouldBlock, fully_qualified, getprotobyname,
    getservbyname, getservbyport, host_address, inet_ntop, inet_pton,
};
use standpipe_core::{Done, Duty, End, Fault, FaultKind, Machine, Moment, Port, Timer};

const SECOND: Duration = Duration::from_secs(1);

fn address(text: &str) -> Result<SocketAddress, SocketAddressError> {
    text.parse()
}

#[test]
fn an_address_keeps_its_flow_and_its_scope() {
    let link_local = address("[fe80::1%3]:80?flowinfo=0xfffff").expect("a good text");
    let bytes = link_local.to_bytes();
    assert_eq!(SocketAddress::from_bytes(&bytes), Ok(link_local.clone()));
    let SocketAddress::Inet6(inner) = link_local else { panic!("it is IPv6") };
    assert_eq!((inner.scope_id(), inner.flowinfo()), (3, 0xf_ffff));
    assert_eq!(address("[::1]:1?flowinfo=1048576"), Err(SocketAddressError::Flow(0x10_0000)));
    // What else the kernel tells in the flow is kept, though nobody may ask for it.
    let told = SocketAddress::from_bytes(&[&bytes[..4], &[0x0f, 0xff, 0xff, 0xff], &bytes[8..]].concat());
    assert!(matches!(told, Ok(SocketAddress::Inet6(told)) if told.flowinfo() > Inet6Address::MAX_FLOW));
}

#[test]
fn a_port_or_a_host_that_is_none_is_refused() {
    for text in ["127.0.0.1:65536", "127.0.0.1:", "127.0.0.1:http", "localhost:80", "010.0.0.1:80", "::1:80"]
    {
        assert!(address(text).is_err(), "{text}");
    }
    let short = SocketAddressError::Short { family: Family::INET, len: 15, wanted: 16 };
    let bytes = address("127.0.0.1:80").expect("a good text").to_bytes();
    assert_eq!(SocketAddress::from_bytes(&bytes[..15]), Err(short));
}

#[test]
fn unix_addresses_have_their_limits() {
    assert!(UnixAddress::path("x".repeat(107)).is_ok());
    let long = SocketAddressError::Long { family: Family::UNIX, len: 108, most: 107 };
    assert_eq!(UnixAddress::path("x".repeat(108)), Err(long));
    assert_eq!(UnixAddress::path("a\0b"), Err(SocketAddressError::Nul));
    let name = SocketAddress::from(UnixAddress::abstract_name([0; 107]).expect("it fits"));
    assert_eq!(name.to_bytes().len(), 2 + UnixAddress::ROOM);
    assert_eq!(SocketAddress::from_bytes(&name.to_bytes()), Ok(name));
    let unnamed = SocketAddress::from(UnixAddress::UNNAMED);
    assert_eq!((unnamed.to_bytes().len(), unnamed.to_string().as_str()), (2, "unix:"));
}

#[test]
fn addresses_below_the_internet_have_all_their_parts() {
    for text in ["netlink:7,0x1", "packet:2,0x800,4,1,02:00:5e:00:53:01", "packet:0,0x3,0,0,"] {
        assert_eq!(address(text).map(|address| address.to_string()), Ok(text.into()));
    }
    assert_eq!(address("packet:eth0,3"), Err(SocketAddressError::InterfaceName("eth0".into())));
    let long = SocketAddressError::Long { family: Family::PACKET, len: 9, most: 8 };
    assert_eq!(address("packet:1,3,0,1,01:02:03:04:05:06:07:08:09"), Err(long));
    assert!(matches!(address("packet:1,65536"), Err(SocketAddressError::Number { what: "protocol", .. })));
}

#[test]
fn tipc_and_bluetooth_addresses_have_their_forms() {
    assert_eq!(address("tipc:name,1000,5,0"), address("tipc:name,1000,5,0,2"));
    for text in ["tipc:seq,1000,0,9,3", "tipc:id,1,2,1", "l2cap:00:1A:7D:DA:71:13,3,0,1", "hci:1,0"] {
        let parsed = address(text).expect("a good text");
        assert_eq!(
            (parsed.to_string().as_str(), SocketAddress::from_bytes(&parsed.to_bytes())),
            (text, Ok(parsed))
        );
    }
    let sco = address("sco:00:1A:7D:DA:71:13").expect("a good text").to_bytes();
    assert_eq!(sco[2..], [0x13, 0x71, 0xda, 0x7d, 0x1a, 0]);
    assert!(address("sco:00:1A:7D:DA:71").is_err());
    let channel = address("rfcomm:00:1A:7D:DA:71:13,3");
    assert!(matches!(channel, Ok(SocketAddress::Bluetooth(BluetoothAddress::Rfcomm { channel: 3, .. }))));
}

#[test]
fn other_families_are_bytes() {
    let other = address("family:99,0102ff").expect("a good text");
    assert_eq!(other, SocketAddress::Other { family: Family(99), data: vec![1, 2, 0xff] });
    assert_eq!(SocketAddress::from_bytes(&other.to_bytes()), Ok(other));
    assert!(matches!(
        address(&format!("family:99,{}", "00".repeat(127))),
        Err(SocketAddressError::Long { .. })
    ));
    assert_eq!(inet_pton(Family::UNIX, "1.2.3.4"), Err(InetError::Family(Family::UNIX)));
    assert_eq!(inet_ntop(Family(99), &[0; 4]), Err(InetError::Family(Family(99))));
}

#[test]
fn hosts_need_no_look_up_or_say_so() {
    assert_eq!(host_address("", Family::INET).map(|ip| ip.to_string()), Ok("0.0.0.0".into()));
    assert_eq!(host_address("", Family::INET6).map(|ip| ip.to_string()), Ok("::".into()));
    assert_eq!(host_address("<broadcast>", Family::INET6), Err(HostError::Broadcast(Family::INET6)));
    assert_eq!(host_address("127.1", Family::INET), Err(HostError::Name("127.1".into())));
    assert_eq!(host_address("::1", Family::INET), Err(HostError::Name("::1".into())));
    assert_eq!(fully_qualified("a", &[]), "a");
    assert_eq!(fully_qualified("a.b", &["c.d"]), "a.b");
}

#[test]
fn names_that_are_unknown_are_told_with_their_protocol() {
    assert_eq!(getservbyname("www", None), Ok(80));
    assert_eq!(getservbyname("http", Some("udp")), Err(NameError::Service("http/udp".into())));
    assert_eq!(getservbyport(443, Some("tcp")), Ok("https"));
    assert_eq!(getservbyport(2, None), Err(NameError::Port("2".into())));
    assert_eq!(getprotobyname("UDP"), Ok(17));
    assert!(getprotobyname("nothing").is_err());
}

#[test]
fn time_outs_are_none_zero_or_more() {
    assert_eq!(TimeoutMode::from_seconds(Some(-0.0)), Ok(TimeoutMode::NonBlocking));
    assert_eq!(TimeoutMode::from_seconds(Some(1e-12)), Ok(TimeoutMode::Timed(Duration::from_nanos(1))));
    assert_eq!(TimeoutMode::from_seconds(Some(f64::INFINITY)), Ok(TimeoutMode::Timed(Duration::MAX)));
    assert_eq!(TimeoutMode::from_seconds(Some(f64::NEG_INFINITY)), Err(TimeoutError::Negative));
    assert_eq!(TimeoutMode::from_seconds(Some(f64::NAN)), Err(TimeoutError::NotANumber));
    for (mode, seconds) in [(TimeoutMode::Blocking, None), (TimeoutMode::NonBlocking, Some(0.0))] {
        assert_eq!((mode.seconds(), TimeoutMode::from_seconds(seconds)), (seconds, Ok(mode)));
        assert_eq!(TimeoutMode::from_blocking(mode.waits()), mode);
    }
}

#[test]
fn a_call_has_one_deadline_however_often_it_would_block() {
    let start = Moment::ORIGIN + SECOND;
    let call = Call::begin(TimeoutMode::Timed(SECOND), start);
    for millis in [0, 400, 999] {
        let until = Some(start + SECOND);
        assert_eq!(call.would_block(start + Duration::from_millis(millis)), WouldBlock::Wait { until });
    }
    assert_eq!(call.would_block(start + SECOND), WouldBlock::TimedOut);
    assert_eq!(Call::begin(TimeoutMode::NonBlocking, start).would_block(start + SECOND), WouldBlock::Fail);
    let endless = Call::begin(TimeoutMode::Timed(Duration::MAX), start);
    assert!(matches!(endless.would_block(start + SECOND), WouldBlock::Wait { until: Some(_) }));
}

#[test]
fn every_error_says_what_was_done_and_how_far() {
    let errors = [
        (SocketError::WouldBlock { operation: Operation::Send, done: 7 }, None, 7),
        (SocketError::TimedOut { operation: Operation::Receive, done: 0 }, None, 0),
        (ResolveFault::TryAgain.into(), Some(-3), 0),
        (SocketError::Resolve(ResolveFault::from_code(-99)), Some(-99), 0),
    ];
    for (error, code, done) in errors {
        assert_eq!((error.code(), error.done()), (code, done), "{error}");
    }
    for code in -20..0 {
        assert_eq!(ResolveFault::from_code(code).code(), code);
        assert_eq!(HostFault::from_code(-code).code(), -code);
    }
}

#[test]
fn an_end_an_empty_datagram_and_no_question_are_told_apart() {
    assert_eq!(Received::of(SOCK_STREAM, 0, 0, 0), Received::NothingAsked);
    assert_eq!(Received::of(SOCK_STREAM, 1, 0, 0), Received::Eof);
    assert_eq!(Received::of(SOCK_SEQPACKET, 1, 0, 0), Received::Eof);
    let empty = Received::of(SOCK_DGRAM, 1, 0, 0);
    assert_eq!(empty, Received::Datagram { len: 0, whole: 0, control_cut: false });
    assert!(empty.is_empty() && !empty.is_cut());
    assert!(Received::of(SOCK_DGRAM, 4, 4, MSG_TRUNC).is_cut(), "nobody has said by how much");
    assert!(Received::of(SOCK_DGRAM, 4, 2, MSG_CTRUNC).is_cut());
    assert!(Received::of(SOCK_DGRAM, 0, 0, MSG_TRUNC).is_cut(), "it was not empty, nothing was asked");
}

#[test]
fn an_option_takes_what_it_is_for() {
    let linger = SocketOption::by_name("linger").expect("it is known");
    // A wait that is rounded down to none would reset the connection.
    let short = linger.encode(&OptionValue::Linger(Some(Duration::from_millis(1)))).expect("a time");
    assert_eq!(linger.decode(&short), Ok(OptionValue::Linger(Some(SECOND))));
    assert_eq!(linger.encode(&OptionValue::Linger(None)), Ok(vec![0; 8]));
    let limit = SocketOption::by_name("SO_SNDTIMEO").expect("it is known");
    let tiny = limit.encode(&OptionValue::Time(Duration::from_nanos(1))).expect("a time");
    assert_eq!(limit.decode(&tiny), Ok(OptionValue::Time(Duration::from_micros(1))));
    let error = OptionError::Kind { name: "SO_LINGER", kind: OptionKind::Linger };
    assert_eq!(linger.encode(&OptionValue::Bool(true)), Err(error));
    assert!(limit.decode(&[0; 5]).is_err() && limit.decode(&[0xff; 16]).is_err());
    let ttl = SocketOption::by_name("ip_multicast_ttl").expect("it is known");
    assert_eq!(ttl.decode(&[9]), Ok(OptionValue::Int(9)));
}

#[test]
fn a_time_out_in_mid_line_loses_nothing() {
    let mut reader = BufferedReader::new(Buffering::Unbuffered);
    reader.feed(b"part");
    for _ in 0..3 {
        assert_eq!(reader.readline(None), Ok(Taken::Wait));
    }
    reader.feed(b"ial\n");
    assert_eq!(reader.readline(None), Ok(Taken::Bytes(b"partial\n")));
    assert_eq!(reader.readline(Some(0)), Ok(Taken::Bytes(b"")));
    reader.handle_eof();
    assert_eq!(reader.readline(None), Ok(Taken::End));
}

/// Whoever looked at each byte again and again, or moved what is left for each that is taken, would be at it for hours.
#[test]
fn a_long_line_costs_the_same_in_one_piece_or_in_single_bytes() {
    const LEN: usize = 1 << 20;
    let mut reader = BufferedReader::default().with_limit(LEN + 1);
    for _ in 0..LEN {
        assert_eq!(reader.feed(b"x"), 1);
        assert_eq!(reader.readline(None), Ok(Taken::Wait));
    }
    assert_eq!(reader.feed(b"\n"), 1);
    for _ in 0..LEN {
        assert_eq!(reader.readline(Some(1)), Ok(Taken::Bytes(b"x")));
        assert_eq!(reader.feed(b""), 0);
    }
    assert_eq!(reader.readline(None), Ok(Taken::Bytes(b"\n")));
    let mut writer = BufferedWriter::new(Buffering::Size(LEN)).with_limit(LEN);
    for _ in 0..LEN {
        assert_eq!(writer.write(b"x"), Ok(1));
    }
    (0..LEN).for_each(|_| writer.handle_written(1));
    assert!(writer.is_flushed());
}

#[test]
fn an_error_leaves_exactly_what_was_not_sent() {
    let mut writer = BufferedWriter::new(Buffering::Unbuffered);
    assert_eq!(writer.write(b"hello world"), Ok(11));
    writer.handle_written(6);
    assert_eq!(writer.unsent(), b"world");
    let mut send = SendAll::new("hello world", TimeoutMode::Blocking);
    send.handle_written(SendAll::SOCKET, 6);
    let gone = Fault::new(FaultKind::BrokenPipe, 32);
    send.handle_failed(SendAll::SOCKET, standpipe_core::Side::Write, gone);
    let error = SendAllError { sent: 6, reason: SendAllReason::Failed(gone) };
    assert_eq!((send.result(), &*send.into_unsent()), (Some(Err(error)), &b"world"[..]));
}

#[test]
fn a_connection_that_took_too_long_is_closed_everywhere() {
    let mut connect = Connect::new(2);
    connect.set_deadline(Some(Moment::ORIGIN + SECOND));
    connect.handle_now(Moment::ORIGIN);
    connect.handle_now(Moment::ORIGIN + SECOND / 2);
    let ports = [Port::new(0), Port::new(1)];
    assert_eq!(ports.map(|port| connect.wants(port).duty), [0, 1].map(|index| Some(Duty::Connect(index))));
    connect.handle_now(Moment::ORIGIN + SECOND);
    assert_eq!(connect.result(), Some(Err(End::TimedOut(Timer::Connect))));
    for port in ports {
        assert!(!connect.is_done());
        assert_eq!(connect.wants(port).duty, Some(Duty::Close));
        connect.handle_done(port, Duty::Close, Done::Ok(0));
    }
    assert!(connect.is_done());
}

#[test]
fn the_reasons_of_all_candidates_are_kept() {
    let mut connect = Connect::sequential(3);
    let faults = [101, 111, 113].map(|errno| Fault::new(FaultKind::Other, errno));
    for (index, fault) in (0..).zip(faults) {
        connect.handle_done(Port::new(0), Duty::Connect(index), Done::Failed(fault));
    }
    assert_eq!(connect.result(), Some(Err(End::NotConnected(faults[2]))));
    assert_eq!(connect.errors(), [(0, faults[0]), (1, faults[1]), (2, faults[2])]);
}
