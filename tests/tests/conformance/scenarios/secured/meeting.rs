//! Two sides that may or may not come to an agreement: [`Met`].

use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustls::{ClientConfig, ServerConfig};
use standpipe_core::tls::Context;
use standpipe_core::{Alert, Layer, TlsReason};
use standpipe_tests::harness::{SecuredStream, Securing};

use super::sides::{Role, beside, connection, fault, ours, session};
use super::stranger::{Stranger, alert};

/// What became of a handshake and of a byte each way, of which ours is the first.
pub(super) struct Met {
    pub(super) ours: Box<dyn SecuredStream>,
    pub(super) stranger: Stranger,
    own: io::Result<()>,
    theirs: io::Result<()>,
}

impl Met {
    /// Our side with this layer meets a stranger.
    pub(super) fn new(
        on: &dyn Securing,
        layer: Box<dyn Layer>,
        stranger: impl FnOnce(TcpStream) -> Stranger,
    ) -> Self {
        let (socket, other) = connection();
        let (mut ours, mut stranger) = (ours(on, socket, layer), stranger(other));
        let (theirs, own) = beside(
            || {
                stranger.read_exact(&mut [0])?;
                stranger.write_all(b"y")
            },
            || {
                ours.handshake()?;
                ours.write_all(b"x")?;
                ours.read_exact(&mut [0])
            },
        );
        Self { ours, stranger, own, theirs }
    }

    /// Our server of this context meets a stranger's client.
    pub(super) fn client(on: &dyn Securing, context: &Context, config: ClientConfig) -> Self {
        let layer = Box::new(session(Role::Server, context));
        Self::new(on, layer, |socket| Stranger::client(socket, config))
    }

    /// Our client of this context meets a stranger's server.
    pub(super) fn server(on: &dyn Securing, context: &Context, config: ServerConfig) -> Self {
        let layer = Box::new(session(Role::Client, context));
        Self::new(on, layer, |socket| Stranger::server(socket, config))
    }

    /// Both sides, which agree.
    #[track_caller]
    pub(super) fn agreed(self) -> (Box<dyn SecuredStream>, Stranger) {
        self.own.expect("we agree");
        self.theirs.expect("the stranger agrees");
        (self.ours, self.stranger)
    }

    /// For what reason we have refused the stranger, and the alert that it got.
    #[track_caller]
    pub(super) fn refused(mut self) -> (TlsReason, Alert) {
        let why = fault(self.own).reason();
        assert_eq!(fault(self.ours.write(b"secret")).reason(), why, "it stays an error");
        (why, Alert::from(alert(&self.theirs.expect_err("it was refused"))))
    }

    /// By which alert the stranger has refused us.
    #[track_caller]
    pub(super) fn refused_us(self) -> Alert {
        let fault = fault(self.own);
        assert!(self.theirs.is_err() && fault.reason() == TlsReason::Refused, "{fault}");
        Alert::from(fault.alert().expect("it was told"))
    }
}
