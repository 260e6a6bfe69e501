//! What `go vet` says.

/// Something that `go vet` has a word for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VetRemark {
    /// The file, from the folder that `go vet` ran in.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What it says.
    pub message: String,
}

impl VetRemark {
    /// Reads what `go vet` printed: `vet: ` may stand before `FILE:LINE:COLUMN: MESSAGE`, and lines that
    /// begin with `#` name packages.
    pub fn parse(output: &str) -> Vec<Self> {
        let mut remarks: Vec<Self> = output.lines().filter_map(remark).collect();
        remarks.sort();
        remarks.dedup();
        remarks
    }
}

fn remark(line: &str) -> Option<VetRemark> {
    let line = line.strip_prefix("vet: ").unwrap_or(line);
    let (file, rest) = line.split_once(".go:")?;
    let (number, rest) = rest.split_once(':')?;
    let message = rest.split_once(": ").map_or(rest, |(_, message)| message);
    Some(VetRemark {
        file: format!("{}.go", file.trim_start_matches("./")),
        line: number.parse().ok()?,
        message: message.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_read_with_their_places() {
        let output = "# example.com/app\n# [example.com/app]\n./main.go:6:2: fmt.Printf format %d has arg \"x\" of wrong type string\nvet: lib/a.go:3:9: undefined: x\nexit status 1\n";
        let shown: Vec<String> = VetRemark::parse(output)
            .iter()
            .map(|it| format!("{}|{}|{}", it.file, it.line, it.message))
            .collect();
        assert_eq!(
            shown,
            [
                "lib/a.go|3|undefined: x",
                "main.go|6|fmt.Printf format %d has arg \"x\" of wrong type string",
            ]
        );
    }
}
