//! A layer that is put over a dialogue which has begun in plain text: what was said before goes without it, all that is
//! said after goes by it, and what somebody has put behind the request is never taken for a message.

use std::time::Duration;

use arbitrary::Arbitrary;
use standpipe_core::chat::{Chat, ChatEvent, ChatOptions, Terminator};
use standpipe_core::dispatch::LayerError;
use standpipe_core::tls::Provider;
use standpipe_core::{BUDGET, Blocked, End, Layer, Machine, Moment, Progress, advance};

use crate::sim::Readiness;
use crate::tls::cipher::Version;
use crate::tls::{Lender, Link, Wire, provider, sessions};

/// More turns than any dialogue takes, byte by byte.
const MOST_TURNS: usize = 50_000;
const BEGIN: Moment = Moment::from_nanos(1 << 40);
const REQUEST: &[u8] = b"STARTTLS\r\n";
const ANSWER: &[u8] = b"220 go ahead\r\n";

#[derive(Arbitrary, Clone, Copy, Debug)]
struct Setting {
    old: bool,
    capacity: u8,
    paces: [Option<u32>; 2],
    /// The server says so many bytes before its answer, which leave slowly.
    greeting: u16,
    /// How many lines the client says when the layer is there.
    lines: u8,
    /// How they end.
    close_when_done: bool,
}

/// What somebody puts behind the request.
#[derive(Arbitrary, Clone, Debug)]
struct Injected(Vec<u8>);

/// Checks a dialogue.
pub fn check(bytes: &[u8]) {
    let Some((setting, injected)) = super::read::<Setting, Injected>(bytes) else { return };
    let injected: Vec<u8> = injected.into_iter().flat_map(|Injected(bytes)| bytes).collect();
    let mut dialogue = Dialogue::new(setting, injected);
    dialogue.talk();
    dialogue.check();
}

struct Dialogue {
    sides: [Side; 2],
    link: Link,
    now: Moment,
    /// Nobody has put anything behind the request.
    honest: bool,
}

impl Dialogue {
    fn new(setting: Setting, injected: Vec<u8>) -> Self {
        let version = if setting.old { Version::Tls12 } else { Version::Tls13 };
        let (client, server) = sessions(Provider::Custom(provider(version)));
        let (honest, lines) = (injected.is_empty(), setting.lines % 8);
        let mut sides = [
            Side::new(
                Box::new(client),
                setting.paces[0],
                Role::Client { lines, polite: setting.close_when_done },
            ),
            Side::new(Box::new(server), setting.paces[1], Role::Server { greeting: setting.greeting }),
        ];
        let request = [REQUEST, &injected].concat();
        sides[0].chat.handle().push(&request).expect("it is open");
        let capacity = [100, 5000, 1 << 20][usize::from(setting.capacity) % 3];
        Self { sides, link: Link::new(capacity), now: BEGIN, honest }
    }

    fn talk(&mut self) {
        for _ in 0..MOST_TURNS {
            let mut moved = false;
            for (index, side) in self.sides.iter_mut().enumerate() {
                if side.is_ready(&self.link, index == 1, self.now) {
                    side.run(&mut self.link, index == 1, self.now);
                    moved = true;
                }
                while side.next_event() {}
            }
            if moved {
                continue;
            }
            if self.sides.iter().all(|side| side.closed.is_some()) {
                return;
            }
            assert!(!self.honest, "nothing keeps them from their end: {:?}", self.sides);
            for side in &mut self.sides {
                (side.blocked, _) = (None, side.chat.handle().close());
            }
            self.now = self.now + Duration::from_secs(10);
        }
        panic!("they talk on for ever");
    }

