//! A chat room over TLS: everybody hears what one says, a line at a time. Who does not read is shown out, and nobody waits for him.
//!
//! `cargo run --features ring --example chat_room 127.0.0.1:7007 CERTIFICATE KEY`, with files of PEM, and
//! `openssl s_client -quiet -connect 127.0.0.1:7007`, as often as there are guests.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::{env, fs, io};

use standpipe_mio::dispatch::{
    Channel, Chat, Dispatcher, Key, ListenerOptions, Loop, Message, MessageDispatcher, MessageHandler,
    Security, Terminator,
};
use standpipe_mio::standpipe_core::{Bytes, End, Layer};
use standpipe_mio::tls::{Context, ContextOptions, Identity, Provider, Session, SystemClock};
use standpipe_mio::{EofPolicy, bind};

/// Who is there.
type Room = Rc<RefCell<BTreeSet<Key>>>;

/// One of them, by his number.
struct Guest {
    room: Room,
    number: usize,
}

impl Guest {
    /// Everybody but this one hears it.
    fn tell(&self, channel: &mut Channel<'_>, line: &str) {
        let (own, line) = (channel.key(), Bytes::from(format!("{line}\n")));
        let room = self.room.borrow().clone();
        channel.afterwards(move |others| {
            for key in room.into_iter().filter(|key| *key != own) {
                let Some(mut guest) = others.channel(key) else { continue };
                if guest.push_bytes(line.clone()).is_err() {
                    guest.abort();
                }
            }
        });
    }
}

impl Dispatcher for Guest {
    /// The handshake is over.
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let there = self.room.borrow().len();
        self.room.borrow_mut().insert(channel.key());
        self.tell(channel, &format!("guest {} comes in", self.number));
        channel.push(format!("you are guest {}, and {there} are here\n", self.number).as_bytes())
    }

    fn handle_stop(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.push(b"the room closes\n")?;
        channel.close_when_done();
        Ok(())
    }

    fn handle_close(&mut self, channel: &mut Channel<'_>, _: End) {
        if self.room.borrow_mut().remove(&channel.key()) {
            self.tell(channel, &format!("guest {} leaves", self.number));
        }
    }
}

impl MessageHandler for Guest {
    fn handle_message(&mut self, chat: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
        let line = String::from_utf8_lossy(message.bytes);
        self.tell(chat, &format!("guest {}: {}", self.number, line.trim_end()));
        Ok(())
    }
}

fn open(
    event_loop: &mut Loop<'_>,
    address: &str,
    chain: &[u8],
    key: &[u8],
) -> Result<Key, Box<dyn std::error::Error>> {
    let options = ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
    let context = Context::server(Identity::from_pem(chain, key)?, None, options)?;
    let layer =
        move || -> Box<dyn Layer> { Box::new(Session::server(&context).expect("a server's context")) };
    let security = Some(Security { layer: Arc::new(layer), eof: EofPolicy::default() });
    let options = ListenerOptions { security, ..ListenerOptions::default() };
    let (room, mut guests) = (Room::default(), 0);
    Ok(event_loop.listen_with(bind(&address.parse()?)?, options, move |_| {
        guests += 1;
        MessageDispatcher::new(Terminator::LF, Guest { room: room.clone(), number: guests })
    }))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [address, chain, key] = &words[..] else {
        return Err("usage: chat_room ADDRESS CERTIFICATE KEY".into());
    };
    let mut event_loop = Loop::new()?;
    open(&mut event_loop, address, &fs::read(chain)?, &fs::read(key)?)?;
    Ok(event_loop.run()?)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread;
    use std::time::Duration;

    use standpipe_mio::dispatch::{
        Channel, Chat, ConnectionOptions, Dispatcher, Loop, Message, MessageDispatcher, MessageHandler,
        Terminator, Waker,
    };
    use standpipe_mio::standpipe_core::End;
    use standpipe_mio::tls::{Context, ContextOptions, Provider, Roots, Session, SystemClock, Trust};
    use standpipe_sys::socket::{Purpose, resolve};

    use super::{Key, open};

    const LIMIT: Duration = Duration::from_secs(60);

    /// Hands on what it hears.
    struct Ear(Sender<String>);

    impl Dispatcher for Ear {
        fn handle_close(&mut self, _: &mut Channel<'_>, end: End) {
            // The test may have heard enough.
            let _ = self.0.send(format!("closed {end}"));
        }
    }

    impl MessageHandler for Ear {
        fn handle_message(&mut self, _: &mut Chat<'_>, message: Message<'_>) -> io::Result<()> {
            self.0.send(String::from_utf8_lossy(message.bytes).into_owned()).map_err(io::Error::other)
        }
    }

    /// A guest in a loop of its own.
    struct Visitor {
        waker: Waker<'static>,
        key: Key,
        heard: Receiver<String>,
    }

    impl Visitor {
        fn come(address: &str, context: &Context) -> Self {
            let (told, heard) = channel();
            let (ready, started) = channel();
            let (address, context) = (address.to_string(), context.clone());
            thread::spawn(move || {
                let mut event_loop = Loop::new().expect("there are descriptors");
                let layer = Session::client(&context, "localhost").expect("a client's context");
                let options = ConnectionOptions { layer: Some(Box::new(layer)), ..Default::default() };
                let address = address.parse().expect("an address");
                let candidates = resolve(&address, Purpose::Connect).expect("numbers need no look-up");
                let ear = MessageDispatcher::new(Terminator::LF, Ear(told));
                let key = event_loop.connect_with(candidates, options, ear);
                ready.send((event_loop.waker(), key)).expect("the test waits");
                event_loop.run().expect("it can wait");
            });
            let (waker, key) = started.recv_timeout(LIMIT).expect("it starts");
            Self { waker, key, heard }
        }

        fn hears(&self, line: &str) {
            assert_eq!(self.heard.recv_timeout(LIMIT).expect("somebody says something"), line);
        }

        fn act(&self, act: impl Fn(&mut Channel<'_>) + Send + 'static) {
            let key = self.key;
            self.waker.call(move |event_loop| event_loop.channel(key).iter_mut().for_each(act));
        }
    }

    #[test]
    fn everybody_hears_what_one_says() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
        let mut roots = Roots::default();
        roots.add_der(made.cert.der().to_vec()).expect("a certificate");
        let options = ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
        let context = Context::client(Trust::Roots(roots), None, options).expect("a client's context");
        let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let (told, listens) = channel();
        let room = thread::spawn(move || {
            let mut event_loop = Loop::new().expect("there are descriptors");
            let listener = open(&mut event_loop, "127.0.0.1:0", chain.as_bytes(), key.as_bytes());
            let address =
                event_loop.local(listener.expect("a port is free")).expect("it listens").to_string();
            told.send((address, event_loop.waker())).expect("the test waits");
            event_loop.run().expect("it can wait");
        });
        let (address, waker) = listens.recv_timeout(LIMIT).expect("it starts");
        let first = Visitor::come(&address, &context);
        first.hears("you are guest 1, and 0 are here");
        let second = Visitor::come(&address, &context);
        second.hears("you are guest 2, and 1 are here");
        first.hears("guest 2 comes in");
        second.act(|channel| channel.push(b"hello\n").expect("it is open"));
        first.hears("guest 2: hello");
        first.act(|channel| channel.close_when_done());
        second.hears("guest 1 leaves");
        waker.stop();
        second.hears("the room closes");
        second.hears("closed clean");
        room.join().expect("no panic");
    }
}
