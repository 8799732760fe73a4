//! Known faults: each happens where it is known to happen, and in the same situation not with us. `docs/faults.md`
//! has the whole list; what others of our tests show already is here only as it happens elsewhere.

mod closing;
mod framing;
mod late_reply;
mod loops;
mod originals;
mod truncation;
mod upgrade;
