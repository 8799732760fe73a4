//! Streams, the readiness that is remembered of them, and signals as bytes.

use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use standpipe_core::flow::SendQueue;
use standpipe_core::signal::Signal;
use standpipe_core::{Bytes, Duty, FaultKind, Io, Outcome, Pending, Pool, Port, Side, Window};
use standpipe_sys::{Ends, PollSet, PortIo, Readiness, Stream, control_pipe, fd, is_ready, signal_pipe};

const PORT: Port = Port::new(0);

/// Ten times what an idle machine takes, and more.
const LONG: Duration = Duration::from_secs(60);

fn pipe() -> (Stream, Stream) {
    let (read, write) = fd::pipe().unwrap();
    (Stream::pipe(read).unwrap(), Stream::pipe(write).unwrap())
}

fn sockets() -> (Stream, Stream) {
    let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
    (Stream::socket(one.into()), Stream::socket(other.into()))
}

fn read_all(stream: &mut Stream) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        match stream.try_read(Window::Append { into: &mut all, max: usize::MAX >> 1 }) {
            Outcome::Ready(_) => {}
            Outcome::Blocked | Outcome::Eof => return all,
            Outcome::Failed(fault) => panic!("{fault}"),
        }
    }
}

#[test]
fn an_append_grows_the_vector_by_what_came_and_by_no_more_than_its_limit() {
    let (mut read, mut write) = pipe();
    assert_eq!(write.try_write(Pending::Slice(b"hello world")), Outcome::Ready(11));
    let mut into = b"> ".to_vec();
    assert_eq!(read.try_read(Window::Append { into: &mut into, max: 5 }), Outcome::Ready(5));
    assert_eq!(into, b"> hello");
    assert_eq!(read.try_read(Window::Append { into: &mut into, max: 50 }), Outcome::Ready(6));
    assert_eq!(into, b"> hello world");
    drop(write);
    assert_eq!(read.try_read(Window::Append { into: &mut into, max: 50 }), Outcome::Eof);
    assert_eq!(into, b"> hello world");
}

#[test]
fn a_queue_goes_out_in_one_call_and_in_order() {
    for (mut read, mut write) in [pipe(), sockets()] {
        let mut queue = SendQueue::new(1 << 20, 0);
        let chunks: Vec<Vec<u8>> = (0..100u8).map(|n| vec![n; usize::from(n)]).collect();
        chunks.iter().for_each(|chunk| queue.push(Bytes::copy_from_slice(chunk)));
        while !queue.is_empty() {
            let Outcome::Ready(n) = write.try_write(Pending::Queue(&queue)) else { panic!("blocked") };
            queue.consume(n);
        }
        assert_eq!(read_all(&mut read), chunks.concat());
    }
}

#[test]
fn a_full_pipe_blocks_and_keeps_what_it_took() {
    let (mut read, mut write) = pipe();
    let block = vec![7; 1 << 20];
    let Outcome::Ready(taken) = write.try_write(Pending::Slice(&block)) else { panic!("blocked") };
    assert!(taken < block.len());
    assert_eq!(write.try_write(Pending::Slice(&block)), Outcome::Blocked);
    assert_eq!(read_all(&mut read).len(), taken);
}

#[test]
fn a_socket_whose_peer_is_gone_says_so() {
    let (ours, theirs) = sockets();
    let mut ours = ours;
    drop(theirs);
    let outcome = ours.try_write(Pending::Slice(b"x"));
    assert!(matches!(outcome, Outcome::Failed(fault) if fault.kind() == FaultKind::BrokenPipe));
    assert_eq!(ours.try_read(Window::Slice(&mut [0])), Outcome::Eof);
}

