//! standpipe as futures on async-io: processes, pipes and sockets.
#![forbid(unsafe_code)]
