//! What a connection costs: while it is idle, and for each message.

use std::hint::black_box;
use std::mem::size_of;

use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, Terminator};
use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
use standpipe_core::{
    BUDGET, Bytes, Done, Duty, Io, LENT_SIZE, Lend, Moment, Outcome, Pending, Pool, Port, Progress, Window,
    advance,
};

use super::{allocations, bytes_held};

/// A peer that says the same in each read, so many times, and takes everything.
#[derive(Default)]
struct Peer {
    says: &'static [u8],
    times: usize,
    heard: usize,
    pool: Pool,
    lent: usize,
}

impl Lend for Peer {
    fn take(&mut self) -> Box<[u8]> {
        self.lent += 1;
        self.pool.take()
    }

    fn give(&mut self, buffer: Box<[u8]>) {
        self.lent -= 1;
        self.pool.give(buffer);
    }
}

impl Io for Peer {
    fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
        let Window::Slice(window) = window else { panic!("a connection's window is a slice") };
        let Some(left) = self.times.checked_sub(1) else { return Outcome::Blocked };
        self.times = left;
        window[..self.says.len()].copy_from_slice(self.says);
        Outcome::Ready(self.says.len())
    }

    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        let Pending::Queue(queue) = pending else { panic!("a connection writes its queue") };
        let n = queue.chunks().map(<[u8]>::len).sum();
        self.heard += n;
        if n == 0 { Outcome::Blocked } else { Outcome::Ready(n) }
    }

    fn try_duty(&mut self, _: Port, _: Duty) -> Done {
        Done::Ok(0)
    }
}

/// Each message is answered, until the peer says nothing more.
fn talk(chat: &mut Chat, peer: &mut Peer) {
    while advance(chat, peer, Moment::ORIGIN, BUDGET) == Progress::Events {
        while let Some((event, mut handle)) = chat.next_event() {
            let ChatEvent::Message(message) = black_box(event) else { continue };
            let length = message.bytes.len();
            handle.push(b"250 ").expect("there is room");
            handle.push(message.bytes).expect("there is room");
            handle.push(if length > 9 { b" and more\r\n" } else { b"\r\n" }).expect("there is room");
        }
    }
}

#[test]
fn an_idle_connection_is_small() {
    let sizes = (size_of::<Channel>(), size_of::<Chat>());
    assert!(sizes.0 < 384 && sizes.1 < 512, "{sizes:?}");
}

#[test]
fn a_new_connection_holds_nothing() {
    let made = || {
        black_box(Chat::new(Terminator::CRLF, ChatOptions::default()));
        black_box(Channel::connecting(None, ChannelOptions::default()));
    };
    assert_eq!(allocations(made), 0);
}

/// Whether messages come one in a turn or many in one read, and however the answer is put together.
#[test]
fn an_answer_costs_no_allocation() {
    let many: &[u8] = b"one\ntwo\na longer message\n\nfive\n";
    for says in [&b"NOOP\n"[..], many] {
        let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
        let mut peer = Peer { says, times: 3, ..Peer::default() };
        talk(&mut chat, &mut peer);
        let (heard, held) = (peer.heard, bytes_held());
        peer.times = 1000;
        assert_eq!(allocations(|| talk(&mut chat, &mut peer)), 0);
        assert_eq!((peer.heard - heard, bytes_held()), (heard / 3 * 1000, held));
    }
}

/// One message in a turn that ends with its event, as where others come between.
#[test]
fn an_answer_in_a_turn_of_its_own_costs_no_allocation() {
    let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
    let mut peer = Peer { says: b"NOOP\n", ..Peer::default() };
    let mut turn = || {
        peer.times = 1;
        talk(&mut chat, &mut peer);
        assert_eq!(peer.lent, 0);
    };
    turn();
    assert_eq!(allocations(|| (0..1000).for_each(|_| turn())), 0);
    assert_eq!(peer.heard, 1001 * 10);
}

/// The same of a channel.
#[test]
fn an_answer_to_data_costs_no_allocation() {
    let mut echo = Channel::connected(ChannelOptions::default());
    let mut peer = Peer { says: b"hello", ..Peer::default() };
    let mut turn = |times| {
        peer.times = times;
        while advance(&mut echo, &mut peer, Moment::ORIGIN, BUDGET) == Progress::Events {
            while let Some((event, out)) = echo.next_event() {
                let ChannelEvent::Data(data) = event else { continue };
                out.push(data).expect("there is room");
            }
        }
    };
    turn(1);
    assert_eq!(allocations(|| turn(1000)), 0);
    assert_eq!(peer.heard, 5005);
}

/// Whatever has passed: all buffers are back, and nothing is allocated.
#[test]
fn an_idle_connection_holds_nothing_after_traffic() {
    let before = bytes_held();
    let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
    let mut peer = Peer { says: b"one\ntwo\n", times: 1000, ..Peer::default() };
    talk(&mut chat, &mut peer);
    assert_eq!(peer.lent, 0);
    assert_eq!(bytes_held() - before, bytes_of(&peer.pool));
}

/// One whose messages were cut, and which has pushed what it did not copy, keeps a little, so as not to ask for it again
/// and again; not what a large message has needed.
#[test]
fn an_idle_connection_keeps_little_of_anything() {
    let before = bytes_held();
    let mut chat = Chat::new(Terminator::LF, ChatOptions::default());
    let mut peer = Peer { says: &[b'x'; 1000], times: 50, ..Peer::default() };
    talk(&mut chat, &mut peer);
    assert!(bytes_held() - before > 50_000);
    (peer.says, peer.times) = (b"end\nbegin", 100);
    talk(&mut chat, &mut peer);
    for _ in 0..100 {
        chat.handle().push_bytes(Bytes::from_static(b"hello")).expect("there is room");
    }
    (peer.says, peer.times) = (b"\n", 1);
    talk(&mut chat, &mut peer);
    assert_eq!((peer.lent, chat.partial()), (0, &b""[..]));
    let kept = bytes_held() - before - bytes_of(&peer.pool);
    assert!((0..1024).contains(&kept), "{kept} bytes");
}

/// What the pool keeps, and its list.
fn bytes_of(pool: &Pool) -> isize {
    let buffers = pool.idle() * LENT_SIZE;
    let list = 4 * size_of::<Box<[u8]>>();
    (buffers + list) as isize
}
