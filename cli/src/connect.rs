//! `standpipe connect`.

use std::io::{self, IsTerminal};
use std::os::unix::ffi::OsStringExt;

use standpipe_core::Port;
use standpipe_core::flow::{Relay, RelayOptions};
use standpipe_core::process::{Command, Stop};
use standpipe_core::socket::Address;
use standpipe_sys::socket::{Candidate, Purpose, resolve};
use standpipe_sys::{Ends, LaunchError, Stream, relay_command, relay_terminal, release_standard_output};

use crate::args::Connect;
use crate::log::Log;
use crate::outcome::{FAILED, NOT_EXECUTABLE, NOT_FOUND, Outcome, RESET, TIMED_OUT, USAGE};
use crate::serve::host;
use crate::tls;

pub(crate) fn main(task: Connect) -> Outcome {
    connect(&task).unwrap_or_else(|outcome| outcome)
}

fn connect(task: &Connect) -> Result<Outcome, Outcome> {
    let is_secured = task.tls.tls || task.address.tls;
    if let Some(option) = task.tls.any_given().filter(|_| !is_secured) {
        let how = "add --tls, or write tls:HOST:PORT";
        return Err(Outcome::failed(USAGE, format_args!("{option} means nothing without TLS: {how}")));
    }
    let peer = peer(task)?;
    let (relay, ends) = if is_secured { secured(task, peer)? } else { couple(task, peer)?.0 };
    match task.common.runtime.relay(relay, ends) {
        Ok(report) => {
            Log::new(task.common).report(&report);
            Ok(Outcome::of_report(&report))
        }
        Err(error) => Err(Outcome::failed(FAILED, format_args!("cannot go on: {error}"))),
    }
}

/// Connected first: where there is no connection, no program is started and no input is read.
fn peer(task: &Connect) -> Result<Stream, Outcome> {
    let address = &task.address.address;
    let peer = match address {
        Address::Stdio => {
            return Err(Outcome::failed(USAGE, "connect wants an address: standard input is the other end"));
        }
        Address::Descriptor(number) => Stream::inherited(*number),
        address => task.common.runtime.connect(candidates(task, address)?, task.connect_timeout.0),
    };
    peer.map_err(|error| not_connected(address, &error))
}

/// Agreed upon first, for the same reasons: after a failed check of the name nothing can be sent.
fn secured(task: &Connect, peer: Stream) -> Result<(Relay, Ends), Outcome> {
    let address = &task.address.address;
    let security = tls::connect(&task.tls, &task.common_tls, host(address))?;
    let timeout = task.tls.handshake_timeout.0;
    let secured = task.common.runtime.secure(peer, (security.layer)(), timeout);
    let (peer, layer) = secured.map_err(|error| not_connected(address, &error))?;
    let ((relay, ends), port) = couple(task, peer)?;
    Ok((relay.with_layer(port, layer, security.eof), ends))
}

fn not_connected(address: &Address, error: &io::Error) -> Outcome {
    let code = match error.kind() {
        io::ErrorKind::TimedOut => TIMED_OUT,
        // Connected, and reset before anybody looked.
        io::ErrorKind::ConnectionReset => RESET,
        _ => FAILED,
    };
    Outcome::failed(code, format_args!("cannot connect to {address}: {error}"))
}

fn candidates(task: &Connect, address: &Address) -> Result<Vec<Candidate>, Outcome> {
    let failed = |error| Outcome::failed(FAILED, error);
    let mut found = resolve(address, Purpose::Connect).map_err(failed)?;
    found.retain(|candidate| (!task.v4 || candidate.is_ipv4()) && (!task.v6 || candidate.is_ipv6()));
    if let Some(source) = &task.source {
        let sources = resolve(source, Purpose::Listen).map_err(failed)?;
        found = found.into_iter().filter_map(|candidate| candidate.from_any_of(&sources)).collect();
    }
    if found.is_empty() {
        return Err(Outcome::failed(FAILED, format_args!("{address} has no address of the wanted kind")));
    }
    Ok(found)
}

/// Both ends coupled, and the port of the connection.
fn couple(task: &Connect, peer: Stream) -> Result<((Relay, Ends), Port), Outcome> {
    let mut options = RelayOptions::default();
    let mut words = task.command.iter().cloned().map(OsStringExt::into_vec);
    let Some(program) = words.next() else {
        options.end_with_peer = io::stdin().is_terminal();
        let coupled = terminal(peer, options).map_err(|error| {
            Outcome::failed(FAILED, format_args!("cannot use standard input and output: {error}"))
        })?;
        return Ok((coupled, Relay::PEER));
    };
    options.stop = Stop::default().whole_group();
    let command = Command::new(program).args(words);
    let coupled = relay_command(peer, &command, options).map_err(|error| launch_failed(&error))?;
    Ok((coupled, Relay::CLIENT))
}

/// The peer's half-close is the end of our output, which nobody would see while it is open here as well.
fn terminal(peer: Stream, options: RelayOptions) -> io::Result<(Relay, Ends)> {
    let coupled = relay_terminal(peer, options)?;
    release_standard_output()?;
    Ok(coupled)
}

/// What a program that could not be started is as an exit code.
pub(crate) fn launch_failed(error: &LaunchError) -> Outcome {
    let code = match error {
        LaunchError::Spawn(error) if error.is_not_found() => NOT_FOUND,
        LaunchError::Spawn(error) if error.is_not_executable() => NOT_EXECUTABLE,
        _ => FAILED,
    };
    Outcome::failed(code, error)
}
