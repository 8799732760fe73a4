//! A conversation that is polled, by one task or by two: [`Driven`].

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use standpipe_core::chat::MessageEnd;
use standpipe_core::{BUDGET, Bytes, Moment, Side};
use standpipe_sys::{Conversation, Goal, Received};

use crate::Waiter;
use crate::wakers::Wakers;

/// A conversation and how it is waited for. Whoever asks for messages is the one of [`Side::Read`], whoever sends that of
/// [`Side::Write`]; they may be two tasks.
#[derive(Debug)]
pub(super) struct Driven {
    pub(super) conversation: Conversation,
    waiter: Waiter,
    wakers: Wakers,
    turns: [Turn; 2],
    /// Messages have come to an end that is an error, and it was told.
    has_failed: bool,
}

/// Where the task of one side stands.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// How long each wait may be.
    timeout: Option<Duration>,
    /// When the wait under way ends.
    deadline: Option<Moment>,
    /// What was done since the task has last let others run.
    spent: usize,
}

/// What a message costs of a task's budget beside its bytes, so that empty ones are bounded as well.
const COST: usize = 1 << 10;

impl Driven {
    pub(super) fn new(conversation: Conversation) -> Self {
        Self {
            conversation,
            waiter: Waiter::default(),
            wakers: Wakers::default(),
            turns: Default::default(),
            has_failed: false,
        }
    }

    pub(super) fn limit(self, limit: usize) -> Self {
        Self { conversation: self.conversation.limit(limit), ..self }
    }

    /// Nobody watches the descriptor any more when it is given back.
    pub(super) fn into_inner(self) -> Result<(standpipe_sys::Stream, Vec<u8>), Box<Self>> {
        let Self { conversation, turns, has_failed, .. } = self;
        let back = |conversation: Box<_>| Box::new(Self { turns, has_failed, ..Self::new(*conversation) });
        conversation.into_inner().map_err(back)
    }

    pub(super) fn set_timeout(&mut self, side: Side, timeout: Option<Duration>) {
        self.turns[side as usize].timeout = timeout;
    }

    /// A call begins, and with it its wait; or it is over.
    pub(super) fn reset(&mut self, side: Side) {
        self.turns[side as usize].deadline = None;
    }

    pub(super) fn poll_message(
        &mut self,
        bytes: &mut Vec<u8>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Option<MessageEnd>>> {
        ready!(self.poll_others(Side::Read, context));
        loop {
            if let Some(told) = self.conversation.take_message(bytes) {
                self.spend(Side::Read, bytes.len());
                return Poll::Ready(told);
            }
            ready!(self.poll_turn(Side::Read, context))?;
        }
    }

    /// The next message as a stream has it: nothing comes after an error, but for a wait that was too long.
    pub(super) fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Received>>> {
        if self.has_failed {
            return Poll::Ready(None);
        }
        let mut bytes = Vec::new();
        let told = ready!(self.poll_message(&mut bytes, context));
        self.reset(Side::Read);
        let is_over = self.conversation.end().is_some();
        self.has_failed =
            told.as_ref().is_err_and(|error| is_over || error.kind() != io::ErrorKind::TimedOut);
        Poll::Ready(told.map(|end| end.map(|end| Received { bytes, end })).transpose())
    }

    pub(super) fn poll_goal(&mut self, goal: Goal, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.conversation.has_come_to(goal)? {
            match self.poll_turn(Side::Write, context) {
                Poll::Ready(gone_on) => gone_on?,
                // A turn that has done all there was to do has nothing to wait for, and is not to be woken.
                Poll::Pending if self.conversation.has_come_to(goal)? => {
                    self.wakers.forget(Side::Write);
                    break;
                }
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(closed) = self.conversation.closed() {
                return Poll::Ready(closed);
            }
            ready!(self.poll_turn(Side::Write, context))?;
        }
    }

    /// Takes something to be sent once there is room for it.
    pub(super) fn poll_push<T>(
        &mut self,
        item: &mut Option<T>,
        push: impl FnOnce(&mut Self, T) -> io::Result<()>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if item.is_some() {
            ready!(self.poll_room(context))?;
        }
        Poll::Ready(item.take().map_or(Ok(()), |item| push(self, item)))
    }

    pub(super) fn poll_room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_others(Side::Write, context));
        self.poll_goal(Goal::Room, context)
    }

    /// For a sink, whose waits begin with a poll and end when they are ready.
    pub(super) fn poll_sink(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        let told = ready!(poll(self, context));
        self.reset(Side::Write);
        Poll::Ready(told)
    }

    pub(super) fn push(&mut self, bytes: Bytes) -> io::Result<()> {
        self.spend(Side::Write, bytes.len());
        self.conversation.push(bytes)
    }

    /// What was taken of a stream leaves while more of it is waited for.
    pub(super) fn poll_meanwhile(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Others run now, so this task need not let them in the midst of the next messages.
        self.turns[Side::Write as usize].spent = 0;
        if self.poll_goal(Goal::Sent, context)?.is_ready() {
            // Whoever makes the next piece may take any time.
            self.reset(Side::Write);
        }
        Poll::Pending
    }

    /// Lets others run where this task has been ready for too long.
    fn poll_others(&mut self, side: Side, context: &Context<'_>) -> Poll<()> {
        let turn = &mut self.turns[side as usize];
        if turn.spent < BUDGET {
            return Poll::Ready(());
        }
        turn.spent = 0;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn spend(&mut self, side: Side, bytes: usize) {
        let turn = &mut self.turns[side as usize];
        turn.spent = turn.spent.saturating_add(bytes).saturating_add(COST);
    }

    /// Advances it. What one task has brought about may be what the other waits for.
    fn poll_turn(&mut self, side: Side, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let own = self.deadline(side);
        let other = self.other_deadline(side);
        let wake = [own, other].into_iter().flatten().min();
        let mut context = Context::from_waker(self.wakers.with(side, context.waker()));
        let (chat, ends) = self.conversation.parts();
        let told = self.waiter.poll_run_before(chat, ends, wake, &mut context);
        let Poll::Ready(told) = told else {
            self.turns[side as usize].spent = 0;
            return Poll::Pending;
        };
        self.wakers.forget(side);
        self.wakers.wake_other(side);
        let is_over = !told? && own.is_some_and(|at| at <= self.waiter.now());
        Poll::Ready(if is_over { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) })
    }

    /// When the wait of this side ends, which begins here unless it has begun.
    fn deadline(&mut self, side: Side) -> Option<Moment> {
        let turn = &mut self.turns[side as usize];
        if turn.deadline.is_none() {
            turn.deadline = turn.timeout.map(|wait| self.waiter.now() + wait);
        }
        turn.deadline
    }

    /// There is one timer for both. A task that has given its wait up does not come to look, so what is past counts no more.
    fn other_deadline(&self, side: Side) -> Option<Moment> {
        let other = self.turns[1 - side as usize].deadline?;
        (other > self.waiter.now()).then_some(other)
    }
}
