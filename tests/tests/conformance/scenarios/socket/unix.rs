//! What is peculiar to Unix sockets: paths, abstract names, and those that have neither.

use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use rustix::io::Errno;
use rustix::process::{getgid, getpid, getuid};
use standpipe_core::socket::constants::*;
use standpipe_core::socket::{
    Family, Operation, OptionValue, SocketAddress, SocketAddressError, UnixAddress,
};
use standpipe_tests::harness::{Scenario, Socket, Sockets, Verdict};

use super::support::{
    accept, anywhere, bytes, connect, fine, known, many, pair, plain, receive_from, send, send_to, socket,
    system, whole,
};

pub(super) const SCENARIOS: &[Scenario] = &[
    many("a_path_is_connected_to", path),
    many("a_path_of_any_bytes_is_kept", odd_path),
    plain("a_path_that_is_too_long_is_refused", long_path),
    many("a_path_of_the_greatest_length_is_kept", longest_path),
    many("a_path_outlives_its_socket_and_refuses", outlives),
    many("a_path_that_is_there_is_in_use", in_use),
    many("a_path_that_leads_nowhere_is_told", nowhere),
    many("a_file_that_is_no_socket_refuses", no_socket),
    many("a_path_is_for_those_who_may", permissions),
    many("an_abstract_name_holds_any_bytes", abstract_bytes),
    many("an_abstract_name_goes_with_its_socket", abstract_goes),
    many("an_abstract_name_is_no_path", abstract_is_no_path),
    many("the_kernel_chooses_a_name", chosen),
    many("who_has_no_name_is_told_as_such", unnamed),
    many("a_type_finds_its_own_type_only", wrong_type),
    many("a_peer_is_known_by_its_process", credentials),
];

/// A folder that goes with the scenario, and an address in it.
fn place(name: &[u8]) -> (tempfile::TempDir, SocketAddress) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
    let address = UnixAddress::path(path.as_os_str().as_bytes()).expect("it fits");
    (folder, address.into())
}

fn serving(on: &dyn Sockets, address: &SocketAddress) -> Box<dyn Socket> {
    let mut server = socket(on, Family::UNIX, SOCK_STREAM);
    server.bind(address).expect("it is free");
    server.listen(4).expect("it listens");
    server
}

fn path(on: &dyn Sockets) -> Verdict {
    let (folder, address) = place(b"socket");
    let server = serving(on, &address);
    assert_eq!(server.local().as_ref(), Ok(&address));
    let file = fs::symlink_metadata(folder.path().join("socket")).expect("it is there");
    assert!(file.file_type().is_socket());
    let client = connect(on, &address, SOCK_STREAM);
    let peer = accept(&*server);
    assert_eq!((client.peer().as_ref(), peer.local().as_ref()), (Ok(&address), Ok(&address)));
    assert_eq!((send(&*client, b"x"), bytes(&*peer, 2)), (Ok(1), Ok(b"x".to_vec())));
    fine()
}

fn odd_path(on: &dyn Sockets) -> Verdict {
    let (_folder, address) = place(b"\xff\x01 \\ @\n");
    let server = serving(on, &address);
    assert_eq!((server.local().as_ref(), address.to_string().parse().as_ref()), (Ok(&address), Ok(&address)));
    assert_eq!(connect(on, &address, SOCK_STREAM).peer(), Ok(address));
    fine()
}

/// SOC-03. The kernel is not asked, which would take a part of it.
fn long_path(on: &dyn Sockets) -> Verdict {
    let long = |len| Err(SocketAddressError::Long { family: Family::UNIX, len, most: UnixAddress::ROOM - 1 });
    assert_eq!(UnixAddress::path("x".repeat(108)), long(108));
    assert_eq!(UnixAddress::abstract_name("x".repeat(108)), long(108));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x".repeat(108));
    let address = format!("unix:{}", path.display()).parse().expect("it is text");
    let listened = on.listen(&address, standpipe_core::socket::ListenOptions::default());
    assert!(listened.is_err() && fs::read_dir(&folder).expect("it is there").next().is_none());
    fine()
}

