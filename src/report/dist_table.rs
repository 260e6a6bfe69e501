//! The table that `dist` prints on stdout.

use std::io::{self, Write};
use std::time::Duration;

use crate::model::{ByteSize, ForeignText};

use super::{Binary, PackedProgram};

/// Writes the head: the names of the columns, and a rule under them.
///
/// # Errors
/// Those of the writer.
pub fn write_dist_head(to: &mut dyn Write) -> io::Result<()> {
    writeln!(
        to,
        "{:<15} {:<12} {:<12} {:<64} STATUS",
        "TARGET", "SIZE", "DURATION", "SHA256"
    )?;
    writeln!(to, "{}", "-".repeat(120))
}

/// What a row is told from the others by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistRows {
    /// By its platform: all are of one program.
    OfOneProgram,
    /// By where the program is, which stands after the status.
    OfSeveral,
}

/// Writes the row of one program.
///
/// # Errors
/// Those of the writer.
pub fn write_dist_row(to: &mut dyn Write, binary: &Binary, rows: DistRows) -> io::Result<()> {
    let path = binary.path.as_ref().filter(|_| rows == DistRows::OfSeveral);
    let path = path.map(|path| format!(" {}", ForeignText::new(path)));
    let packed = binary.packed.as_ref().map(told).unwrap_or_default();
    writeln!(
        to,
        "{:<15} {:<12} {:<12} {:<64} {}{}{packed}",
        binary.platform,
        ByteSize(binary.size_bytes),
        shown(Duration::from_secs_f64(binary.seconds)),
        binary.sha256.as_deref().unwrap_or_default(),
        binary.status,
        path.unwrap_or_default(),
    )
}

/// Tells what upx made of a program.
fn told(packed: &PackedProgram) -> String {
    let before = ByteSize(packed.before_bytes);
    match &packed.kept_because {
        None => format!(
            " (packed from {before} to {})",
            ByteSize(packed.after_bytes)
        ),
        Some(reason) => format!(" (not packed: {})", ForeignText::new(reason)),
    }
}

/// Shows a duration to the millisecond as Go does: `850ms`, `1.25s`, `1m2.5s`.
fn shown(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let (minutes, rest) = (millis / 60_000, millis % 60_000);
    let fraction = format!("{}.{:03}", rest / 1000, rest % 1000);
    let seconds = fraction.trim_end_matches('0').trim_end_matches('.');
    if minutes == 0 {
        format!("{seconds}s")
    } else {
        format!("{minutes}m{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_gos() {
        for (millis, text) in [
            (0, "0ms"),
            (850, "850ms"),
            (1000, "1s"),
            (1250, "1.25s"),
            (62_500, "1m2.5s"),
            (600_000, "10m0s"),
        ] {
            assert_eq!(shown(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn columns_are_15_12_12_and_64_wide() {
        let row = Binary {
            package: "m/cmd/server".into(),
            platform: "linux/amd64".into(),
            path: Some("dist/server-linux-amd64".into()),
            size_bytes: 15_938_355,
            seconds: 2.5,
            sha256: Some("a".repeat(64)),
            status: "OK".into(),
            packed: None,
            files: Vec::new(),
        };
        let mut table = Vec::new();
        write_dist_head(&mut table).unwrap();
        write_dist_row(&mut table, &row, DistRows::OfOneProgram).unwrap();
        write_dist_row(&mut table, &row, DistRows::OfSeveral).unwrap();
        let expected = format!(
            "TARGET          SIZE         DURATION     SHA256{}STATUS\n{}\nlinux/amd64     15.2 MB      2.5s         {} OK\nlinux/amd64     15.2 MB      2.5s         {} OK dist/server-linux-amd64\n",
            " ".repeat(59),
            "-".repeat(120),
            "a".repeat(64),
            "a".repeat(64),
        );
        assert_eq!(String::from_utf8(table).unwrap(), expected);
    }
}
