//! The dates of certificates: [`CertificateTime`].

use core::fmt;
use core::str::FromStr;

/// The days from the first of January of year 1 to that of 1970.
const BEFORE_1970: i64 = 719_162;
const DAY: i64 = 86_400;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment as certificates have it, in whole seconds of UTC, from the year 1 to the year 9999. As text it is
/// `Jan  5 09:34:43 2018 GMT`, in English whatever the locale: the month, the day in two columns, the time, the year.
///
/// Reading is strict where the original's `cert_time_to_seconds` is not: the day is one that the month has, seconds end at
/// 59, and every column is in its place. Upper and lower case are one, as there. Source: SSL-34, and `ASN1_TIME_print(3)`,
/// whose text this is.
///
/// ```
/// use standpipe_core::tls::{CertificateTime, CertificateTimeError};
///
/// let time: CertificateTime = "Jan  5 09:34:43 2018 GMT".parse()?;
/// assert_eq!(time.unix_seconds(), 1_515_144_883);
/// assert_eq!(CertificateTime::from_unix_seconds(1_515_144_883), Some(time));
/// assert_eq!(time.to_string(), "Jan  5 09:34:43 2018 GMT");
/// # Ok::<(), CertificateTimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CertificateTime(i64);

/// Why a text is no date of a certificate.
///
/// ```
/// use standpipe_core::tls::{CertificateTime, CertificateTimeError};
///
/// let read = |text: &str| text.parse::<CertificateTime>();
/// assert_eq!(read("Feb 29 00:00:00 2019 GMT"), Err(CertificateTimeError::Day { day: 29, last: 28 }));
/// assert_eq!(read("Jan  5 09:34:43 2018 UTC"), Err(CertificateTimeError::Zone));
/// assert_eq!(read("Jan  5 09:34:43 2018"), Err(CertificateTimeError::Form { at: 20 }));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateTimeError {
    /// Something else than the form wants stands at this byte, or nothing.
    #[error("no date such as 'Jan  5 09:34:43 2018 GMT': byte {at} is not as there")]
    Form {
        /// The byte, from 0.
        at: usize,
    },
    /// It does not begin with an English month.
    #[error("the month is none of Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov, Dec")]
    Month,
    /// The month has no such day.
    #[error("day {day}: the month has days 1 to {last}")]
    Day {
        /// What was given.
        day: u8,
        /// The last one of that month.
        last: u8,
    },
    /// There is no such hour, minute or second.
    #[error("the time of day is none from 00:00:00 to 23:59:59")]
    Clock,
    /// There is no such year.
    #[error("the year is none from 1 to 9999")]
    Year,
    /// It does not end with `GMT`.
    #[error("the zone is not GMT")]
    Zone,
}

impl CertificateTime {
    /// The moment so many seconds after the beginning of 1970, or before it; `None` outside of the years 1 to 9999.
    pub const fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let first = -BEFORE_1970 * DAY;
        let end = (days_before(10_000) - BEFORE_1970) * DAY;
        if first <= seconds && seconds < end { Some(Self(seconds)) } else { None }
    }

    /// The seconds since the beginning of 1970; negative before it.
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }
}

/// A date and a time of day, not looked at yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Civil {
    pub(super) year: u16,
    /// From 1.
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
}

impl TryFrom<Civil> for CertificateTime {
    type Error = CertificateTimeError;

    fn try_from(civil: Civil) -> Result<Self, CertificateTimeError> {
        let Civil { year, month, day, hour, minute, second } = civil;
        if !(1..=9999).contains(&year) {
            return Err(CertificateTimeError::Year);
        }
        if !(1..=12).contains(&month) {
            return Err(CertificateTimeError::Month);
        }
        let year = i64::from(year);
        let last = days_in(year, month);
        if !(1..=last).contains(&day) {
            return Err(CertificateTimeError::Day { day, last });
        }
        if hour > 23 || minute > 59 || second > 59 {
            return Err(CertificateTimeError::Clock);
        }
        let in_year: i64 = (1..month).map(|month| i64::from(days_in(year, month))).sum();
        let days = days_before(year) + in_year + i64::from(day) - 1 - BEFORE_1970;
        let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
        Ok(Self(days * DAY + seconds))
    }
}

impl FromStr for CertificateTime {
    type Err = CertificateTimeError;