    fn check(&self) {
        let [client, server] = &self.sides;
        if !self.honest {
            assert!(
                server.said.len() <= 1,
                "what was put behind the request is no message: {:?}",
                server.said
            );
            assert!(server.closed.is_some_and(|end| !end.is_clean()));
            return;
        }
        assert!(client.agreed && server.agreed && !client.refused && !server.refused);
        assert_eq!((client.closed, server.closed), (Some(End::Clean), Some(End::Clean)));
        let Role::Client { lines, .. } = client.role else { return };
        let all: Vec<Vec<u8>> = (0..lines).map(line).collect();
        assert_eq!(server.said[1..], all, "all that is said by the layer is heard");
        assert_eq!(client.said[client.said.len() - all.len()..], all, "and echoed");
        for side in &self.sides {
            assert_eq!(side.lender.out(), 0, "nothing is lent when it is over");
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    Client { lines: u8, polite: bool },
    Server { greeting: u16 },
}

#[derive(Debug)]
struct Side {
    role: Role,
    chat: Chat,
    /// What is put over the dialogue.
    session: Option<Box<dyn Layer>>,
    lender: Lender,
    ready: Readiness,
    blocked: Option<Blocked>,
    said: Vec<Vec<u8>>,
    agreed: bool,
    /// Its peer, which was cheated, had ended it before.
    refused: bool,
    closed: Option<End>,
}

impl Side {
    fn new(session: Box<dyn Layer>, pace: Option<u32>, role: Role) -> Self {
        Self {
            role,
            chat: Chat::new(Terminator::CRLF, ChatOptions::default()),
            session: Some(session),
            lender: Lender::default(),
            ready: pace.map_or(Readiness::whole(), |seed| Readiness::random(seed.into())),
            blocked: None,
            said: Vec::new(),
            agreed: false,
            refused: false,
            closed: None,
        }
    }

    fn run(&mut self, link: &mut Link, side: bool, now: Moment) {
        let mut wire = Wire { link, side, ready: &mut self.ready, lender: &mut self.lender };
        self.blocked = match advance(&mut self.chat, &mut wire, now, BUDGET) {
            Progress::Blocked(blocked) => Some(blocked),
            _ => None,
        };
    }

    fn is_ready(&mut self, link: &Link, side: bool, now: Moment) -> bool {
        let withheld = self.ready.take_withheld();
        if self.chat.is_done() {
            return false;
        }
        let Some(blocked) = self.blocked else { return true };
        withheld
            || !blocked.read.is_empty() && link.is_readable(side)
            || !blocked.write.is_empty() && link.is_writable(side)
            || blocked.wake.is_some_and(|wake| wake.at <= now)
    }

    fn next_event(&mut self) -> bool {
        let Some((event, mut handle)) = self.chat.next_event() else { return false };
        self.blocked = None;
        match (event, self.role) {
            (ChatEvent::Message(message), role) => {
                self.said.push(message.bytes.to_vec());
                match role {
                    Role::Server { greeting } if self.session.is_some() => {
                        assert_eq!(message.bytes, b"STARTTLS");
                        handle.push(&vec![b'.'; greeting.into()]).expect("it is open");
                        handle.push(b"\r\n").and(handle.push(ANSWER)).expect("there is room");
                        self.begin();
                    }
                    Role::Server { .. } => {
                        let echo = [message.bytes, b"\r\n"].concat();
                        handle.push(&echo).expect("the client waits for it");
                    }
                    Role::Client { .. } if message.bytes == b"220 go ahead" => self.begin(),
                    Role::Client { lines, .. } if self.agreed && message.bytes == line(lines - 1) => {
                        handle.close_when_done();
                    }
                    Role::Client { .. } => {}
                }
            }
            (ChatEvent::Connected, role) => {
                assert!(self.session.is_none(), "it is told when the handshake is over");
                self.agreed = true;
                if let Role::Client { lines, polite } = role {
                    for number in 0..lines {
                        handle.push(&line(number)).and(handle.push(b"\r\n")).expect("there is room");
                    }
                    match (lines, polite) {
                        (0, true) => handle.close_when_done(),
                        (0, false) => handle.close(),
                        _ => {}
                    }
                }
            }
            (ChatEvent::Closed(end), _) => self.closed = Some(end),
            _ => {}
        }
        true
    }

    fn begin(&mut self) {
        let Some(session) = self.session.take() else { return };
        let begun = self.chat.begin_layer(session);
        if begun == Err(LayerError::Closing) {
            self.refused = true;
            return;
        }
        assert_eq!(begun, Ok(()));
        assert!(!self.chat.is_connected(), "not before the handshake is over");
        let (another, _) = sessions(Provider::Custom(provider(Version::Tls13)));
        assert_eq!(self.chat.begin_layer(Box::new(another)), Err(LayerError::Layered));
    }
}

fn line(number: u8) -> Vec<u8> {
    format!("this is line {number}").into_bytes()
}
