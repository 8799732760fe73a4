//! A server with a loop on each core: [`serve_all`].

use std::io;
use std::panic::resume_unwind;
use std::sync::Once;
use std::thread::{self, Builder, ScopedJoinHandle};

use standpipe_core::signal::Signal;
use standpipe_sys::{Control, Front};

use crate::serve;

/// Runs [`serve`] for each of these fronts, each in a thread of its own, until all have come to their end. Where one fails, or
/// its log panics, the others that can be asked ([`Front::asker`]) are asked to stop, and drain.
///
/// ```
/// use standpipe_mio::{Front, ListenOptions, RelayOptions, Service, Signal, Work, bind, serve_all};
/// use standpipe_sys::{Places, control_pipe};
///
/// // Two loops, and ten connections in both of them together; asked to stop before anybody came.
/// let options = ListenOptions { max_connections: 10, ..ListenOptions::default() };
/// let places = Places::new(&options);
/// let mut fronts = Vec::new();
/// for bound in bind(&"127.0.0.1:0".parse()?)?.share(2)? {
///     let (control, ask) = control_pipe()?;
///     ask.ask(Signal::TERM);
///     let service = Service::new(Work::Echo, RelayOptions::default());
///     fronts.push(Front::new(bound, service, options, control, |event| eprintln!("{event}")).sharing(&places, ask));
/// }
/// serve_all(fronts)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`serve`], of the first that fails; or there is no thread for one.
pub fn serve_all(fronts: Vec<Front<'_>>) -> io::Result<()> {
    let (askers, asked) = (fronts.iter().filter_map(Front::asker).collect::<Vec<_>>(), Once::new());
    thread::scope(|scope| {
        let start = |(number, front)| {
            let others = Others { askers: &askers, asked: &asked };
            let run = move || serve(front).inspect(|()| others.go_on());
            Builder::new().name(format!("worker {number}")).spawn_scoped(scope, run)
        };
        let started: Vec<_> = (1..).zip(fronts).map(start).collect();
        started.into_iter().map(|thread| thread.and_then(joined)).fold(Ok(()), Result::and)
    })
}

fn joined(thread: ScopedJoinHandle<'_, io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Asks the others to stop when it is dropped, once: a second time would abort what they have.
struct Others<'a> {
    askers: &'a [Control],
    asked: &'a Once,
}

impl Others<'_> {
    fn go_on(self) {
        std::mem::forget(self);
    }
}

impl Drop for Others<'_> {
    fn drop(&mut self) {
        self.asked.call_once(|| self.askers.iter().for_each(|asker| asker.ask(Signal::TERM)));
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use standpipe_core::flow::RelayOptions;
    use standpipe_core::socket::ListenOptions;
    use standpipe_sys::socket::bind;
    use standpipe_sys::{Front, Places, Service, Work, control_pipe};

    use super::serve_all;

    #[test]
    fn where_one_panics_the_others_stop() {
        let bound = bind(&"127.0.0.1:0".parse().expect("an address")).expect("a port is free");
        let (local, options) = (bound.local().to_string(), ListenOptions::default());
        let places = Places::new(&options);
        let front = |bound| {
            let (control, asker) = control_pipe().expect("there are descriptors");
            let service = Service::new(Work::Echo, RelayOptions::default());
            Front::new(bound, service, options, control, |event| panic!("{event}")).sharing(&places, asker)
        };
        let fronts: Vec<_> = bound.share(3).expect("there are descriptors").into_iter().map(front).collect();
        let (ended, end) = channel();
        let server = thread::spawn(move || {
            let result = thread::scope(|scope| scope.spawn(|| serve_all(fronts)).join());
            ended.send(result.is_err()).expect("the test waits");
        });
        let _client = TcpStream::connect(local).expect("it listens");
        assert_eq!(end.recv_timeout(Duration::from_secs(60)), Ok(true), "the panic is passed on");
        server.join().expect("no panic");
    }
}
