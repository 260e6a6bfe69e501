//! Numbers of bytes, as people read and write them.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The units that a size is written in, each 1024 times the one before.
const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];

/// A number of bytes, shown by 1024 with one decimal: `15.2 MB`.
///
/// ```
/// # use coracle::model::ByteSize;
/// assert_eq!(ByteSize(1023).to_string(), "1023 B");
/// assert_eq!(ByteSize(1536).to_string(), "1.5 KB");
/// assert_eq!(ByteSize(20 << 20).to_string(), "20.0 MB");
/// assert_eq!("1.5GB".parse(), Ok(ByteSize(3 << 29)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct ByteSize(pub u64);

/// Why a text is no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a size, expected a number with its unit, as in 512MB or 10GB")]
pub struct ByteSizeError(String);

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1024 {
            return f.pad(&format!("{} B", self.0));
        }
        let exponent = (self.0.ilog2() / 10).min(6);
        // In tenths, so that no floating point is involved.
        let divisor = 1_u128 << (10 * exponent);
        let tenths = (u128::from(self.0) * 10 + divisor / 2) / divisor;
        f.pad(&format!(
            "{}.{} {}",
            tenths / 10,
            tenths % 10,
            UNITS[exponent as usize - 1]
        ))
    }
}

/// A number, whole or with up to three decimals, and its unit: `512MB`, `1.5 GiB`. As where sizes are
/// shown, and as in Docker's flags, `GB` and `GiB` are the same.
impl FromStr for ByteSize {
    type Err = ByteSizeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ByteSizeError(text.to_owned()))
    }
}

impl TryFrom<String> for ByteSize {
    type Error = ByteSizeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

fn parse(text: &str) -> Option<ByteSize> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    let thousandths = thousandths(number)?.checked_mul(u128::from(bytes_in(unit.trim_start())?))?;
    u64::try_from(thousandths / 1000).ok().map(ByteSize)
}

fn thousandths(number: &str) -> Option<u128> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    if decimals.is_empty() || decimals.len() > 3 {
        return None;
    }
    let decimals: u128 = format!("{decimals:0<3}").parse().ok()?;
    whole
        .parse::<u128>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(decimals)
}

fn bytes_in(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_uppercase().replace("IB", "B");
    if unit == "B" {
        return Some(1);
    }
    let power = UNITS.iter().position(|known| *known == unit)?;
    Some(1 << (10 * (power + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_its_unit() {
        for (text, bytes) in [
            ("0B", 0),
            ("512MiB", 512 << 20),
            ("512 mb", 512 << 20),
            ("10GB", 10 << 30),
            ("1.5TB", 3 << 39),
            ("0.001KB", 1),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        for wrong in [
            "", "10", "GB", "-1GB", "1.GB", "1.2345GB", "1.2.3GB", "10XB", "9999EB", "10 G B",
        ] {
            assert!(wrong.parse::<ByteSize>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_shown_can_be_read() {
        for bytes in [7, 1536, 20 << 20, 10 << 30] {
            let shown = ByteSize(bytes).to_string();
            assert_eq!(shown.parse(), Ok(ByteSize(bytes)), "{shown}");
        }
    }
}
