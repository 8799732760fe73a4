//! The layouts that core writes are this system's: each option can be set as it says, and control messages go through
//! the kernel.

use std::io::IoSlice;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use standpipe_core::socket::{
    ControlMessage, ControlMessages, Membership, OptionValue, Received, SocketAddress, SocketOption,
    constants,
};

fn socket(family: i32, kind: i32) -> OwnedFd {
    // SAFETY: takes three numbers.
    let fd = unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, 0) };
    assert!(fd >= 0, "a socket can be made");
    // SAFETY: the kernel has just given it to us.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

fn set(fd: &OwnedFd, option: &SocketOption, value: &OptionValue) -> bool {
    let bytes = option.encode(value).expect("a value of its kind");
    // SAFETY: the pointer and the length are of one vector.
    let result = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            option.level,
            option.number,
            bytes.as_ptr().cast(),
            bytes.len() as u32,
        )
    };
    result == 0
}

fn read(fd: &OwnedFd, option: &SocketOption) -> OptionValue {
    let (mut bytes, mut len) = ([0_u8; 64], 64_u32);
    // SAFETY: the pointer and the length are of one array.
    let result = unsafe {
        libc::getsockopt(fd.as_raw_fd(), option.level, option.number, bytes.as_mut_ptr().cast(), &mut len)
    };
    assert_eq!(result, 0, "{} can be read", option.name);
    option.decode(&bytes[..len as usize]).expect("a value of its kind")
}

#[test]
fn options_are_set_and_read_as_they_say() {
    let cases = [
        ("SO_REUSEADDR", OptionValue::Bool(true)),
        ("SO_KEEPALIVE", OptionValue::Bool(true)),
        ("SO_LINGER", OptionValue::Linger(Some(Duration::from_secs(7)))),
        ("SO_RCVTIMEO", OptionValue::Time(Duration::from_millis(2500))),
        ("SO_RCVLOWAT", OptionValue::Int(3)),
        ("IP_TTL", OptionValue::Int(9)),
        ("IP_MULTICAST_LOOP", OptionValue::Bool(false)),
        ("IP_MULTICAST_IF", OptionValue::Address([127, 0, 0, 1].into())),
        ("TCP_NODELAY", OptionValue::Bool(true)),
        ("TCP_KEEPCNT", OptionValue::Int(4)),
    ];
    let (stream, datagrams) =
        (socket(libc::AF_INET, libc::SOCK_STREAM), socket(libc::AF_INET, libc::SOCK_DGRAM));
    for (name, value) in cases {
        let option = SocketOption::by_name(name).expect("it is known");
        let fd = if name.starts_with("IP_M") { &datagrams } else { &stream };
        assert!(set(fd, option, &value), "{name}");
        assert_eq!(read(fd, option), value, "{name}");
    }
    let join = SocketOption::by_name("IP_ADD_MEMBERSHIP").expect("it is known");
    let group = Membership::V4 { group: [224, 0, 0, 251].into(), interface: [127, 0, 0, 1].into() };
    assert!(set(&datagrams, join, &OptionValue::Membership(group)));
    assert_eq!(read(&stream, SocketOption::by_name("SO_TYPE").expect("it is known")), OptionValue::Int(1));
}

#[test]
fn descriptors_and_credentials_go_through_the_kernel() {
    let (left, right) = UnixStream::pair().expect("a pair can be made");
    let pass = SocketOption::by_name("SO_PASSCRED").expect("it is known");
    let right = OwnedFd::from(right);
    assert!(set(&right, pass, &OptionValue::Bool(true)));
    // SAFETY: these take nothing and always succeed.
    let (uid, gid) = unsafe { (libc::getuid(), libc::getgid()) };
    let pid = std::process::id() as i32;
    let sent = [ControlMessage::Rights(vec![left.as_raw_fd(), right.as_raw_fd()])];
    send(left.as_raw_fd(), b"x", &ControlMessage::encode(&sent));
    let (received, messages) = receive(right.as_raw_fd(), 4, 256);
    assert_eq!(received, Received::Bytes(1));
    let numbers: Vec<i32> = messages.descriptors().collect();
    // SAFETY: they have just been received, and nobody else knows them.
    let owned: Vec<OwnedFd> = numbers.iter().map(|fd| unsafe { OwnedFd::from_raw_fd(*fd) }).collect();
    assert_eq!(owned.len(), 2);
    assert!(messages.messages.contains(&ControlMessage::Credentials { pid, uid, gid }), "{messages:?}");
    assert_eq!(messages.error, None);
}

