//! Numbers and rows of bytes as text.

use alloc::vec::Vec;

use super::SocketAddressError;

/// A decimal number, or a hexadecimal one behind `0x`, of the type that is asked for.
pub(super) fn number<T>(what: &'static str, text: &str) -> Result<T, SocketAddressError>
where
    T: TryFrom<i64> + Bounds,
{
    let parsed = match text.strip_prefix("0x") {
        Some(digits) if digits.starts_with('+') => None,
        Some(digits) => i64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('-')),
        None if text.starts_with('+') => None,
        None => text.parse().ok(),
    };
    parsed.and_then(|number| T::try_from(number).ok()).ok_or_else(|| SocketAddressError::Number {
        what,
        text: text.into(),
        least: T::LEAST,
        most: T::MOST,
    })
}

pub(super) trait Bounds {
    const LEAST: i64;
    const MOST: i64;
}

macro_rules! bounds {
    ($($type:ty)*) => {
        $(impl Bounds for $type {
            const LEAST: i64 = <$type>::MIN as i64;
            const MOST: i64 = <$type>::MAX as i64;
        })*
    };
}

bounds! { u8 u16 u32 i8 i32 }

/// Pairs of hexadecimal digits, with or without something between them.
pub(super) fn hex_bytes(text: &str, between: Option<char>) -> Result<Vec<u8>, SocketAddressError> {
    let error = || SocketAddressError::Hex(text.into());
    if text.is_empty() {
        return Ok(Vec::new());
    }
    match between {
        Some(between) => {
            text.split(between).map(|pair| hex_byte(pair.as_bytes()).ok_or_else(error)).collect()
        }
        None => text.as_bytes().chunks(2).map(|pair| hex_byte(pair).ok_or_else(error)).collect(),
    }
}

/// Exactly two hexadecimal digits.
pub(super) fn hex_byte(pair: &[u8]) -> Option<u8> {
    let [high, low] = pair else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