fn longest_path(on: &dyn Sockets) -> Verdict {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let room = UnixAddress::ROOM - 1 - folder.path().as_os_str().len() - 1;
    let path = folder.path().join("x".repeat(room));
    let address = SocketAddress::from(UnixAddress::path(path.as_os_str().as_bytes()).expect("it just fits"));
    let _server = serving(on, &address);
    assert!(path.exists());
    assert_eq!(connect(on, &address, SOCK_STREAM).peer(), Ok(address));
    fine()
}

/// SOC-T20.
fn outlives(on: &dyn Sockets) -> Verdict {
    let (folder, address) = place(b"socket");
    drop(serving(on, &address));
    assert!(folder.path().join("socket").exists());
    let refused = socket(on, Family::UNIX, SOCK_STREAM).connect(&address);
    assert_eq!(refused, Err(system(Operation::Connect, Errno::CONNREFUSED)));
    fine()
}

fn in_use(on: &dyn Sockets) -> Verdict {
    let (folder, address) = place(b"socket");
    let taken = Err(system(Operation::Bind, Errno::ADDRINUSE));
    drop(serving(on, &address));
    assert_eq!(socket(on, Family::UNIX, SOCK_STREAM).bind(&address), taken);
    fs::write(folder.path().join("file"), "").expect("it is ours");
    let file = folder.path().join("file");
    assert_eq!(socket(on, Family::UNIX, SOCK_DGRAM).bind(&of(&file)), taken);
    fine()
}

fn of(path: &Path) -> SocketAddress {
    UnixAddress::path(path.as_os_str().as_bytes()).expect("it fits").into()
}

fn nowhere(on: &dyn Sockets) -> Verdict {
    let (folder, address) = place(b"socket");
    let mut client = socket(on, Family::UNIX, SOCK_STREAM);
    assert_eq!(client.connect(&address), Err(system(Operation::Connect, Errno::NOENT)));
    let deeper = of(&folder.path().join("none/socket"));
    assert_eq!(client.bind(&deeper), Err(system(Operation::Bind, Errno::NOENT)));
    drop(folder);
    fine()
}

fn no_socket(on: &dyn Sockets) -> Verdict {
    let (folder, address) = place(b"file");
    fs::write(folder.path().join("file"), "").expect("it is ours");
    let refused = Err(system(Operation::Connect, Errno::CONNREFUSED));
    assert_eq!(socket(on, Family::UNIX, SOCK_STREAM).connect(&address), refused);
    assert_eq!(socket(on, Family::UNIX, SOCK_STREAM).connect(&of(folder.path())), refused);
    fine()
}

/// Whoever may not write to it, be it its owner, may not connect. The privileged may everything.
fn permissions(on: &dyn Sockets) -> Verdict {
    let (folder, address) = place(b"socket");
    let _server = serving(on, &address);
    fs::set_permissions(folder.path().join("socket"), Permissions::from_mode(0o400)).expect("it is ours");
    let connected = socket(on, Family::UNIX, SOCK_STREAM).connect(&address);
    if getuid().is_root() {
        assert_eq!(connected, Ok(()));
        return fine();
    }
    assert_eq!(connected, Err(system(Operation::Connect, Errno::ACCESS)));
    fs::set_permissions(folder.path(), Permissions::from_mode(0o500)).expect("it is ours");
    let bound = socket(on, Family::UNIX, SOCK_STREAM).bind(&of(&folder.path().join("other")));
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).expect("it is ours");
    assert_eq!(bound, Err(system(Operation::Bind, Errno::ACCESS)));
    fine()
}

/// A name that nobody else has, since names are for the whole machine.
fn own_name(rest: &[u8]) -> SocketAddress {
    let number = getpid().as_raw_nonzero().to_string();
    let name = [b"standpipe-", number.as_bytes(), rest].concat();
    UnixAddress::abstract_name(name).expect("it fits").into()
}

