//! A chat room over TLS: everybody hears what one says, a line at a time. Who does not read is shown out, and nobody waits for him.
//!
//! `cargo run --features ring --example smol_chat_room 127.0.0.1:7007 CERTIFICATE KEY`, with files of PEM, and
//! `openssl s_client -quiet -connect 127.0.0.1:7007`, as often as there are guests.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::{env, fs, io};

use smol::channel::{Receiver, Sender, bounded};
use smol::stream::StreamExt;
use smol::{LocalExecutor, future};
use standpipe_smol::tls::{Context, ContextOptions, Identity, Provider, Session, SystemClock};
use standpipe_smol::{Bytes, Chat, ChatOptions, ChatReader, ChatWriter, Listener, Stream, Terminator};

/// So many lines may wait for a guest; one who reads more slowly is shown out.
const UNREAD: usize = 1000;

/// Who is there, by his number, and where lines go for him.
#[derive(Clone, Default)]
struct Room(Rc<RefCell<BTreeMap<usize, Sender<Bytes>>>>);

impl Room {
    /// Everybody but this one hears it.
    fn tell(&self, own: usize, line: &str) {
        let line = Bytes::from(format!("{line}\n"));
        let is_heard = |guest: &Sender<Bytes>| guest.try_send(line.clone()).is_ok();
        // Without a place in the room nobody sends to him, and his task comes to its end.
        self.0.borrow_mut().retain(|number, guest| *number == own || is_heard(guest));
    }

    fn enter(&self, number: usize) -> (usize, Receiver<Bytes>) {
        let (lines, told) = bounded(UNREAD);
        self.tell(number, &format!("guest {number} comes in"));
        let there = self.0.borrow().len();
        self.0.borrow_mut().insert(number, lines);
        (there, told)
    }

    fn leave(&self, number: usize) {
        self.0.borrow_mut().remove(&number);
        self.tell(number, &format!("guest {number} leaves"));
    }
}

async fn hear(reader: &mut ChatReader, room: &Room, number: usize) -> io::Result<()> {
    while let Some(line) = reader.try_next().await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        room.tell(number, &format!("guest {number}: {line}"));
    }
    Ok(())
}

/// Ends when nobody can send to him any more.
async fn say(writer: &mut ChatWriter, told: Receiver<Bytes>) -> io::Result<()> {
    while let Ok(line) = told.recv().await {
        writer.send(line).await?;
    }
    Ok(())
}

/// One guest, from his handshake until he leaves or is shown out.
async fn guest(mut chat: Chat, room: Room, number: usize) -> io::Result<()> {
    chat.handshake().await?;
    let (there, told) = room.enter(number);
    let (mut reader, mut writer) = chat.split();
    let stay = async {
        writer.send(format!("you are guest {number}, and {there} are here\n")).await?;
        say(&mut writer, told).await
    };
    let stayed = future::or(hear(&mut reader, &room, number), stay).await;
    room.leave(number);
    stayed?;
    reader.join(writer).expect("they are of one chat").close().await
}

async fn open(listener: Listener, context: Context, executor: Rc<LocalExecutor<'static>>) -> io::Result<()> {
    let room = Room::default();
    for number in 1.. {
        let (stream, peer) = listener.accept().await?;
        let (chat, room) = (secured(stream, &context)?, room.clone());
        let attended = async move {
            if let Err(error) = guest(chat, room, number).await {
                eprintln!("{peer}: {error}");
            }
        };
        executor.spawn(attended).detach();
    }
    Ok(())
}

fn secured(stream: Stream, context: &Context) -> io::Result<Chat> {
    let session = Session::server(context).map_err(io::Error::other)?;
    Ok(Chat::layered(stream, Box::new(session), Terminator::LF, ChatOptions::default()))
}

fn server(chain: &[u8], key: &[u8]) -> Result<Context, Box<dyn Error>> {
    let options = ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
    Ok(Context::server(Identity::from_pem(chain, key)?, None, options)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [address, chain, key] = &words[..] else {
        return Err("usage: smol_chat_room ADDRESS CERTIFICATE KEY".into());
    };
    let context = server(&fs::read(chain)?, &fs::read(key)?)?;
    let listener = Listener::bind(&address.parse()?)?;
    let executor = Rc::new(LocalExecutor::new());
    smol::block_on(executor.run(open(listener, context, executor.clone())))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;
    use std::sync::Arc;
    use std::time::Duration;

    use smol::stream::StreamExt;
    use smol::{LocalExecutor, future};
    use standpipe_smol::tls::{Context, ContextOptions, Provider, Roots, Session, SystemClock, Trust};
    use standpipe_smol::{Chat, ChatOptions, Listener, Terminator, connect};

    use super::{open, server};

    const LIMIT: Duration = Duration::from_secs(60);

    async fn come(address: &str, context: &Context) -> Chat {
        let stream = connect(&address.parse().expect("an address")).await.expect("it listens");
        let session = Session::client(context, "localhost").expect("a client's context");
        let mut chat = Chat::layered(stream, Box::new(session), Terminator::LF, ChatOptions::default());
        chat.set_timeout(Some(LIMIT));
        chat
    }

    async fn hears(chat: &mut Chat, line: &str) {
        let heard = chat.try_next().await.expect("it is open").expect("somebody says something");
        assert_eq!(String::from_utf8_lossy(&heard), line);
    }

    async fn visit(address: String, context: Context) {
        let mut first = come(&address, &context).await;
        hears(&mut first, "you are guest 1, and 0 are here").await;
        let mut second = come(&address, &context).await;
        hears(&mut second, "you are guest 2, and 1 are here").await;
        hears(&mut first, "guest 2 comes in").await;
        let mut third = come(&address, &context).await;
        hears(&mut third, "you are guest 3, and 2 are here").await;
        second.send("hello\n").await.expect("it is open");
        hears(&mut third, "guest 2: hello").await;
        hears(&mut first, "guest 3 comes in").await;
        hears(&mut first, "guest 2: hello").await;
        first.close().await.expect("all of it has left");
        hears(&mut second, "guest 3 comes in").await;
        hears(&mut second, "guest 1 leaves").await;
        hears(&mut third, "guest 1 leaves").await;
    }

    #[test]
    fn everybody_hears_what_one_says() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate");
        let mut roots = Roots::default();
        roots.add_der(made.cert.der().to_vec()).expect("a certificate");
        let options = ContextOptions::new(Provider::Ring, Arc::new(SystemClock));
        let context = Context::client(Trust::Roots(roots), None, options).expect("a client's context");
        let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let room = server(chain.as_bytes(), key.as_bytes()).expect("a server's context");
        let listener = Listener::bind(&"127.0.0.1:0".parse().expect("an address")).expect("it is free");
        let address = listener.local().to_string();
        let executor = Rc::new(LocalExecutor::new());
        let opened = async {
            open(listener, room, executor.clone()).await.expect("there are descriptors");
            unreachable!("it goes on for ever")
        };
        smol::block_on(executor.run(future::or(visit(address, context), opened)));
    }
}