/// By tcp(7) the kernel keeps it back for 200 ms, which a machine may take between two calls, though hardly ten times.
#[test]
fn what_is_last_waits_for_the_end_and_leaves_with_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let was_kept_back = || {
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        ours.set_nodelay(true).unwrap();
        let (mut ours, theirs) = (Stream::socket(ours.into()), listener.accept().unwrap().0);
        assert_eq!(ours.try_last_write(Pending::Slice(b"bye")), Outcome::Ready(3));
        let kept_back = !is_ready(theirs.as_fd(), Side::Read);
        ours.close_write().unwrap();
        assert_eq!(std::io::read_to_string(theirs).unwrap(), "bye");
        kept_back
    };
    assert!((0..10).any(|_| was_kept_back()));
}

#[test]
fn a_half_closed_socket_still_reads() {
    let (mut ours, mut theirs) = sockets();
    ours.close_write().unwrap();
    assert_eq!(theirs.try_read(Window::Slice(&mut [0])), Outcome::Eof);
    assert_eq!(theirs.try_write(Pending::Slice(b"late")), Outcome::Ready(4));
    assert_eq!(read_all(&mut ours), b"late");
}

#[test]
fn a_shared_description_keeps_its_flags_and_never_waits() {
    let (read, write) = fd::pipe().unwrap();
    let flags = |fd: &std::os::fd::OwnedFd| {
        // SAFETY: F_GETFL passes no pointer.
        unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) }
    };
    let (copy, before) = (write.try_clone().unwrap(), flags(&write));
    let (mut read, mut write) = (Stream::shared(read), Stream::shared(write));
    assert_eq!(read.try_read(Window::Slice(&mut [0])), Outcome::Blocked);
    let block = vec![1; 1 << 20];
    let mut total = 0;
    while let Outcome::Ready(n) = write.try_write(Pending::Slice(&block)) {
        assert!(n <= 4096, "a pipe that polls writable takes no more without waiting");
        total += n;
    }
    assert_eq!(read.try_read(Window::Slice(&mut vec![0; 1 << 20])), Outcome::Ready(total));
    assert_eq!(flags(&copy), before);
}

/// A FIFO opened anew after that would never tell that its writers are gone.
#[test]
fn a_fifo_whose_writers_are_gone_comes_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    let name = std::ffi::CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: the name is a string of C.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    // Both, since each alone would wait for the other.
    let first = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    let reader = std::fs::File::open(&path).unwrap();
    std::io::Write::write_all(&mut &first, b"hello").unwrap();
    drop(first);
    let mut stream = Stream::from_fd(reader.into()).unwrap();
    assert_eq!(stream.try_read(Window::Slice(&mut [0; 16])), Outcome::Ready(5));
    let mut set = PollSet::default();
    set.add(stream.as_fd(), Side::Read);
    set.wait(Some(LONG)).unwrap();
    assert!(set.is_ready(0));
    assert_eq!(stream.try_read(Window::Slice(&mut [0; 16])), Outcome::Eof);
}

/// To open a master anew makes another terminal.
#[test]
fn the_master_of_a_terminal_stays_the_same_terminals() {
    let pty = standpipe_sys::pty().unwrap();
    let mut stream = Stream::from_fd(pty.master).unwrap();
    std::io::Write::write_all(&mut std::fs::File::from(pty.slave.try_clone().unwrap()), b"shown").unwrap();
    let mut set = PollSet::default();
    set.add(stream.as_fd(), Side::Read);
    set.wait(Some(LONG)).unwrap();
    assert_eq!(stream.try_read(Window::Slice(&mut [0; 16])), Outcome::Ready(5));
}

fn pipe_size(stream: &Stream) -> i32 {
    // SAFETY: F_GETPIPE_SZ passes no pointer.
    unsafe { libc::fcntl(stream.as_fd().as_raw_fd(), libc::F_GETPIPE_SZ) }
}

/// Writes so many bytes and reads them.
fn carry(write: &mut Stream, read: &mut Stream, n: usize) {
    assert_eq!(write.try_write(Pending::Slice(&vec![1; n])), Outcome::Ready(n));
    assert_eq!(read.try_read(Window::Slice(&mut vec![0; 256 << 10])), Outcome::Ready(n));
}

