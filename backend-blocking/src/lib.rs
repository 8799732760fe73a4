//! standpipe for plain threads: processes, pipes and sockets by blocking calls.
#![forbid(unsafe_code)]
