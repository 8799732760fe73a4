//! Processes: what to run, how it is set up, how it lives, ends and is talked to.

mod child;
mod command;
mod communicate;
mod moves;
mod plan;
mod status;
mod stop;

pub use child::{Child, ChildState};
pub use command::{Command, Group, Stdio};
pub use communicate::{Communicate, CommunicateEvent, CommunicateOptions, Stream, StreamEnd};
pub use plan::{Parent, Plan, PlanError, Program, Step};
pub use status::{Exit, WaitStatus};
pub use stop::{Stop, StopStep};
