//! A chat in two hands: [`ChatReader`], [`ChatWriter`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use standpipe_core::Side;

use super::Chat;
use super::driven::Driven;
use super::sides::{receiving, sending};

/// A chat that two hands hold. The lock is held for one poll, which never waits, and never across an await.
#[derive(Clone, Debug)]
struct Shared(Arc<Mutex<Chat>>);

impl Shared {
    /// A poisoned lock means that a producer or a waker has panicked, of which the chat knows nothing.
    fn lock(&self) -> MutexGuard<'_, Chat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The half of a [`Chat`] that messages come from, a [`Stream`](futures_lite::Stream) of them.
///
/// The connection is open until both halves are dropped. Its futures may be dropped as the chat's may.
///
/// ```
/// use smol::stream::StreamExt;
/// use standpipe_smol::{Chat, Listener, Terminator, connect};
///
/// smol::block_on(async {
///     let listener = Listener::bind(&"127.0.0.1:0".parse()?)?;
///     let address = listener.local().to_string().parse()?;
///     let echo = smol::spawn(async move {
///         let mut chat = Chat::new(listener.accept().await?.0, Terminator::LF);
///         while let Some(line) = chat.try_next().await? {
///             chat.send([&line[..], b"\n"].concat()).await?;
///         }
///         chat.close().await
///     });
///     let (mut reader, mut writer) = Chat::new(connect(&address).await?, Terminator::LF).split();
///     let sending = smol::spawn(async move {
///         for n in 0..100 {
///             writer.send(format!("{n}\n")).await?;
///         }
///         writer.close_write().await?;
///         Ok::<_, std::io::Error>(writer)
///     });
///     let mut count = 0;
///     while let Some(line) = reader.try_next().await? {
///         assert_eq!(line[..], *count.to_string().as_bytes());
///         count += 1;
///     }
///     assert_eq!(count, 100);
///     let chat = reader.join(sending.await?).expect("they are of one chat");
///     chat.close().await?;
///     echo.await?;
///     Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChatReader(Shared);

/// The half of a [`Chat`] that is sent by, a [`Sink`](futures_sink::Sink) of bytes. See [`ChatReader`] for both in use.
#[derive(Debug)]
pub struct ChatWriter(Shared);

pub(super) fn split(chat: Chat) -> (ChatReader, ChatWriter) {
    let shared = Shared(Arc::new(Mutex::new(chat)));
    (ChatReader(shared.clone()), ChatWriter(shared))
}

impl ChatReader {
    /// Puts the halves together again.
    ///
    /// # Errors
    /// They are of two chats, and come back.
    pub fn join(self, writer: ChatWriter) -> Result<Chat, Box<(Self, ChatWriter)>> {
        if !Arc::ptr_eq(&self.0.0, &writer.0.0) {
            return Err(Box::new((self, writer)));
        }
        drop(writer);
        let shared = Arc::into_inner(self.0.0).expect("only the two halves have shared it");
        Ok(shared.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// How long each message may be waited for. Default: as it was said of the chat.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.driven(|driven| driven.set_timeout(Side::Read, timeout));
    }

    /// What has come of a message that has not ended.
    pub fn partial(&self) -> Vec<u8> {
        self.0.lock().partial().to_vec()
    }

    fn driven<T>(&mut self, act: impl FnOnce(&mut Driven) -> T) -> T {
        act(&mut self.0.lock().driven)
    }
}

impl ChatWriter {
    /// How long each future may wait. Default: as it was said of the chat.
    pub fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.driven(|driven| driven.set_timeout(Side::Write, timeout));
    }

    fn driven<T>(&mut self, act: impl FnOnce(&mut Driven) -> T) -> T {
        act(&mut self.0.lock().driven)
    }
}

receiving!(ChatReader);
sending!(ChatWriter);
