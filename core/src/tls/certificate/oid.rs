//! Object identifiers as text.

use alloc::string::String;
use core::fmt::Write;

/// The numbers of an object identifier with dots between them; `None` where the bytes are not the shortest form of one, or a
/// number is over 128 bits.
pub(super) fn dotted(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let (mut number, mut is_within) = (0_u128, false);
    for byte in bytes {
        let is_padding = !is_within && *byte == 0x80;
        if is_padding || number.leading_zeros() < 7 {
            return None;
        }
        number = number << 7 | u128::from(byte & 0x7f);
        is_within = byte & 0x80 != 0;
        if !is_within {
            push(&mut text, number);
            number = 0;
        }
    }
    (!is_within && !text.is_empty()).then_some(text)
}

fn push(text: &mut String, number: u128) {
    let written = if text.is_empty() {
        // The first number holds two.
        let first = (number / 40).min(2);
        write!(text, "{first}.{}", number - 40 * first)
    } else {
        write!(text, ".{number}")
    };
    written.expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use super::dotted;

    #[test]
    fn numbers_stand_between_dots() {
        for (bytes, text) in [
            (&[0x55, 4, 3][..], "2.5.4.3"),
            (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d], "1.2.840.113549"),
            (&[0], "0.0"),
            (&[39], "0.39"),
            (&[0x88, 0x37], "2.999"),
            (
                &[
                    0x69, 0x83, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                    255, 255, 0x7f,
                ],
                "2.25.340282366920938463463374607431768211455",
            ),
        ] {
            assert_eq!(dotted(bytes).as_deref(), Some(text));
        }
        let long = [&[0x69, 0x84][..], &[255; 17], &[0x7f]].concat();
        for bytes in [&[][..], &[0x80], &[0x2a, 0x80, 1], &[0x2a, 0x86], &long] {
            assert_eq!(dotted(bytes), None, "{bytes:?}");
        }
    }
}
