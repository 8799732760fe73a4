//! How large the main types and futures are, since each connection has some of them.

use futures_lite::io::Cursor;
use standpipe_smol::socket::{Family, Socket, constants::SOCK_STREAM};
use standpipe_smol::{
    DatagramSocket, Listener, ReadHalf, Stream, TlsReader, TlsStream, TlsWriter, WriteHalf, connect,
    connect_to,
};

#[test]
fn nothing_that_each_connection_has_is_large() {
    let address = "127.0.0.1:0".parse().expect("an address");
    let listener = Listener::bind(&address).expect("a port is free");
    let (mut left, _right) = std::os::unix::net::UnixStream::pair()
        .map(|(left, right)| (Stream::try_from(left).expect("it can be watched"), right))
        .expect("there are descriptors");
    let socket = Socket::new(Family::INET, SOCK_STREAM, 0).expect("there are descriptors");
    let mut sink = Cursor::new(Vec::new());
    let sizes = [
        ("Stream", size_of::<Stream>(), 128),
        ("ReadHalf", size_of::<ReadHalf>(), 96),
        ("WriteHalf", size_of::<WriteHalf>(), 64),
        ("TlsStream", size_of::<TlsStream>(), 384),
        ("TlsReader", size_of::<TlsReader>(), 352),
        ("TlsWriter", size_of::<TlsWriter>(), 320),
        ("DatagramSocket", size_of::<DatagramSocket>(), 512),
        ("Socket", size_of::<Socket>(), 80),
        ("Listener::accept", size_of_val(&listener.accept()), 128),
        ("Socket::accept", size_of_val(&socket.accept()), 640),
        ("Socket::recv", size_of_val(&socket.recv(&mut [])), 1024),
        ("connect", size_of_val(&connect(&address)), 640),
        ("connect_to", size_of_val(&connect_to(Vec::new(), None)), 448),
        ("copy", size_of_val(&futures_lite::io::copy(&mut left, &mut sink)), 96),
    ];
    for (name, size, _) in sizes {
        println!("{name}: {size}");
    }
    for (name, size, most) in sizes {
        assert!(size <= most, "{name} takes {size} bytes");
    }
}
