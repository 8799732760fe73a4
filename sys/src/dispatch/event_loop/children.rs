//! Children of an [`EventLoop`]: alone, talked with, and in a row.

use std::time::Duration;

use standpipe_core::process::{Child, Command, Communicate, Output, Pipeline, Stop, Unfinished};

use super::{EventLoop, Key, Wait};
use crate::dispatch::living::Living;
use crate::dispatch::talking::{Piping, Talking};
use crate::dispatch::{ChildHandler, Life, Spawned, TalkHandler};
use crate::{Dialogue, End, Ends, Launched, RunError, communicate_in_a_row, launch, talk_with};

impl<'a, W: Wait> EventLoop<'a, W> {
    /// Starts a command as it stands. Its end is told to the handler, and its pipes are the caller's, to be inserted as channels.
    ///
    /// The child is waited for as long as the loop is there. One that still runs when the loop is dropped, or the key
    /// dismissed, is killed and reaped, and its handler told nothing; by [`EventLoop::close_all`] it is killed and told.
    ///
    /// # Errors
    /// [`RunError::Launch`] where it could not be started, [`RunError::Wait`] where its end cannot be watched; nothing is left of it.
    pub fn spawn(
        &mut self,
        command: &Command,
        handler: impl ChildHandler<'a, W> + 'a,
    ) -> Result<Spawned, RunError> {
        let Launched { mut exit, pipes } = launch(command)?;
        let mut child = Child::new();
        if handler.observes_stops() {
            child.observe_stops(true);
            let watched = exit.watch_stops();
            if let Err(error) = watched {
                exit.kill_and_reap();
                return Err(RunError::Wait(error));
            }
        }
        let ends = Ends::default().with(Child::EXIT, exit);
        let handle = ends.child(Child::EXIT).expect("it was just put there");
        let life = Life::new(child, ends, handle.clone(), command.leads_group());
        let key = self.adopt(Living { life, handler: Box::new(handler) }).map_err(RunError::Wait)?;
        if let Some(life) = self.child(key) {
            life.key = key;
        }
        Ok(Spawned { key, handle, pipes })
    }

    /// A child, to be signalled or stopped. `None` when it is gone, or its handler has the word.
    pub fn child(&mut self, key: Key) -> Option<&mut Life> {
        self.resident(key)
    }

    /// Starts a command, feeds it and collects what it writes where its standard streams are pipes, and calls this with what that came
    /// to. Where the dialogue does not say how it is stopped, at the time-out, over a limit and with the loop, it is by
    /// SIGTERM, and SIGKILL after 5 s.
    ///
    /// [`EventLoop::talk`] reaches it by its key: to stop it, or to change its deadline. One that is
    /// dismissed ([`EventLoop::dismiss`]) is killed and reaped, and told nothing, and so it is with the loop.
    ///
    /// # Errors
    /// As [`EventLoop::spawn`].
    pub fn communicate(
        &mut self,
        command: &Command,
        dialogue: Dialogue,
        timeout: Option<Duration>,
        told: impl FnOnce(&mut Self, Result<Output, Unfinished>) + 'a,
    ) -> Result<Key, RunError> {
        self.communicate_in_a_row(std::slice::from_ref(command), dialogue, timeout, told)
    }

    /// As [`EventLoop::communicate`] with commands in a row, of which the first is fed and the last one's output collected
    /// (SUB-66).
    ///
    /// # Errors
    /// As [`EventLoop::spawn`].
    ///
    /// # Panics
    /// When there are no commands, or more than [`Communicate::MOST_STAGES`].
    pub fn communicate_in_a_row(
        &mut self,
        commands: &[Command],
        dialogue: Dialogue,
        timeout: Option<Duration>,
        told: impl FnOnce(&mut Self, Result<Output, Unfinished>) + 'a,
    ) -> Result<Key, RunError> {
        let stop = dialogue.stop.clone().unwrap_or_default();
        let dialogue = Dialogue { stop: Some(stop.clone()), ..dialogue };
        let (mut talk, ends) = communicate_in_a_row(commands, dialogue)?;
        talk.set_deadline(timeout.map(|wait| self.now() + wait));
        self.adopt(Talking { talk, ends, stop, handler: Box::new(told) }).map_err(RunError::Wait)
    }

    /// Talks with a child that was spawned, as long as the handler likes: feeds it and collects from its pipes that nobody has taken. Whom
    /// it was spawned for is told nothing any more. Without a stop in the dialogue, time-outs and limits are told as events; with
    /// the loop it is stopped by SIGTERM, and SIGKILL after 5 s.
    ///
    /// # Errors
    /// [`RunError::Unread`] for input to a child whose standard input was taken or is no pipe, [`RunError::Wait`] where it cannot be
    /// watched; the child is killed and reaped then.
    pub fn begin_talk(
        &mut self,
        mut child: Spawned,
        dialogue: Dialogue,
        handler: impl TalkHandler<'a, W> + 'a,
    ) -> Result<Key, RunError> {
        let mut living = self.take_out(child.key);
        let life = living.as_mut().and_then(|living| living.as_any()?.downcast_mut::<Life>());
        let exit = life.and_then(|life| life.ends.take(Child::EXIT));
        let exit = exit.or_else(|| child.handle.clone().into_kept().map(End::Exit));
        let stop = dialogue.stop.clone().unwrap_or_default();
        let pipes = [0, 1, 2].map(|number| child.pipe(number));
        let (talk, ends) = talk_with(exit.ok_or(RunError::Unread)?, pipes, dialogue)?;
        self.adopt(Talking { talk, ends, stop, handler: Box::new(handler) }).map_err(RunError::Wait)
    }

    /// A dialogue, to be stopped, or given another deadline or limit. `None` when it is gone, or its handler has the word.
    pub fn talk(&mut self, key: Key) -> Option<&mut Communicate> {
        self.resident(key)
    }

    /// Starts commands in a row, each reading what the one before writes, in one process group, and calls this when all have ended.
    /// They are stopped so at the time-out and with the loop; otherwise as with [`EventLoop::communicate`].
    ///
    /// # Errors
    /// As [`EventLoop::spawn`].
    ///
    /// # Panics
    /// When there are no commands, or more than [`Pipeline::MOST_STAGES`].
    pub fn pipeline(
        &mut self,
        commands: &[Command],
        stop: Stop,
        timeout: Option<Duration>,
        told: impl FnOnce(&mut Self, Pipeline) + 'a,
    ) -> Result<Key, RunError> {
        let (mut pipeline, ends) = crate::pipeline(commands, stop.clone(), None)?;
        pipeline.set_deadline(timeout.map(|wait| self.now() + wait));
        self.adopt(Piping { pipeline, ends, stop, told }).map_err(RunError::Wait)
    }
}
