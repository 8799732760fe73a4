//! standpipe in a mio event loop: processes, pipes and sockets as sources.
#![forbid(unsafe_code)]
