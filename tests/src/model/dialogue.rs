//! [`Chat`]: however its input is cut, held back and closed, its messages are those of the whole input, and its answers arrive.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::chat::{
    Chat, ChatEvent, ChatOptions, MessageEnd, MessageError, MessageOptions, Messages, OverLimit, Terminator,
};
use standpipe_core::dispatch::{Channel, ChannelEvent, ChannelOptions};
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, End, Layer, Machine, Moment, advance};

use crate::laws::{self, Fact, Subject};
use crate::sim::Readiness;
use crate::tls::cipher::Version;
use crate::tls::{Lender, Link, Wire, provider, sessions};

/// More turns than any history can be worth, once its owners do what they should.
const MOST_TURNS: usize = 50_000;
/// An answer is so many times as long as its question.
const TALKATIVE: usize = 40;

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    layered: bool,
    limit: u8,
    over: Over,
    /// What ends the first message, and the ones after each.
    script: [u8; 3],
    capacity: u8,
    budget: u8,
    paces: [Option<u32>; 2],
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Over {
    Error,
    Skip,
    Parts,
}

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
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wish {
    Nothing,
    CloseWhenDone,
    Close,
}

fn terminator(name: u8) -> Option<Terminator> {
    let any = Terminator::any_of(["\r\n", "b"]).expect("neither begins the other");
    [
        None,
        Some(Terminator::LF),
        Some(Terminator::CRLF),
        Some(Terminator::count(0)),
        Some(Terminator::count(5)),
        Some(any),
    ][usize::from(name) % 6]
        .clone()
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
    answered: usize,
    heard: usize,
    wish: Wish,
    deaf: bool,
    /// It was told something since its last turn: what is next is found when it is asked for, and behind a failure it may
    /// turn out to be nothing.
    asked: bool,
    /// Nothing need arrive any more.
    harmed: bool,
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
        let server = Side { machine: chat(setting, server), lender, ready };
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
            answered: 0,
            heard: 0,
            wish: Wish::Nothing,
            deaf: false,
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
            Step::Pass(millis) if !self.deaf => self.now = self.now + Duration::from_millis(millis.into()),
            Step::Close(0..16) => self.wish = Wish::CloseWhenDone,
            Step::Close(16..32) => self.wish = Wish::Close,
            Step::Reset(0..8) => {
                self.harmed = true;
                self.link.reset();
            }
            Step::Pass(_) | Step::Close(_) | Step::Reset(_) => {}
        }
    }

    fn serve(&mut self) {
        self.asked = false;
        self.server.run(true, &mut self.link, self.now, self.budget);
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
        assert_eq!(self.end, None, "the end is the last thing that is told");
        let held_back = handle.is_full();
        match event {
            ChatEvent::Message(message) => {
                assert!(!held_back && !self.deaf && !self.ended && self.failed.is_none());
                let answer = vec![b'.'; message.bytes.len() * TALKATIVE];
                if handle.push(&answer).is_ok() {
                    self.answered += answer.len();
                }
                self.told.push((message.bytes.to_vec(), message.end));
                if let Some(next) = self.setting.next(self.told.len()) {
                    handle.set_terminator(next);
                }
            }
            ChatEvent::Failed(error) => {
                assert!(!self.deaf && self.failed.is_none() && !held_back);
                (self.failed, self.deaf) = (Some(error), true);
            }
            ChatEvent::Ended => {
                assert!(!self.deaf && !self.ended && !held_back);
                self.ended = true;
            }
            ChatEvent::Closed(end) => self.end = Some(end),
            ChatEvent::Connected | ChatEvent::Room => {}
            event => panic!("an unknown event: {event:?}"),
        }
        match std::mem::replace(&mut self.wish, Wish::Nothing) {
            Wish::Nothing => {}
            Wish::CloseWhenDone => {
                self.harmed = true;
                handle.close_when_done();
            }
            Wish::Close => {
                self.deaf = true;
                handle.close();
            }
        }
        true
    }

    fn take(&mut self) -> bool {
        let Some((event, _)) = self.client.machine.next_event() else { return false };
        if let ChannelEvent::Data(data) = event {
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
            if before == self.progress() && !withheld && !self.server.machine.has_event() {
                return;
            }
        }
        panic!("two sides come to rest");
    }

    fn progress(&self) -> impl PartialEq + use<> {
        let written = [false, true].map(|side| (self.link.written(side), self.link.has_ended(side)));
        let machines = (self.client.machine.is_done(), self.server.machine.is_done());
        (written, machines, self.told.len(), self.heard)
    }

    fn finish(mut self) {
        self.client.ready = Readiness::whole();
        self.server.ready = Readiness::whole();
        self.budget = BUDGET;
        self.talk();
        self.client.machine.out().close_write();
        self.talk();
        let (expected, failure) = self.setting.messages_of(&self.said);
        assert!(expected.starts_with(&self.told), "{:?} is not how {expected:?} begins", self.told);
        let stopped = self.harmed || self.deaf && self.failed.is_none();
        if !stopped {
            assert_eq!((&self.told, self.failed), (&expected, failure), "of {:?}", self.said);
            assert_eq!(self.ended, failure.is_none());
        }
        if !self.harmed {
            assert_eq!(self.heard, self.answered, "every answer arrives");
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
}

impl Setting {
    fn options(self) -> MessageOptions {
        let over = match self.over {
            Over::Error => OverLimit::Error,
            Over::Skip => OverLimit::Skip,
            Over::Parts => OverLimit::Parts,
        };
        MessageOptions { limit: (self.limit % 24).into(), over }
    }

    fn first(self) -> Terminator {
        terminator(self.script[0]).unwrap_or(Terminator::LF)
    }

    /// What ends the messages behind so many. An empty one that is followed by an empty one for ever would be no history.
    fn next(self, told: usize) -> Option<Terminator> {
        let next = terminator(self.script[told % 3])?;
        (next != Terminator::count(0) || told.is_multiple_of(2)).then_some(next)
    }

    /// The messages of all that was said, taken at once.
    fn messages_of(self, said: &[u8]) -> (Vec<(Vec<u8>, MessageEnd)>, Option<MessageError>) {
        let mut messages = Messages::new(self.first()).with_options(self.options());
        let (mut all, mut rest) = (Vec::new(), said);
        loop {
            let found = match messages.next(rest) {
                Ok((used, Some(message))) => {
                    let found = (message.bytes.to_vec(), message.end);
                    rest = &rest[used..];
                    Some(found)
                }
                Ok((used, None)) => {
                    rest = &rest[used..];
                    match messages.finish() {
                        Ok(last) => last.map(|message| (message.bytes.to_vec(), message.end)),
                        Err(error) => return (all, Some(error)),
                    }
                }
                Err(error) => return (all, Some(error)),
            };
            let Some(found) = found else { return (all, None) };
            all.push(found);
            if let Some(next) = self.next(all.len()) {
                messages.set_terminator(next);
            }
            assert!(all.len() < 10_000, "a count of 0 again and again");
        }
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

fn chat(setting: Setting, layer: Option<Box<dyn Layer>>) -> Chat {
    let channel = ChannelOptions { high_water: 1000, low_water: 300, ..ChannelOptions::default() };
    let options = ChatOptions { message: setting.options(), channel };
    match layer {
        Some(layer) => Chat::layered(layer, setting.first(), options),
        None => Chat::new(setting.first(), options),
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
