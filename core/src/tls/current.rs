//! A context that is exchanged while it is in use: [`Current`].

use super::{Context, TlsError};

/// The context that new sessions are made of, for whoever exchanges certificates without a restart. A [`Context`] never
/// changes, so a session keeps the one that it began with, and a new one is whole before it is taken: its keys are their
/// certificates', its names and lists can be read. Where it is not, the old one stays.
///
/// ```
#[doc = include_str!("made.in")]
/// use std::sync::RwLock;
///
/// let server = |chain: &[u8], key: &[u8]| Context::server(Identity::from_pem(chain, key)?, None, options());
/// let current = Arc::new(RwLock::new(Current::new(server(&chain, &key)?)));
///
/// // A listener's sessions take the one that is current when their client's first message comes.
/// let shared = current.clone();
/// let choose: Choose = Arc::new(move |_| Some(shared.read().unwrap().context().clone()));
/// let session = Session::server_choosing(current.read().unwrap().context(), choose)?;
/// # let _ = session;
///
/// // The files have changed, but only one of them so far.
/// let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
/// let refused = current.write().unwrap().replace(server(&chain, other.as_bytes()));
/// assert!(matches!(refused, Err(TlsError::Identity(_))));
/// assert_eq!(current.read().unwrap().generation(), 0);
///
/// current.write().unwrap().replace(server(&chain, &key))?;
/// assert_eq!(current.read().unwrap().generation(), 1);
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Debug)]
pub struct Current {
    context: Context,
    generation: u64,
}

impl Current {
    /// This one, until it is replaced.
    pub fn new(context: Context) -> Self {
        Self { context, generation: 0 }
    }

    /// The one that is current. A clone is cheap, and stays as it is.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// How often it was replaced.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes another one, just made, and gives the old one back.
    ///
    /// # Errors
    /// Why it could not be made, or [`TlsError::WrongSide`]: it is for the other side of a connection. The old one stays
    /// then.
    ///
    /// ```
    #[doc = include_str!("made.in")]
    /// let server = Context::server(Identity::from_pem(&chain, &key)?, None, options());
    /// let mut current = Current::new(server?);
    /// let client = Context::client(Trust::Anybody, None, options());
    /// assert!(matches!(current.replace(client), Err(TlsError::WrongSide)));
    /// # Ok::<(), TlsError>(())
    /// ```
    pub fn replace(&mut self, made: Result<Context, TlsError>) -> Result<Context, TlsError> {
        let made = made?;
        if made.is_server() != self.context.is_server() {
            return Err(TlsError::WrongSide);
        }
        self.generation += 1;
        Ok(core::mem::replace(&mut self.context, made))
    }
}