/// Also where each transfer that it has cut short is followed by the rest of it, as under TLS.
#[test]
fn a_busy_pipe_is_made_big_after_four_transfers() {
    for sizes in [[64 << 10; 4], [64 << 10, 48 << 10, 64 << 10, 48 << 10]] {
        let (mut read, mut write) = pipe();
        let before = pipe_size(&read);
        for n in sizes {
            assert_eq!(pipe_size(&read), before, "{sizes:?}");
            carry(&mut write, &mut read, n);
        }
        assert_eq!(pipe_size(&read), 1 << 20, "{sizes:?}");
    }
}

#[test]
fn a_pipe_with_pauses_stays_as_it_is() {
    let (mut read, mut write) = pipe();
    let before = pipe_size(&read);
    [64, 64, 64, 1].into_iter().cycle().take(20).for_each(|kib| carry(&mut write, &mut read, kib << 10));
    assert_eq!(pipe_size(&read), before);
}

#[test]
fn what_is_known_to_be_dry_is_not_asked_again_until_a_wait_says_so() {
    let (read, mut write) = pipe();
    let mut ends = Ends::default().with(PORT, read);
    let (mut ready, mut pool, mut buffer) = (Readiness::default(), Pool::default(), [0; 8]);
    assert_eq!(write.try_write(Pending::Slice(b"abc")), Outcome::Ready(3));
    let mut io = PortIo::new(&mut ends, &mut ready, &mut pool, ());
    assert_eq!(io.try_read(PORT, Window::Slice(&mut buffer)), Outcome::Ready(3));
    assert_eq!(write.try_write(Pending::Slice(b"def")), Outcome::Ready(3));
    assert_eq!(
        io.try_read(PORT, Window::Slice(&mut buffer)),
        Outcome::Blocked,
        "a short read took all there was"
    );
    ready.set(PORT, Side::Read);
    let mut io = PortIo::new(&mut ends, &mut ready, &mut pool, ());
    assert_eq!(io.try_read(PORT, Window::Slice(&mut buffer)), Outcome::Ready(3));
}

#[test]
fn to_close_what_is_closed_is_done() {
    let (read, _write) = pipe();
    let mut ends = Ends::default().with(PORT, read);
    for duty in [Duty::Close, Duty::Close, Duty::CloseWrite, Duty::Reset] {
        assert_eq!(ends.try_duty(PORT, duty), standpipe_core::Done::Ok(0));
    }
    assert!(ends.descriptor(PORT).is_none());
}

#[test]
fn a_signal_is_a_byte_and_wakes_a_wait() {
    let (mut pipe, caught) = signal_pipe(&[Signal::USR2]).unwrap();
    // SAFETY: the signal has a handler that writes to the pipe.
    unsafe { libc::raise(libc::SIGUSR2) };
    let mut set = PollSet::default();
    set.add(pipe.as_fd(), Side::Read);
    set.wait(Some(LONG)).unwrap();
    assert!(set.is_ready(0));
    let mut bytes = [0; 4];
    assert_eq!(pipe.try_read(Window::Slice(&mut bytes)), Outcome::Ready(1));
    assert_eq!(i32::from(bytes[0]), Signal::USR2.number());
    drop(caught);
}

#[test]
fn a_signal_that_cannot_be_caught_is_refused() {
    assert!(signal_pipe(&[Signal::KILL]).is_err());
}

#[test]
fn another_thread_can_ask() {
    let (mut pipe, control) = control_pipe().unwrap();
    std::thread::spawn(move || control.ask(Signal::TERM)).join().unwrap();
    assert_eq!(read_all(&mut pipe), [Signal::TERM.number() as u8]);
}

#[test]
fn an_ignored_signal_stays_ignored() {
    // SAFETY: no handler is passed; nothing else in this process uses the signal.
    unsafe { libc::signal(libc::SIGURG, libc::SIG_IGN) };
    let (mut pipe, _caught) = signal_pipe(&[Signal::new(libc::SIGURG).unwrap()]).unwrap();
    // SAFETY: it is ignored.
    unsafe { libc::raise(libc::SIGURG) };
    assert!(read_all(&mut pipe).is_empty());
}
