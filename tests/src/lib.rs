//! The suite that holds core and every backend to the same behaviour.
