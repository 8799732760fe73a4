//! Core's public types can be shared between threads.

use standpipe_core::chat::{Chat, ChatOptions, Message, MessageError, Messages, Scanner, Terminator};
use standpipe_core::dispatch::{
    Channel, ChannelOptions, Key, Outgoing, PushError, Ready, Registry, TimerKey, Timers, Turn,
};
use standpipe_core::flow::{Capture, Held, Pipe, Relay, RelayOptions, Report, SendQueue};
use standpipe_core::process::{
    Child, Command, Communicate, CommunicateOptions, Limit, Output, Pipeline, PipelineOptions, Plan,
    PlanError, Resource, Step, Stop, Unfinished,
};
use standpipe_core::signal::{
    Dispositions, IntervalTimer, PendingSignals, Signal, SignalError, SignalReset, SignalSet, SignalState,
    TimerError, TimerSetting, Told, Woken,
};
use standpipe_core::socket::{
    Address, AddressError, BufferedReader, BufferedWriter, Call, Connect, ConnectOptions, ControlMessages,
    DatagramEvent, DatagramOptions, Datagrams, Found, Listen, ListenOptions, Lookup, OptionValue, Protocols,
    Received, SendAll, Services, SocketAddress, SocketAddressError, SocketError, SocketOption, TimeoutMode,
};
use standpipe_core::{Blocked, Duty, End, Fault, Moment, Pool, Port, Ports, Progress, Wake, Wants};

fn shared<T: Send + Sync>() {}

macro_rules! shared {
    ($($type:ty),* $(,)?) => { $(shared::<$type>();)* };
}

#[test]
fn every_public_type_is_send_and_sync() {
    shared!(Blocked, Duty, End, Fault, Moment, Pool, Port, Ports, Progress, Wake, Wants);
    shared!(Capture, Held, Pipe, Relay, RelayOptions, Report, SendQueue);
    shared!(Chat, ChatOptions, Message<'_>, MessageError, Messages, Scanner, Terminator);
    shared!(Channel, ChannelOptions, Outgoing, PushError);
    shared!(Child, Command, Communicate, CommunicateOptions, Output, Pipeline, PipelineOptions);
    shared!(Limit, Plan, PlanError, Resource, Step, Stop, Unfinished);
    shared!(Dispositions<u32>, IntervalTimer, PendingSignals, SignalError, SignalReset, SignalState);
    shared!(Key, Ready, Registry<u32>, TimerKey, Timers<u32>, Turn);
    shared!(TimerError, TimerSetting, Told, Woken);
    shared!(Signal, SignalSet, Address, AddressError, Connect, ConnectOptions, Listen, ListenOptions);
    shared!(DatagramEvent, DatagramOptions, Datagrams);
    shared!(SocketAddress, SocketAddressError, SocketError, SocketOption, OptionValue, TimeoutMode, Call);
    shared!(
        Found,
        Lookup<'static>,
        BufferedReader,
        BufferedWriter,
        ControlMessages,
        Protocols,
        Received,
        SendAll,
        Services
    );
}
