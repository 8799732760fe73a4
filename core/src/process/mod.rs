//! Processes: what to run, how it is set up, how it lives, ends and is talked to.

mod child;
mod collector;
mod command;
mod communicate;
mod crew;
mod due;
mod life;
mod moves;
mod output;
mod pipeline;
mod plan;
pub mod quote;
mod status;
mod step;
mod stop;
mod stopping;
mod unsuccessful;

pub use child::Child;
pub use command::{Command, Group, Limit, Resource, Stdio};
pub use communicate::{Communicate, CommunicateEvent, CommunicateOptions};
pub use life::{ChildEvent, ChildState};
pub use output::{Output, Stream, StreamEnd, Unfinished};
pub use pipeline::{Pipeline, PipelineEvent, PipelineOptions};
pub use plan::{Parent, Plan, PlanError};
pub use status::{Exit, WaitStatus};
pub use step::{Program, Step};
pub use stop::{Stop, StopStep};
pub use unsuccessful::Unsuccessful;