    fn from_str(text: &str) -> Result<Self, CertificateTimeError> {
        let text = text.as_bytes();
        for (place, wanted) in [(3, b' '), (6, b' '), (9, b':'), (12, b':'), (15, b' '), (20, b' ')] {
            if text.get(place) != Some(&wanted) {
                return Err(CertificateTimeError::Form { at: place.min(text.len()) });
            }
        }
        if !text[21..].eq_ignore_ascii_case(b"GMT") {
            return Err(CertificateTimeError::Zone);
        }
        let month = MONTHS.iter().position(|month| month.as_bytes().eq_ignore_ascii_case(&text[..3]));
        let month = month.ok_or(CertificateTimeError::Month)? as u8 + 1;
        let day = if text[4] == b' ' { 5..6 } else { 4..6 };
        let two = |range| number(text, range).map(|number| number as u8);
        Civil {
            year: number(text, 16..20)?,
            month,
            day: two(day)?,
            hour: two(7..9)?,
            minute: two(10..12)?,
            second: two(13..15)?,
        }
        .try_into()
    }
}

/// What the digits in these places come to, at most four of them.
fn number(text: &[u8], range: core::ops::Range<usize>) -> Result<u16, CertificateTimeError> {
    range.into_iter().try_fold(0, |number, at| match text[at] {
        digit @ b'0'..=b'9' => Ok(number * 10 + u16::from(digit - b'0')),
        _ => Err(CertificateTimeError::Form { at }),
    })
}

impl fmt::Display for CertificateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, seconds) = (self.0.div_euclid(DAY) + BEFORE_1970, self.0.rem_euclid(DAY));
        let mut year = 1 + days / 366;
        while days_before(year + 1) <= days {
            year += 1;
        }
        let (mut month, mut day) = (1, days - days_before(year) + 1);
        while day > i64::from(days_in(year, month)) {
            day -= i64::from(days_in(year, month));
            month += 1;
        }
        let (name, minutes) = (MONTHS[usize::from(month) - 1], seconds / 60);
        let (hour, minute, second) = (minutes / 60, minutes % 60, seconds % 60);
        write!(f, "{name} {day:2} {hour:02}:{minute:02}:{second:02} {year:04} GMT")
    }
}

/// The days from the beginning of year 1 to that of this one.
const fn days_before(year: i64) -> i64 {
    let whole = year - 1;
    whole * 365 + whole / 4 - whole / 100 + whole / 400
}

fn days_in(year: i64, month: u8) -> u8 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{CertificateTime, CertificateTimeError, days_before, days_in};

    #[test]
    fn every_month_begins_and_ends_with_a_text_that_leads_back_to_it() {
        let mut seconds = -62_135_596_800;
        assert_eq!(CertificateTime::from_unix_seconds(seconds - 1), None);
        for year in 1..10_000 {
            for month in 1..13 {
                let length = i64::from(days_in(year, month)) * 86_400;
                for (seconds, start) in [(seconds, " 1 00:00:00"), (seconds + length - 1, "23:59:59")] {
                    let time = CertificateTime::from_unix_seconds(seconds).unwrap();
                    let text = time.to_string();
                    assert!(text.contains(start), "{text}");
                    assert_eq!(text.parse(), Ok(time), "{text}");
                }
                seconds += length;
            }
        }
        assert_eq!(seconds, (days_before(10_000) - 719_162) * 86_400);
        assert_eq!(CertificateTime::from_unix_seconds(seconds), None);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        use CertificateTimeError::{Clock, Day, Form, Month, Year, Zone};
        for (text, error) in [
            ("", Form { at: 0 }),
            ("Jan  5 09:34:43 2018", Form { at: 20 }),
            ("Jan  5 09:34:43 2018 ", Zone),
            ("Jan  5 09:34:43 2018 GMT ", Zone),
            ("Jan  5 09:34:43 2018 CET", Zone),
            ("Jan 5 09:34:43 2018 GMT", Form { at: 6 }),
            ("Jan  5 9:34:43 2018 GMT", Form { at: 9 }),
            ("Jan +5 09:34:43 2018 GMT", Form { at: 4 }),
            ("Jan  5 09:34:43 20x8 GMT", Form { at: 18 }),
            ("Jän  5 09:34:43 2018 GMT", Form { at: 3 }),
            ("Mai  5 09:34:43 2018 GMT", Month),
            ("Jan  0 09:34:43 2018 GMT", Day { day: 0, last: 31 }),
            ("Apr 31 09:34:43 2018 GMT", Day { day: 31, last: 30 }),
            ("Feb 29 09:34:43 1900 GMT", Day { day: 29, last: 28 }),
            ("Feb 30 09:34:43 2000 GMT", Day { day: 30, last: 29 }),
            ("Jan  5 24:00:00 2018 GMT", Clock),
            ("Jan  5 09:60:00 2018 GMT", Clock),
            ("Jun 30 23:59:60 2015 GMT", Clock),
            ("Jan  5 09:34:43 0000 GMT", Year),
        ] {
            assert_eq!(text.parse::<CertificateTime>(), Err(error), "{text:?}");
        }
        for text in ["jAN  5 09:34:43 2018 gmt", "JAN 05 09:34:43 2018 GMT"] {
            assert_eq!(text.parse::<CertificateTime>().unwrap().unix_seconds(), 1_515_144_883);
        }
    }
}
