//! Many machines in a loop of one's own: which is which, who is due, and who comes next.

use std::time::Duration;

use standpipe_core::dispatch::{Key, Ready, Registry, TimerKey, Timers};
use standpipe_core::flow::{Relay, RelayOptions};
use standpipe_core::{
    Done, Duty, End, Io, LENT_SIZE, Lend, Moment, Outcome, Pending, Port, Progress, Timer, Window, advance,
};

/// A peer that sends so many bytes and ends, or stays silent.
struct Peer(Option<usize>);

impl Lend for Peer {
    fn take(&mut self) -> Box<[u8]> {
        vec![0; LENT_SIZE].into()
    }

    fn give(&mut self, _: Box<[u8]>) {}
}

impl Io for Peer {
    fn try_read(&mut self, _: Port, window: Window<'_>) -> Outcome {
        let Some(left) = &mut self.0 else { return Outcome::Blocked };
        let n = window.room().min(*left);
        *left -= n;
        if n == 0 { Outcome::Eof } else { Outcome::Ready(n) }
    }

    fn try_write(&mut self, _: Port, pending: Pending<'_>) -> Outcome {
        let Pending::Slice(bytes) = pending else { unreachable!("a relay writes slices") };
        Outcome::Ready(bytes.len())
    }

    fn try_duty(&mut self, _: Port, _: Duty) -> Done {
        Done::Ok(0)
    }
}

struct Connection {
    relay: Relay,
    peer: Peer,
    timer: Option<TimerKey>,
}

#[derive(Default)]
struct Loop {
    connections: Registry<Connection>,
    timers: Timers<Key>,
    ready: Ready,
    now: Moment,
}

impl Loop {
    fn insert(&mut self, peer: Peer) -> Key {
        let relay =
            Relay::echo(RelayOptions { idle: Some(Duration::from_secs(60)), ..RelayOptions::default() });
        let key = self.connections.insert(Connection { relay, peer, timer: None });
        self.ready.push(key);
        key
    }

    /// One turn for each who has work. Who has come to its end is taken out and told.
    fn round(&mut self, ended: &mut Vec<(Key, End)>) {
        self.ready.begin_round();
        while let Some(turn) = self.ready.next_turn() {
            let key = turn.key();
            let Some(connection) = self.connections.get_mut(key) else { continue };
            match advance(&mut connection.relay, &mut connection.peer, self.now, turn.left()) {
                Progress::Blocked(what) => {
                    self.timers.follow(&mut connection.timer, what.wake.map(|wake| wake.at), key);
                }
                Progress::Budget => {
                    self.ready.push(key);
                }
                Progress::Done => {
                    ended.extend(connection.relay.report().map(|report| (key, report.end)));
                    self.timers.follow(&mut connection.timer, None, key);
                    self.connections.remove(key);
                }
                Progress::Events => unreachable!("an echo has no events"),
            }
        }
    }

    /// A driver asks the kernel here, waiting only while nobody is ready; an event's token is a key and a port. In this
    /// world nothing happens but that time passes.
    fn wait(&mut self) {
        if self.ready.is_empty() {
            self.now = self.timers.earliest().unwrap_or(self.now);
        }
        for (_, key) in self.timers.expired(self.now) {
            self.ready.push(key);
        }
    }
}

fn main() {
    let mut event_loop = Loop::default();
    let silent = event_loop.insert(Peer(None));
    let long = event_loop.insert(Peer(Some(100 << 20)));
    let short = event_loop.insert(Peer(Some(5)));
    let mut ended = Vec::new();
    while !event_loop.connections.is_empty() {
        event_loop.round(&mut ended);
        event_loop.wait();
    }
    assert_eq!(ended, [(short, End::Clean), (long, End::Clean), (silent, End::TimedOut(Timer::Idle))]);
}