/// SOC-04.
fn abstract_bytes(on: &dyn Sockets) -> Verdict {
    let names = [&b"a\0b"[..], b"\0", b"a", b"a\0", b"\xff/@"].map(own_name);
    let servers = names.each_ref().map(|name| serving(on, name));
    for (name, server) in names.iter().zip(&servers) {
        assert_eq!((server.local().as_ref(), name.to_string().parse().as_ref()), (Ok(name), Ok(name)));
        let client = connect(on, name, SOCK_STREAM);
        let peer = accept(&**server);
        assert_eq!((send(&*client, b"x"), bytes(&*peer, 2)), (Ok(1), Ok(b"x".to_vec())));
        assert_eq!(client.peer().as_ref(), Ok(name));
    }
    fine()
}

fn abstract_goes(on: &dyn Sockets) -> Verdict {
    let name = own_name(b"");
    let server = serving(on, &name);
    let other = socket(on, Family::UNIX, SOCK_STREAM).bind(&name);
    assert_eq!(other, Err(system(Operation::Bind, Errno::ADDRINUSE)));
    drop(server);
    let refused = socket(on, Family::UNIX, SOCK_STREAM).connect(&name);
    assert_eq!(refused, Err(system(Operation::Connect, Errno::CONNREFUSED)));
    let _again = serving(on, &name);
    fine()
}

fn abstract_is_no_path(on: &dyn Sockets) -> Verdict {
    let (folder, address) = place(b"socket");
    let SocketAddress::Unix(path) = &address else { panic!("{address}") };
    let name = UnixAddress::abstract_name(path.as_path().expect("a path")).expect("it fits").into();
    let _server = serving(on, &name);
    assert!(!folder.path().join("socket").exists());
    let none = socket(on, Family::UNIX, SOCK_STREAM).connect(&address);
    assert_eq!(none, Err(system(Operation::Connect, Errno::NOENT)));
    fine()
}

fn chosen(on: &dyn Sockets) -> Verdict {
    let chosen = |kind| {
        let mut socket = socket(on, Family::UNIX, kind);
        socket.bind(&anywhere(Family::UNIX)).expect("there are names");
        let name = socket.local().expect("it has one");
        assert!(matches!(&name, SocketAddress::Unix(name) if name.as_abstract_name().is_some()), "{name}");
        (socket, name)
    };
    let ((_first, one), (_second, other)) = (chosen(SOCK_STREAM), chosen(SOCK_DGRAM));
    assert_ne!(one, other);
    fine()
}

fn unnamed(on: &dyn Sockets) -> Verdict {
    let (_folder, address) = place(b"socket");
    let server = serving(on, &address);
    let client = connect(on, &address, SOCK_STREAM);
    let (peer, from) = server.accept().expect("one comes");
    let nobody = anywhere(Family::UNIX);
    assert_eq!((client.local().as_ref(), peer.peer().as_ref()), (Ok(&nobody), Ok(&nobody)));
    assert!(from.is_none_or(|from| from == nobody));
    let (_folder, address) = place(b"other");
    let mut server = socket(on, Family::UNIX, SOCK_DGRAM);
    server.bind(&address).expect("it is free");
    let client = socket(on, Family::UNIX, SOCK_DGRAM);
    assert_eq!(send_to(&*client, b"x", &address), Ok(1));
    assert_eq!(receive_from(&*server, &mut [0; 2]), Ok((whole(1), None)));
    fine()
}

fn wrong_type(on: &dyn Sockets) -> Verdict {
    let (_folder, address) = place(b"socket");
    let _server = serving(on, &address);
    for kind in [SOCK_DGRAM, SOCK_SEQPACKET] {
        let refused = socket(on, Family::UNIX, kind).connect(&address);
        assert_eq!(refused, Err(system(Operation::Connect, Errno::PROTOTYPE)));
    }
    fine()
}

fn credentials(on: &dyn Sockets) -> Verdict {
    let [left, _right] = pair(on, SOCK_STREAM);
    let expected = [getpid().as_raw_nonzero().get() as u32, getuid().as_raw(), getgid().as_raw()];
    let expected = expected.map(u32::to_ne_bytes).concat();
    assert_eq!(left.option(known("SO_PEERCRED")), Ok(OptionValue::Bytes(expected)));
    fine()
}
