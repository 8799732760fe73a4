//! Whatever may carry the records: sockets of every kind, pipes, a terminal.

use std::fs::OpenOptions;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use standpipe_core::SecuredOptions;
use standpipe_tests::client::pattern;
use standpipe_tests::harness::{SecuredStream, Securing, Skip, Terms, Transport, Upgrading, Verdict};
use standpipe_tests::log::Log;

use super::case::{Case, secured, upgraded};
use super::sides::{LONG, ROLES, Role, beside, bounded, layer, stranger};
use super::stranger::Stranger;

pub(super) const CASES: &[Case] = &[
    secured("a_socket_of_the_unix_family_carries_them", unix),
    secured("a_pair_of_sockets_carries_them", pair),
    upgraded("two_pipes_carry_them", pipes),
    upgraded("a_terminal_carries_them", terminal),
    secured("a_connection_of_ipv6_carries_them", ipv6),
];

/// Our side over a transport.
fn over(on: &dyn Securing, terms: Terms, role: Role, transport: Transport) -> Box<dyn SecuredStream> {
    on.secure(transport, layer(terms, role), SecuredOptions::default())
}

/// A question, its end, an answer, its end.
fn carry<S: Read + Write + Send>(mut ours: Box<dyn SecuredStream>, mut stranger: Stranger<S>) -> Log {
    let (question, answer) = beside(
        move || {
            let question = stranger.read_all().expect("a clean end");
            stranger.write_all(&question).expect("it is taken");
            stranger.close_notify();
            question
        },
        || {
            let mut answer = Vec::new();
            ours.write_all(&pattern(0, 100_000)).expect("it is taken");
            ours.close_write().expect("the peer is there");
            ours.read_to_end(&mut answer).expect("a clean end");
            answer
        },
    );
    assert!(answer == question, "{} of {} bytes", answer.len(), question.len());
    Log::new().with("answer", &answer, "clean")
}

/// The log of either role, which is the same.
fn in_both_roles(mut carry: impl FnMut(Role) -> Log) -> Verdict {
    let [as_client, as_server] = ROLES.map(&mut carry);
    assert_eq!(as_client, as_server);
    Ok(as_client)
}

/// A stranger's end, which waits for so long that it hangs.
fn bounded_unix(socket: UnixStream) -> UnixStream {
    socket.set_read_timeout(Some(LONG)).expect("a time");
    socket.set_write_timeout(Some(LONG)).expect("a time");
    socket
}

/// SSL-14.
fn unix(on: &dyn Securing, terms: Terms) -> Verdict {
    let folder = tempfile::tempdir().expect("a folder");
    in_both_roles(|role| {
        let path = folder.path().join(format!("{role:?}"));
        let listener = UnixListener::bind(&path).expect("a new path");
        let ours = UnixStream::connect(&path).expect("it listens");
        let other = bounded_unix(listener.accept().expect("a connection waits").0);
        carry(over(on, terms, role, Transport::Socket(ours.into())), stranger(terms, role, other))
    })
}

fn pair(on: &dyn Securing, terms: Terms) -> Verdict {
    in_both_roles(|role| {
        let (ours, other) = UnixStream::pair().expect("a pair");
        let other = stranger(terms, role, bounded_unix(other));
        carry(over(on, terms, role, Transport::Socket(ours.into())), other)
    })
}

/// Two directions as one.
struct Both(PipeReader, PipeWriter);

impl Read for Both {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Both {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.1.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn pipes(on: &dyn Upgrading, terms: Terms) -> Verdict {
    in_both_roles(|role| {
        let ((read, their_writer), (their_reader, write)) =
            (pipe().expect("a pipe"), pipe().expect("a pipe"));
        let transport = Transport::Pair { read: read.into(), write: write.into() };
        carry(over(on, terms, role, transport), stranger(terms, role, Both(their_reader, their_writer)))
    })
}

/// A raw one, as a serial line is.
fn terminal(on: &dyn Upgrading, terms: Terms) -> Verdict {
    in_both_roles(|role| {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).expect("it is ours");
        unlockpt(&ours).expect("it is ours");
        let path = ptsname(&ours, Vec::new()).expect("it has a name").into_string().expect("an ASCII one");
        let other = OpenOptions::new().read(true).write(true).open(path).expect("it is unlocked");
        let mut settings = tcgetattr(&other).expect("a terminal");
        settings.make_raw();
        tcsetattr(&other, OptionalActions::Now, &settings).expect("a terminal");
        let read = ours.try_clone().expect("descriptors are left");
        let transport = Transport::Pair { read, write: ours };
        carry(over(on, terms, role, transport), stranger(terms, role, other))
    })
}

fn ipv6(on: &dyn Securing, terms: Terms) -> Verdict {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return Err(Skip("there is no IPv6 on the loopback".into()));
    };
    in_both_roles(|role| {
        let ours = TcpStream::connect(listener.local_addr().expect("it has one")).expect("it listens");
        let other = bounded(listener.accept().expect("a connection waits").0);
        carry(over(on, terms, role, Transport::Socket(ours.into())), stranger(terms, role, other))
    })
}
