//! The servers, each a process of its own that gives every connection a `cat`: [`Server`].

use std::fs::read_to_string;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::raw::{leashed, process_cpu};
use crate::sample::helper;

/// What a server is and how it is started.
#[derive(Debug)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    /// The command of this workspace, with a runtime.
    Standpipe(&'static str),
    /// This program again.
    Helper(&'static str),
    /// A program on a port that is free now; `PORT` stands for its number.
    Program(&'static [&'static str]),
}

pub(super) const SOCAT: &str = "socat EXEC:cat";
pub(super) const TCPSERVER: &str = "tcpserver";

/// The rows; the first is the limit.
pub(super) const SERVERS: [Kind; 9] = [
    Kind { name: "the socket as the child's stdio, std Command (limit)", how: How::Helper("socket") },
    Kind { name: "**standpipe blocking**", how: How::Standpipe("blocking") },
    Kind { name: "**standpipe mio**", how: How::Standpipe("mio") },
    Kind { name: "**standpipe smol**", how: How::Standpipe("smol") },
    Kind { name: "tokio process, pipes, copy 64 KiB", how: How::Helper("tokio") },
    Kind { name: SOCAT, how: How::Program(&["socat", LISTEN, "EXEC:/bin/cat"]) },
    Kind { name: "socat EXEC:cat,nofork", how: How::Program(&["socat", LISTEN, "EXEC:/bin/cat,nofork"]) },
    Kind { name: "ncat --exec", how: How::Program(&["ncat", "-lk", "127.0.0.1", "PORT", "-e", "/bin/cat"]) },
    Kind { name: TCPSERVER, how: How::Program(&["tcpserver", "-HRl0", "127.0.0.1", "PORT", "/bin/cat"]) },
];

const LISTEN: &str = "TCP-LISTEN:PORT,bind=127.0.0.1,reuseaddr,fork";

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) kind: &'static Kind,
    pub(super) port: u16,
    process: Child,
}

impl Kind {
    /// Starts it and waits until it listens.
    pub(super) fn start(&'static self, standpipe: &Path) -> Server {
        match self.how {
            How::Standpipe(runtime) => {
                let mut command = Command::new(standpipe);
                command.args(["serve", "127.0.0.1:0", "--runtime", runtime, "--exec", "/bin/cat"]);
                self.on_told_port(&mut command)
            }
            How::Helper(name) => self.on_told_port(helper("relay").arg(name)),
            How::Program(arguments) => self.on_free_port(arguments),
        }
    }

    fn on_told_port(&'static self, command: &mut Command) -> Server {
        let mut process = spawn(command.stdout(Stdio::piped()));
        Server { kind: self, port: told_port(&mut process), process }
    }

    fn on_free_port(&'static self, arguments: &[&str]) -> Server {
        let port = free_port();
        let argument = |text: &&str| text.replace("PORT", &port.to_string());
        let arguments: Vec<String> = arguments.iter().map(argument).collect();
        let process = spawn(Command::new(&arguments[0]).args(&arguments[1..]).stdout(Stdio::null()));
        wait_for(port);
        Server { kind: self, port, process }
    }
}

impl Server {
    /// CPU seconds of the server, of its living descendants and of those it has reaped.
    pub(super) fn cpu(&self) -> f64 {
        let cpu = |pid: u32| process_cpu(pid).unwrap_or(0.0) + reaped_cpu(pid);
        tree(self.process.id()).into_iter().map(cpu).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A handler that stands still would outlive its server. What has ended meanwhile needs no signal.
        for pid in tree(self.process.id()).into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = self.process.wait();
    }
}

fn spawn(command: &mut Command) -> Child {
    let command = command.stdin(Stdio::null()).stderr(Stdio::null());
    leashed(command).spawn().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}

fn told_port(process: &mut Child) -> u16 {
    let mut line = String::new();
    let output = process.stdout.take().expect("stdout is a pipe");
    BufReader::new(output).read_line(&mut line).expect("the server tells where it listens");
    let (_, port) = line.trim().rsplit_once(':').expect("the server tells an address");
    port.parse().expect("a port is a number")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

fn wait_for(port: u16) {
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(10), "nothing listens on port {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A process and its living descendants.
fn tree(pid: u32) -> Vec<u32> {
    let children = read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    std::iter::once(pid).chain(children.flat_map(tree)).collect()
}

/// Clock ticks a second, as /proc counts (proc_pid_stat(5)).
const TICKS: f64 = 100.0;

/// Children's user and system time, fields 16 and 17.
fn reaped_cpu(pid: u32) -> f64 {
    let text = read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let (_, fields) = text.rsplit_once(')').unwrap_or_default();
    let times = fields.split_whitespace().skip(13).take(2);
    times.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}
