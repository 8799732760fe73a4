//! The chat as a machine: the channel's facts and obligations, and messages looked for in what it has read.

use super::Chat;
use crate::{Done, Duty, Fault, Lend, Machine, Moment, Pending, Port, Side, Wake, Wants, Window};

impl Machine for Chat {
    fn ports(&self) -> u8 {
        self.channel.ports()
    }

    fn wants(&self, port: Port) -> Wants {
        self.channel.wants(port)
    }

    fn wake(&self) -> Option<Wake> {
        self.channel.wake()
    }

    fn handle_now(&mut self, now: Moment) {
        self.release();
        self.channel.handle_now(now);
        self.look();
    }

    fn window<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Window<'a> {
        self.channel.window(port, lend)
    }

    fn pending<'a>(&'a mut self, port: Port, lend: &mut dyn Lend) -> Pending<'a> {
        self.channel.pending(port, lend)
    }

    fn is_last(&self, port: Port) -> bool {
        self.channel.is_last(port)
    }

    fn settle(&mut self, lend: &mut dyn Lend) {
        self.channel.settle(lend);
    }

    fn handle_read(&mut self, port: Port, n: usize) {
        self.channel.handle_read(port, n);
        self.look();
    }

    fn handle_eof(&mut self, port: Port) {
        self.channel.handle_eof(port);
        self.look();
    }

    fn handle_written(&mut self, port: Port, n: usize) {
        self.channel.handle_written(port, n);
        self.look();
    }

    fn handle_failed(&mut self, port: Port, side: Side, fault: Fault) {
        self.channel.handle_failed(port, side, fault);
        self.look();
    }

    fn handle_done(&mut self, port: Port, duty: Duty, done: Done) {
        self.channel.handle_done(port, duty, done);
        self.look();
    }

    fn has_event(&self) -> bool {
        self.has_message() || self.is_failure_due() || self.channel.has_event_beside_data()
    }

    fn is_done(&self) -> bool {
        self.channel.is_done()
    }
}
