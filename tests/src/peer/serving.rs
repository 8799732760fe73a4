//! A program that serves, and where: [`Serving`], and what is said to it: [`Talking`].

use std::fs;
use std::path::Path;

use standpipe_blocking::{ChatStream, Child, Command, Exit, Stdio, Terminator};

use super::LIMIT;

/// A program that serves at a port of its own choice. It is ended when this is dropped.
#[derive(Debug)]
pub struct Serving {
    talking: Talking,
    port: u16,
}

impl Serving {
    /// Starts a program that says these words before the number of its port.
    ///
    /// # Panics
    /// When it cannot be started, or does not say them.
    #[track_caller]
    pub fn announced(command: Command, words: &str) -> Self {
        let mut talking = Talking::to(command);
        let line = talking.line_with(words);
        let (_, rest) = line.split_once(words).expect("it has them");
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Self { talking, port: digits.parse().expect("a port") }
    }

    /// Starts a program that says these words once it listens, and not where: the kernel knows.
    ///
    /// # Panics
    /// When it cannot be started, or does not say them.
    #[track_caller]
    pub fn listening(command: Command, words: &str) -> Self {
        let mut talking = Talking::to(command);
        talking.line_with(words);
        let port = port_of(talking.child().pid()).expect("it listens by IPv4");
        Self { talking, port }
    }

    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What is said to it and by it.
    pub fn talking(&mut self) -> &mut Talking {
        &mut self.talking
    }

    /// As [`Talking::kill`].
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn kill(self) {
        self.talking.kill();
    }

    /// As [`Talking::end`].
    ///
    /// # Panics
    /// When it does not end.
    #[track_caller]
    pub fn end(self) -> (String, Exit) {
        self.talking.end()
    }
}

/// A dialogue in lines with a program: its input, and both of its outputs. It is ended when this is dropped.
#[derive(Debug)]
pub struct Talking(ChatStream);

impl Talking {
    /// Starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn to(command: Command) -> Self {
        let mut lines = command.stderr(Stdio::Stdout).chat(Terminator::LF).expect("it starts");
        lines.set_timeout(Some(LIMIT));
        Self(lines)
    }

    /// Says a line to it.
    ///
    /// # Panics
    /// When it does not read it.
    #[track_caller]
    pub fn say(&mut self, line: &str) {
        self.0.send(format!("{line}\n")).expect("it reads");
    }

    /// Waits until it says these words, and gives the line that has them.
    ///
    /// # Panics
    /// When it does not say them.
    #[track_caller]
    pub fn line_with(&mut self, words: &str) -> String {
        let mut said = String::new();
        while let Some(line) = self.0.next_message().expect("it says something") {
            let line = String::from_utf8_lossy(&line).into_owned();
            if line.contains(words) {
                return line;
            }
            said.push_str(&line);
            said.push('\n');
        }
        panic!("'{words}' is not in: {said}");
    }

    /// Kills it, and waits until nothing is left of it.
    ///
    /// # Panics
    /// When it cannot be waited for.
    pub fn kill(mut self) {
        let child = self.child();
        child.kill();
        child.wait().expect("it can be waited for");
    }

    /// What it says from now on, and how it ends by itself.
    ///
    /// # Panics
    /// When it does not end.
    #[track_caller]
    pub fn end(mut self) -> (String, Exit) {
        let mut said = String::new();
        while let Some(line) = self.0.next_message().expect("its outputs end") {
            said.push_str(&String::from_utf8_lossy(&line));
            said.push('\n');
        }
        (said, self.child().wait_timeout(LIMIT).expect("it can be waited for").expect("it ends"))
    }

    fn child(&mut self) -> &mut Child {
        self.0.child().expect("it was started")
    }
}

/// Where a process listens by IPv4: proc_pid_net(5) has every socket of its network by number, and its descriptors are
/// links to such numbers.
fn port_of(pid: i32) -> Option<u16> {
    const LISTENS: &str = "0A";
    let sockets = fs::read_to_string(format!("/proc/{pid}/net/tcp")).ok()?;
    let own: Vec<String> =
        fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten().filter_map(|fd| link(&fd.path())).collect();
    sockets.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, number) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let is_its = *state == LISTENS && own.contains(&format!("socket:[{number}]"));
        let (_, port) = local.rsplit_once(':').filter(|_| is_its)?;
        u16::from_str_radix(port, 16).ok()
    })
}

fn link(path: &Path) -> Option<String> {
    fs::read_link(path).ok()?.into_os_string().into_string().ok()
}
