//! Durations as a user writes them.

use std::time::Duration;

/// Reads a decimal with a unit: ms, s, m, h or d; seconds where there is none. Zero switches a limit off and is `None`.
pub(crate) fn parse(text: &str) -> Result<Option<Duration>, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err(format!("'{unit}' is no unit: write ms, s, m, h or d")),
    };
    let number = number.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    let number =
        number.ok_or_else(|| format!("'{text}' is no duration: write a number and a unit, as in 1.5s"))?;
    let wait = Duration::try_from_secs_f64(number * seconds).map_err(|_| format!("'{text}' is too long"))?;
    Ok((!wait.is_zero()).then_some(wait))
}

/// A limit that a user may switch off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Limit(pub(crate) Option<Duration>);

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_with_units_are_read_and_zero_is_off() {
        assert_eq!(parse("1.5s"), Ok(Some(Duration::from_millis(1500))));
        assert_eq!(parse("250ms"), Ok(Some(Duration::from_millis(250))));
        assert_eq!(parse("2"), Ok(Some(Duration::from_secs(2))));
        assert_eq!(parse("0.5h"), Ok(Some(Duration::from_secs(1800))));
        assert_eq!(parse("1d"), Ok(Some(Duration::from_secs(86400))));
        assert_eq!(parse("0"), Ok(None));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "s", "-1s", "1 s", "1w", "1s2", "inf", "nan", "1e300d", "1.2.3"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
