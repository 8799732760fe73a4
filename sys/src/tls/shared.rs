//! A context that is exchanged while connections are made of it: [`SharedContext`].

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use standpipe_core::tls::{Choose, Context, Current, Session, TlsError};

/// A context for all threads, which may be exchanged while connections go on: core's [`Current`] under a lock that is held
/// for no system call and no wait. Clones are the same one.
///
/// ```
/// # #[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
/// # {
/// use standpipe_core::tls::{Context, TlsError};
/// use standpipe_sys::tls::SharedContext;
///
/// /// Takes a context whose files have changed. Where they do not fit, the old one goes on.
/// fn reload(serving: &SharedContext, read: fn() -> Result<Context, TlsError>) {
///     match serving.replace(read()) {
///         Ok(_old) => println!("reloaded: this is number {}", serving.generation()),
///         Err(error) => eprintln!("not reloaded: {error}"),
///     }
/// }
/// # let _ = reload;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SharedContext(Arc<RwLock<Current>>);

impl SharedContext {
    /// This one, until it is replaced.
    pub fn new(context: Context) -> Self {
        Self(Arc::new(RwLock::new(Current::new(context))))
    }

    /// The one that is current.
    pub fn context(&self) -> Context {
        self.read().context().clone()
    }

    /// How often it was replaced.
    pub fn generation(&self) -> u64 {
        self.read().generation()
    }

    /// Takes another one, just made, for the connections that begin from now on, and gives the old one back. Those that
    /// have begun keep theirs.
    ///
    /// # Errors
    /// As [`Current::replace`]: the old one stays.
    pub fn replace(&self, made: Result<Context, TlsError>) -> Result<Context, TlsError> {
        // A thread that panicked has left nothing half-done: the context is exchanged in one step.
        self.0.write().unwrap_or_else(PoisonError::into_inner).replace(made)
    }

    /// A server's side, of the context that is current when its client's first message has come: one that connects before
    /// an exchange and speaks after it gets the new one.
    ///
    /// # Errors
    /// The context is a client's.
    pub fn server_session(&self) -> Result<Session, TlsError> {
        let shared = self.clone();
        let choose: Choose = Arc::new(move |_| Some(shared.context()));
        Session::server_choosing(self.read().context(), choose)
    }

    /// A server's side, of the context that is chosen by its client's first message; where none is, as
    /// [`SharedContext::server_session`].
    ///
    /// # Errors
    /// The context is a client's.
    pub fn session_by(&self, choose: Option<Choose>) -> Result<Session, TlsError> {
        let Some(choose) = choose else { return self.server_session() };
        let shared = self.clone();
        let either: Choose = Arc::new(move |hello| Some(choose(hello).unwrap_or_else(|| shared.context())));
        Session::server_choosing(&self.context(), either)
    }

    fn read(&self) -> RwLockReadGuard<'_, Current> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Context> for SharedContext {
    fn from(context: Context) -> Self {
        Self::new(context)
    }
}
