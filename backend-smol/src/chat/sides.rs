//! What a chat and its halves have alike: messages as a stream, and what is sent as a sink.

/// Messages, for a type that has `driven`.
macro_rules! receiving {
    ($type:ty) => {
        impl $type {
            /// Ends messages so from now on, those included whose bytes have come already (ACH-09).
            pub fn set_terminator(&mut self, terminator: impl Into<standpipe_core::chat::Terminator>) {
                self.driven(|driven| driven.conversation.set_terminator(terminator));
            }

            /// The next message; `None` when the peer has ended, cleanly, and all that came was told: a last message without its
            /// terminator is told first, as [`MessageEnd::Eof`](standpipe_core::chat::MessageEnd::Eof). The stream's items are
            /// the same, but that it ends with an error.
            ///
            /// Dropping the future loses nothing: a message is taken only by a poll that returns it.
            ///
            /// # Errors
            /// `InvalidData` for a message over its limit, with the [`MessageError`](standpipe_core::chat::MessageError) inside,
            /// after which there are no more; `TimedOut`; `UnexpectedEof` for a truncated stream; the connection's own failure.
            pub async fn next_message(&mut self) -> std::io::Result<Option<standpipe_sys::Received>> {
                let mut bytes = Vec::new();
                let end = self.read_message(&mut bytes).await?;
                Ok(end.map(|end| standpipe_sys::Received { bytes, end }))
            }

            /// The next message, in place of what is in `bytes`, whose memory is used again.
            ///
            /// Dropping the future loses nothing, and leaves `bytes` as they are.
            ///
            /// # Errors
            /// As [`next_message`](Self::next_message).
            pub async fn read_message(
                &mut self,
                bytes: &mut Vec<u8>,
            ) -> std::io::Result<Option<standpipe_core::chat::MessageEnd>> {
                self.driven(|driven| driven.reset(standpipe_core::Side::Read));
                std::future::poll_fn(|context| self.driven(|driven| driven.poll_message(bytes, context)))
                    .await
            }
        }

        impl futures_lite::Stream for $type {
            type Item = std::io::Result<standpipe_sys::Received>;

            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                self.driven(|driven| driven.poll_item(context))
            }
        }
    };
}

/// What is sent, for a type that has `driven`.
macro_rules! sending {
    ($type:ty) => {
        impl $type {
            /// Sends this, copying it only where it is small, and is ready when all of it has left.
            ///
            /// Dropping the future before there was room for it sends nothing. Dropped afterwards, all of it leaves with what is sent
            /// later, or when it is closed.
            ///
            /// # Errors
            /// The peer takes nothing any more; `TimedOut`, and what was taken stays to be sent; `BrokenPipe` after it was closed.
            pub async fn send(&mut self, bytes: impl Into<standpipe_core::Bytes>) -> std::io::Result<()> {
                let mut bytes = Some(bytes.into());
                self.driven(|driven| driven.reset(standpipe_core::Side::Write));
                std::future::poll_fn(|context| {
                    self.driven(|driven| driven.poll_push(&mut bytes, Driven::push, context))
                })
                .await?;
                self.flush().await
            }

            /// Sends what the producer makes, as fast as it leaves (ACH-31).
            ///
            /// Dropping the future before there was room for it drops the producer. Afterwards it is asked for more with what is sent
            /// later.
            ///
            /// # Errors
            /// As [`send`](Self::send).
            pub async fn send_with_producer(
                &mut self,
                producer: impl standpipe_core::flow::Producer + Send + Sync + 'static,
            ) -> std::io::Result<()> {
                let mut producer = Some(producer);
                self.driven(|driven| driven.reset(standpipe_core::Side::Write));
                std::future::poll_fn(|context| {
                    let push =
                        |driven: &mut Driven, producer| driven.conversation.push_with_producer(producer);
                    self.driven(|driven| driven.poll_push(&mut producer, push, context))
                })
                .await?;
                self.flush().await
            }

            /// Sends what the stream yields, to its end. A piece is asked for once there is room for it, so what lies here is bounded, and
            /// what has been taken leaves while the next one is waited for.
            ///
            /// Dropping the future loses no piece: what was asked for leaves with what is sent later. A stream that is given by
            /// `&mut` goes on with the piece behind it.
            ///
            /// # Errors
            /// As [`send`](Self::send); and the stream's own, after which what came before it leaves.
            pub async fn send_stream(
                &mut self,
                stream: impl futures_lite::Stream<Item = std::io::Result<standpipe_core::Bytes>>,
            ) -> std::io::Result<()> {
                let mut stream = std::pin::pin!(stream);
                self.driven(|driven| driven.reset(standpipe_core::Side::Write));
                std::future::poll_fn(|context| {
                    loop {
                        std::task::ready!(self.driven(|driven| driven.poll_room(context)))?;
                        // By itself, since it may be made of what the other half has.
                        match stream.as_mut().poll_next(context) {
                            std::task::Poll::Ready(Some(bytes)) => {
                                let bytes = bytes?;
                                self.driven(|driven| driven.push(bytes))?;
                            }
                            std::task::Poll::Ready(None) => return std::task::Poll::Ready(Ok(())),
                            std::task::Poll::Pending => {
                                return self.driven(|driven| driven.poll_meanwhile(context));
                            }
                        }
                        self.driven(|driven| driven.reset(standpipe_core::Side::Write));
                    }
                })
                .await?;
                self.flush().await
            }

            /// Is ready when everything has left: what a time-out or a dropped future has kept back as well. Dropping it
            /// changes nothing.
            ///
            /// # Errors
            /// As [`send`](Self::send).
            pub async fn flush(&mut self) -> std::io::Result<()> {
                self.driven(|driven| driven.reset(standpipe_core::Side::Write));
                self.come_to(standpipe_sys::Goal::Sent).await
            }

            /// Half-close: the peer reads to its end, and may still answer. Dropping the future leaves the rest to
            /// later ones.
            ///
            /// # Errors
            /// As [`send`](Self::send).
            pub async fn close_write(&mut self) -> std::io::Result<()> {
                self.driven(|driven| {
                    driven.conversation.close_write();
                    driven.reset(standpipe_core::Side::Write);
                });
                self.come_to(standpipe_sys::Goal::HalfClosed).await
            }

            async fn come_to(&mut self, goal: standpipe_sys::Goal) -> std::io::Result<()> {
                std::future::poll_fn(|context| self.driven(|driven| driven.poll_goal(goal, context))).await
            }
        }

        impl futures_sink::Sink<standpipe_core::Bytes> for $type {
            type Error = std::io::Error;

            /// Ready while less waits than the high mark.
            fn poll_ready(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.driven(|driven| driven.poll_sink(context, Driven::poll_room))
            }

            fn start_send(
                mut self: std::pin::Pin<&mut Self>,
                bytes: standpipe_core::Bytes,
            ) -> std::io::Result<()> {
                self.driven(|driven| driven.push(bytes))
            }

            fn poll_flush(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let sent = standpipe_sys::Goal::Sent;
                self.driven(|driven| {
                    driven.poll_sink(context, |driven, context| driven.poll_goal(sent, context))
                })
            }

            /// Half-close.
            fn poll_close(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let closed = standpipe_sys::Goal::HalfClosed;
                self.driven(|driven| {
                    driven.conversation.close_write();
                    driven.poll_sink(context, |driven, context| driven.poll_goal(closed, context))
                })
            }
        }
    };
}

pub(super) use {receiving, sending};
