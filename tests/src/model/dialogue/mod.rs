//! [`Chat`]: however its input is cut, held back and closed, its messages are those of the whole input, and its answers arrive.

mod setting;

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::chat::{Chat, ChatEvent, Handle, MessageEnd, MessageError, Terminator};
use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions, PushError};
use standpipe_core::flow::{More, Producer};
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, Bytes, End, Layer, Machine, Moment, advance};

use crate::client::pattern;
use crate::laws::{self, Fact, Subject};
use crate::sim::Readiness;
use crate::tls::cipher::Version;
use crate::tls::{Lender, Link, Wire, provider, sessions};
use setting::{Gap, Setting, chat};

/// More turns than any history can be worth, once its owners do what they should.
const MOST_TURNS: usize = 50_000;
/// An answer is so many times as long as its question.
const TALKATIVE: usize = 40;

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Step {
    /// The client says words of so few letters that terminators are among them.
    Say([u8; 6]),
    Client,
    Server,
    /// The server is told its next event.
    Event,
    /// The client takes what has come for it.
    Take,
    Talk,
    Pass(u8),
    /// In its next handler the server does this.
    Close(u8),
    Reset(u8),
    /// With its next message the server drops what has come and what waits.
    Discard(u8),
    Read(bool),
    Urgent(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wish {
    Nothing,
    CloseWhenDone,
    Close,
    Discard,
}

struct Chunks(Vec<Bytes>);

impl Producer for Chunks {
    fn more(&mut self) -> More {
        self.0.pop().map_or(More::End, More::Bytes)
    }
}

/// Checks any history.
///
/// # Panics
/// When a law is broken.
pub fn check(bytes: &[u8]) {
    let Some((setting, steps)) = super::read::<Setting, Step>(bytes) else { return };
    let mut trial = Trial::new(setting);
    for step in steps {
        trial.apply(step);
    }
    trial.finish();
}

#[derive(Debug)]
struct Side<M> {
    machine: M,
    lender: Lender,
    ready: Readiness,
}

impl<M: Machine> Side<M> {
    fn run(&mut self, server: bool, link: &mut Link, now: Moment, budget: usize) {
        let mut wire = Wire { link, side: server, ready: &mut self.ready, lender: &mut self.lender };
        let _progress = advance(&mut self.machine, &mut wire, now, budget);
        assert!(self.lender.out() <= 3);
    }
}

struct Trial {
    setting: Setting,
    client: Side<Channel>,
    server: Side<Chat>,
    link: Link,
    now: Moment,
    budget: usize,
    said: Vec<u8>,
    told: Vec<(Vec<u8>, MessageEnd)>,
    failed: Option<MessageError>,
    ended: bool,
    end: Option<End>,
    gaps: Vec<Gap>,
    /// The answers that are on their way or have arrived, of which this much was taken.
    answers: Vec<u8>,
    heard: usize,
    /// The urgent bytes that were sent, and the last one that was told.
    urgent: Vec<u8>,
    urgent_told: Option<u8>,
    events: usize,
    reads: bool,
    wish: Wish,
    /// No more messages are told.
    deaf: bool,
    /// It was asked to close.
    closes: bool,
    /// It was told something, or told to do something, since its last turn: what is next is found when it is asked for, and behind a failure it may
    /// turn out to be nothing.
    asked: bool,
    /// Nothing need arrive any more.
    harmed: bool,
}

/// Answers in one of three ways.
fn push(handle: &mut Handle<'_>, way: usize, answer: &[u8]) -> Result<(), PushError> {
    match way % 3 {
        0 => handle.push(answer),
        1 => handle.push_bytes(Bytes::copy_from_slice(answer)),
        _ => {
            let chunks = answer.chunks(50).rev().map(Bytes::copy_from_slice);
            handle.push_with_producer(Chunks(chunks.collect()))
        }
    }
}

impl Trial {
    fn new(setting: Setting) -> Self {
        let [client, server] = layers(setting.layered);
        let pace = |pace: Option<u32>| pace.map_or(Readiness::whole(), |seed| Readiness::random(seed.into()));
        let client = over(client, ChannelOptions { half_open: true, ..ChannelOptions::default() });
        let side = |seed| (Lender::default(), pace(seed));
        let (lender, ready) = side(setting.paces[0]);
        let client = Side { machine: client, lender, ready };
        let (lender, ready) = side(setting.paces[1]);
        let mut server = Side { machine: chat(setting, server), lender, ready };
        server.machine.handle().set_urgent(true);
        Self {
            setting,
            client,
            server,
            link: Link::new([100, 5000, 1 << 20][usize::from(setting.capacity) % 3]),
            now: Moment::from_nanos(1 << 40),
            budget: [1, 700, BUDGET][usize::from(setting.budget) % 3],
            said: Vec::new(),
            told: Vec::new(),
            failed: None,
            ended: false,
            end: None,
            gaps: Vec::new(),
            answers: Vec::new(),
            heard: 0,
            urgent: Vec::new(),
            urgent_told: None,
            events: 0,
            reads: true,
            wish: Wish::Nothing,
            deaf: false,
            closes: false,
            asked: false,
            harmed: false,
        }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Say(letters) => self.say(letters),
            Step::Client => self.client.run(false, &mut self.link, self.now, self.budget),
            Step::Server => self.serve(),
            Step::Event => drop(self.event()),
            Step::Take => drop(self.take()),
            Step::Talk => self.talk(),
            // Whoever closes does not wait for ever.
            Step::Pass(millis) if !self.closes && self.failed.is_none() => {
                self.now = self.now + Duration::from_millis(millis.into())
            }
            Step::Close(0..16) => self.wish = Wish::CloseWhenDone,
            Step::Close(16..32) => self.wish = Wish::Close,
            Step::Reset(0..8) => {
                self.harmed = true;
                self.link.reset();
            }
            Step::Discard(0..32) if !self.setting.layered => self.wish = Wish::Discard,
            Step::Read(reads) => self.set_reading(reads),
            Step::Urgent(byte) => {
                self.urgent.push(byte);
                self.link.send_urgent(false, byte);
            }
            Step::Pass(_) | Step::Close(_) | Step::Reset(_) | Step::Discard(_) => {}
        }
    }

    fn set_reading(&mut self, reads: bool) {
        (self.reads, self.asked) = (reads, true);
        self.server.machine.handle().set_reading(reads);
    }

    fn serve(&mut self) {
        self.asked = false;
        let read = self.link.read(true);
        self.server.run(true, &mut self.link, self.now, self.budget);
        let free = self.setting.layered || self.reads || self.server.machine.handle().is_closing();
        assert!(free || self.link.read(true) == read, "what is not wanted is not read");
    }

    fn say(&mut self, letters: [u8; 6]) {
        let bytes = letters.map(|letter| b"aab\r\n\n"[usize::from(letter) % 6]);
        if self.client.machine.out().push(&bytes).is_ok() {
            self.said.extend(bytes);
        }
    }

    /// Tells the server its next event. Whether there was one.
    fn event(&mut self) -> bool {
        let announced = self.server.machine.has_event();
        let Some((event, mut handle)) = self.server.machine.next_event() else {
            let failing = self.asked && self.failed.is_some();
            assert!(!announced || failing, "an event that was announced is told");
            return false;
        };
        assert!(announced || self.asked, "an event that is told was announced: {event:?}");
        self.asked = true;
        self.events += 1;
        assert_eq!(self.end, None, "the end is the last thing that is told");
        match event {
            ChatEvent::Message(message) => {
                assert!(!self.deaf && !self.ended && self.failed.is_none());
                assert!(!handle.is_full(), "while too much waits nothing more is told");
                let answer = pattern(self.answers.len(), message.bytes.len() * TALKATIVE);
                if push(&mut handle, self.told.len(), &answer).is_ok() {
                    self.answers.extend(answer);
                }
                self.told.push((message.bytes.to_vec(), message.end));
                if let Some(next) = self.setting.next(self.told.len()) {
                    handle.set_terminator(next);
                }
                if self.wish == Wish::Discard {
                    self.wish = Wish::Nothing;
                    handle.discard_buffers();
                    self.gaps.push(Gap { told: self.told.len(), read: self.link.read(true) });
                    self.answers.truncate(self.link.written(true));
                }
            }
            ChatEvent::Failed(error) => {
                assert!(!self.deaf && self.failed.is_none() && !handle.is_full());
                (self.failed, self.deaf) = (Some(error), true);
            }
            ChatEvent::Ended => {
                assert!(!self.deaf && !self.ended);
                self.ended = true;
            }
            ChatEvent::Closed(end) => self.end = Some(end),
            ChatEvent::Urgent(byte) => {
                assert!(!self.setting.layered && self.urgent.contains(&byte));
                self.urgent_told = Some(byte);
            }
            ChatEvent::Connected => assert!(self.setting.layered),
            ChatEvent::Room => assert!(!handle.is_full()),
            event => panic!("an unknown event: {event:?}"),
        }
        match std::mem::replace(&mut self.wish, Wish::Nothing) {
            Wish::Nothing => {}
            Wish::Discard => self.wish = Wish::Discard,
            Wish::CloseWhenDone => {
                self.closes = true;
                handle.close_when_done();
            }
            Wish::Close => {
                (self.closes, self.deaf) = (true, true);
                handle.close();
            }
        }
        true
    }

    fn take(&mut self) -> bool {
        let Some((event, _)) = self.client.machine.next_event() else { return false };
        if let ChannelEvent::Data(data) = event {
            assert_eq!(data, &self.answers[self.heard..][..data.len()], "what arrives is what was answered");
            self.heard += data.len();
        }
        true
    }

    fn talk(&mut self) {
        for _ in 0..MOST_TURNS {
            let before = self.progress();
            while self.take() {}
            self.client.run(false, &mut self.link, self.now, self.budget);
            while self.event() {}
            self.serve();
            let withheld = self.client.ready.take_withheld() | self.server.ready.take_withheld();
            if before == self.progress() && !withheld {
                return;
            }
        }
        panic!("two sides come to rest");
    }

    fn progress(&self) -> impl PartialEq + use<> {
        let written = [false, true].map(|side| (self.link.written(side), self.link.has_ended(side)));
        let machines = (self.client.machine.is_done(), self.server.machine.is_done());
        (written, machines, self.events, self.heard, self.server.machine.has_event())
    }

    fn finish(mut self) {
        self.client.ready = Readiness::whole();
        self.server.ready = Readiness::whole();
        self.budget = BUDGET;
        self.set_reading(true);
        self.talk();
        self.check_urgent();
        self.client.machine.out().close_write();
        self.talk();
        let (expected, failure) = self.setting.messages_of(&self.said, &self.gaps);
        assert!(expected.starts_with(&self.told), "{:?} is not how {expected:?} begins", self.told);
        let stopped = self.harmed || self.closes;
        if !stopped {
            assert_eq!((&self.told, self.failed), (&expected, failure), "of {:?}", self.said);
            assert_eq!(self.ended, failure.is_none());
        }
        if !self.harmed {
            assert_eq!(self.heard, self.answers.len(), "every answer arrives");
        }
        self.client.machine.out().close();
        for _ in 0..4 {
            self.now = self.now + Duration::from_secs(20);
            self.talk();
        }
        let end = self.end.expect("the end is told");
        assert_eq!(end == End::Limit, self.failed.is_some());
        assert!(self.harmed || end.is_clean() || self.failed.is_some(), "{end:?}");
        assert_eq!(
            (self.client.lender.out(), self.server.lender.out()),
            (0, 0),
            "all that was lent has come back"
        );
        assert!(
            !end.is_clean() || self.server.machine.partial().is_empty(),
            "of whole messages nothing is left"
        );
    }

    /// The last urgent byte is told, unless nothing more is.
    fn check_urgent(&self) {
        let gone = self.harmed || self.deaf || self.setting.layered || self.server.machine.has_peer_ended();
        assert!(
            gone || self.closes || self.urgent.last() == self.urgent_told.as_ref(),
            "an urgent byte is told"
        );
    }
}

/// A client's and a server's, where there are any.
fn layers(wanted: bool) -> [Option<Box<dyn Layer>>; 2] {
    if !wanted {
        return [None, None];
    }
    let (client, server) = sessions(Provider::Custom(provider(Version::Tls13)));
    [Some(Box::new(client)), Some(Box::new(server))]
}

fn over(layer: Option<Box<dyn Layer>>, options: ChannelOptions) -> Channel {
    match layer {
        Some(layer) => Channel::layered(layer, options),
        None => Channel::connected(options),
    }
}

/// Checks the laws on any history.
pub fn check_laws(bytes: &[u8]) {
    let Some((setting, facts)) = super::read::<Setting, Fact>(bytes) else { return };
    let [_, server] = layers(setting.layered);
    laws::check(chat(setting, server), &facts);
}

impl Subject for Chat {
    const LENT: usize = 3;

    fn seen(&self) -> String {
        format!("{:?} {} {:?}", self.end(), self.is_connected(), self.partial())
    }

    fn take_event(&mut self) -> bool {
        self.next_event().is_some()
    }

    fn call(&mut self, verb: u8) {
        let mut handle = self.handle();
        let _ = match verb % 9 {
            0 => handle.push(b"hello"),
            1 => handle.push(&[7; 1500]),
            2 => return handle.set_terminator(3),
            3 => return handle.close_write(),
            4 => return handle.close_when_done(),
            5 => return handle.close(),
            6 => return handle.set_terminator(Terminator::LF),
            7 => return handle.discard_buffers(),
            _ => return handle.abort(),
        };
    }

    /// Its owner has to say whether anything more is sent.
    fn may_rest(&self) -> bool {
        self.has_peer_ended()
    }
}
