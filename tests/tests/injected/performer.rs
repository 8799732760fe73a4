//! A process in which one scene is played while a call fails.

use std::sync::mpsc::channel;
use std::time::Duration;
use std::{env, io};

use crate::census::{Census, marked};
use crate::drivers::{DRIVERS, Driver};
use crate::gate::Gate;
use crate::scenes::{COUNTED, SCENES, Scene};

/// A scene and who plays it.
pub(crate) struct Assignment {
    pub(crate) driver: &'static Driver,
    pub(crate) scene: &'static Scene,
}

const ASSIGNMENT: &str = "STANDPIPE_INJECTED";
const MARK: &str = "STANDPIPE_INJECTED_INTO";

impl Assignment {
    /// What tells a process what it is for, and marks whatever descends from it.
    pub(crate) fn environment(&self, mark: &str) -> [(&'static str, String); 2] {
        [(ASSIGNMENT, format!("{}/{}", self.driver.name, self.scene.name)), (MARK, mark.into())]
    }
}

/// What this process is for, where another one has started it for a scene.
pub(crate) fn assignment() -> Option<Assignment> {
    let asked = env::var(ASSIGNMENT).ok()?;
    let (driver, scene) = asked.split_once('/').expect("a driver and a scene");
    Some(Assignment {
        driver: DRIVERS.iter().find(|known| known.name == driver).expect("a known driver"),
        scene: SCENES.iter().chain(COUNTED).find(|known| known.name == scene).expect("a known scene"),
    })
}

/// Plays it, once for the sake of what is set up once and kept, and once while a call fails. Then nothing may be left.
pub(crate) fn perform(Assignment { driver, scene }: &Assignment) {
    let mut gate = Gate::inherited().expect("standard input is a gate");
    let _held = (scene.hold)();
    (scene.play)(driver).expect("nothing fails yet");
    let before = Census::take();
    wait(&mut gate, "ready").expect("somebody watches");
    let played = (scene.play)(driver);
    wait(&mut gate, "over").expect("somebody watches");
    let told = match (played, left(&before)) {
        (_, Some(left)) => format!("left {left}"),
        (Ok(()), None) => "passed".into(),
        (Err(error), None) => format!("refused {error:?}"),
    };
    gate.tell(&told).expect("somebody watches");
}

fn wait(gate: &mut Gate, what: &str) -> io::Result<String> {
    gate.tell(what)?;
    gate.hear()
}

/// How long what a scene leaves has to go, in hundredths of a second.
const SETTLE: usize = 1000;

/// What is still there when it had time to go.
fn left(before: &Census) -> Option<String> {
    let mark = format!("{MARK}={}", env::var(MARK).expect("whoever starts a performer marks it"));
    let look = || {
        let processes = marked(&mark).into_iter().map(|number| format!("process {number}"));
        Census::take().leftovers(before).into_iter().chain(processes).collect::<Vec<_>>()
    };
    let (_never, nothing) = channel::<()>();
    for _ in 0..SETTLE {
        if look().is_empty() {
            return None;
        }
        let _ = nothing.recv_timeout(Duration::from_millis(10));
    }
    Some(look().join(", "))
}
