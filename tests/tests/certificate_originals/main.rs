//! What Python's `ssl` says of certificates and what core says of them, beside each other: the original's own, of Python 2.7,
//! where that is installed, and Python 3's.

mod alerts;
mod binding;
mod hosts;
mod pem;
mod times;
mod values;
