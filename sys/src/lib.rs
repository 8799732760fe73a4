//! The system calls of standpipe, each a thin safe function.
