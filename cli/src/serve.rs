//! `standpipe serve`.

use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use standpipe_core::flow::RelayOptions;
use standpipe_core::process::{Command, Stop};
use standpipe_core::signal::Signal;
use standpipe_core::socket::{Address, ListenOptions};
use standpipe_sys::socket::{Bound, Endpoint, Purpose, bind, resolve};
use standpipe_sys::{Caught, Control, Front, Places, Security, Service, Stream, Work, signal_control_pipe};

use crate::args::{Dialled, Limits, Pin, ProgramStdio, Serve};
use crate::duration::Limit;
use crate::log::Log;
use crate::outcome::{FAILED, Outcome, USAGE};
use crate::reload::on_hangup;
use crate::tls::{self, Serving};

pub(crate) fn main(task: Serve) -> Outcome {
    match serve(task) {
        Ok(()) => Outcome::DONE,
        Err(outcome) => outcome,
    }
}

fn serve(task: Serve) -> Result<(), Outcome> {
    let failed = |what: &str| {
        let what = what.to_string();
        move |error: io::Error| Outcome::failed(FAILED, format_args!("cannot {what}: {error}"))
    };
    let address = task.address.clone();
    if address == Address::Stdio {
        let why = "serve cannot listen on standard input and output: name an address";
        return Err(Outcome::failed(USAGE, why));
    }
    let runtime = task.common.runtime;
    let workers = runtime.workers(task.workers)?;
    let hands_over = hands_over(&task)?;
    let splices = splices(&task)?;
    // Caught before anybody can know that we are ready.
    let told = (0..runtime.fronts(workers)).map(|_| signal_control_pipe(&[Signal::TERM, Signal::INT]));
    let told: Vec<Told> = told.collect::<io::Result<_>>().map_err(failed("catch signals"))?;
    let bound = bind(&address).map_err(failed(&format!("listen on {address}")))?;
    let options = relay_options(&task);
    let listen_options = listen_options(&task.limits);
    let log = Log::new(task.common);
    let serving = Serving::new(&task.tls, &task.common_tls, host(&address))?;
    let pin = serving.as_ref().map(Serving::pin);
    let client_security = serving.as_ref().map(Serving::security);
    let (work, server_security) = work(task)?;
    let security = Service { client_security, server_security, ..Service::new(work, options) };
    let service = Service { hands_over, splices, ..security };
    on_hangup(serving, log).map_err(failed("catch SIGHUP"))?;
    let local = bound.local().clone();
    let shares = bound.share(told.len()).map_err(failed(&format!("listen on {address}")))?;
    announce(&local, pin).map_err(failed("write to standard output"))?;
    let (fronts, _caught) = fronts(shares, told, &service, listen_options, log);
    runtime.serve(fronts, workers).map_err(failed("go on serving"))
}

/// Whether programs get the connection itself: where that is asked for, and nothing is that can only be seen on the way.
fn hands_over(task: &Serve) -> Result<bool, Outcome> {
    match (task.stdio, seen_on_the_way(task)) {
        (ProgramStdio::Pipe, _) | (ProgramStdio::Auto, Some(_)) => Ok(false),
        (ProgramStdio::Auto | ProgramStdio::Socket, None) => Ok(true),
        (ProgramStdio::Socket, Some(option)) => {
            let why = format_args!(
                "--stdio socket and {option} exclude each other: what is not relayed is not seen"
            );
            Err(Outcome::failed(USAGE, why))
        }
    }
}

/// Whether bytes are moved within the kernel, which nobody can do who seals or opens them.
fn splices(task: &Serve) -> Result<bool, Outcome> {
    let links_by_tls = task.connect.as_ref().is_some_and(|dialled| dialled.tls);
    if task.splice && (task.tls.is_given() || links_by_tls) {
        let why = "--splice and TLS exclude each other: what is sealed or opened leaves the kernel";
        return Err(Outcome::failed(USAGE, why));
    }
    Ok(task.splice)
}

/// An option that needs the bytes to come by here.
fn seen_on_the_way(task: &Serve) -> Option<&'static str> {
    if task.connect.is_some() {
        return Some("--connect");
    }
    if task.echo {
        return Some("--echo");
    }
    if task.splice {
        return Some("--splice");
    }
    if task.tls.is_given() {
        return Some("TLS");
    }
    task.limits.idleness()
}

/// Where a front is told of signals, what else asks it, and how long the signals are caught.
type Told = (Stream, Control, Caught);

/// A front for each share of an address, under limits that are for all of them together.
fn fronts(
    shares: Vec<Bound>,
    told: Vec<Told>,
    service: &Service,
    options: ListenOptions,
    log: Log,
) -> (Vec<Front<'static>>, Vec<Caught>) {
    let places = Places::new(&options);
    let front = |(bound, (control, asker, caught)): (Bound, Told)| {
        let front = Front::new(bound, service.clone(), options, control, move |event| log.event(&event));
        (front.sharing(&places, asker), caught)
    };
    shares.into_iter().zip(told).map(front).unzip()
}

fn announce(local: &Endpoint, pin: Option<Pin>) -> io::Result<()> {
    let tls = pin.map(|pin| format!(" tls {pin}")).unwrap_or_default();
    let mut out = io::stdout().lock();
    writeln!(out, "listening on {local}{tls}")?;
    out.flush()
}

/// The host that clients know us by.
pub(crate) fn host(address: &Address) -> &str {
    match address {
        Address::Tcp { host: Some(host), .. } => host,
        _ => "",
    }
}

/// The work, and how the connections that are made for it are secured.
fn work(task: Serve) -> Result<(Work, Option<Security>), Outcome> {
    if let Some(command) = task.exec {
        let mut words = command.into_iter().map(OsStringExt::into_vec);
        let program = words.next().unwrap_or_default();
        return Ok((Work::Exec(Command::new(program).args(words)), None));
    }
    if let Some(line) = task.sh {
        return Ok((Work::Exec(Command::shell(line.into_vec())), None));
    }
    let Some(Dialled { address, tls }) = task.connect else { return Ok((Work::Echo, None)) };
    let candidates = resolve(&address, Purpose::Connect).map_err(|error| Outcome::failed(FAILED, error))?;
    let security = if tls { Some(tls::link(&task.common_tls, host(&address))?) } else { None };
    Ok((Work::Link(candidates), security))
}

/// How long a connection may be idle, where nothing is said.
const IDLE: Limit = Limit(Some(Duration::from_secs(3600)));

fn relay_options(task: &Serve) -> RelayOptions {
    let limits = &task.limits;
    RelayOptions {
        handshake: task.tls.handshake_timeout.0,
        idle: limits.idle_timeout.unwrap_or(IDLE).0,
        half_close_idle: limits.half_close_timeout.unwrap_or(IDLE).0,
        stop: stop(limits.kill_after.0),
        ..RelayOptions::default()
    }
}

/// The group is stopped as a whole: a program's own children are nobody else's.
fn stop(kill_after: Option<Duration>) -> Stop {
    match kill_after {
        Some(grace) => Stop::terminate(grace),
        None => Stop::signal(Signal::TERM),
    }
    .whole_group()
}

/// A limit that is switched off is one of a century, which no moment's arithmetic minds.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 86400);

fn listen_options(limits: &Limits) -> ListenOptions {
    let default = ListenOptions::default();
    ListenOptions {
        max_connections: limits.max_connections.map_or(default.max_connections, |n| n as usize),
        max_per_address: limits.max_per_address.map_or(default.max_per_address, |n| n as usize),
        drain: limits.drain_timeout.0.unwrap_or(FOREVER),
        ..default
    }
}