#[test]
fn datagrams_that_are_cut_or_empty_are_told_apart() {
    let (left, right) = std::os::unix::net::UnixDatagram::pair().expect("a pair can be made");
    for (bytes, whole) in [(&b"abcdefgh"[..], 8), (b"", 0)] {
        left.send(bytes).expect("it can be sent");
        let (received, _) = receive(right.as_raw_fd(), 4, 0);
        let Received::Datagram { len, whole: known, .. } = received else { panic!("{received:?}") };
        assert_eq!((len, received.is_cut()), (whole.min(4), whole > 4));
        assert!(known >= len && known <= whole.max(len));
    }
}

fn send(fd: i32, bytes: &[u8], control: &[u8]) {
    let slice = IoSlice::new(bytes);
    // SAFETY: all zeros are a message without anything.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = (&raw const slice).cast_mut().cast();
    message.msg_iovlen = 1;
    message.msg_control = control.as_ptr().cast_mut().cast();
    message.msg_controllen = control.len() as _;
    // SAFETY: everything that the message points to outlives the call, which does not write there.
    assert_eq!(unsafe { libc::sendmsg(fd, &message, libc::MSG_NOSIGNAL) }, bytes.len() as isize);
}

fn receive(fd: i32, asked: usize, room: usize) -> (Received, ControlMessages) {
    let kind = match read(&dup(fd), SocketOption::by_name("SO_TYPE").expect("it is known")) {
        OptionValue::Int(kind) => kind,
        value => panic!("{value:?}"),
    };
    let (mut bytes, mut control) = (vec![0_u8; asked], vec![0_u64; room / 8]);
    let mut slice = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: asked };
    // SAFETY: all zeros are a message without anything.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut slice;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = room as _;
    // SAFETY: everything that the message points to outlives the call.
    let returned = unsafe { libc::recvmsg(fd, &mut message, libc::MSG_CMSG_CLOEXEC) };
    let returned = usize::try_from(returned).expect("it can be received");
    let filled: Vec<u8> = control.iter().flat_map(|word| word.to_ne_bytes()).collect();
    let messages = ControlMessages::decode(&filled[..message.msg_controllen as usize]);
    (Received::of(kind, asked, returned, message.msg_flags), messages)
}

fn dup(fd: i32) -> OwnedFd {
    // SAFETY: the descriptor is open for the length of the call, and the new one is ours.
    unsafe { OwnedFd::from_raw_fd(libc::dup(fd)) }
}

#[test]
fn addresses_have_the_lengths_of_the_systems_types() {
    let cases = [
        ("127.0.0.1:1", size_of::<libc::sockaddr_in>()),
        ("[::1]:1", size_of::<libc::sockaddr_in6>()),
        ("netlink:1,2", size_of::<libc::sockaddr_nl>()),
        ("packet:1,2", size_of::<libc::sockaddr_ll>()),
    ];
    for (text, len) in cases {
        let address: SocketAddress = text.parse().expect("a good text");
        assert_eq!(address.to_bytes().len(), len, "{text}");
    }
    assert_eq!(SocketAddress::MAX_LEN, size_of::<libc::sockaddr_storage>());
    assert_eq!(constants::lookup("AF_PACKET"), Some(17));
}
