//! What `go vet` says.

/// Something that `go vet` has a word for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VetRemark {
    /// The file, from the folder that `go vet` ran in; or absolute, and then it may be elsewhere: the go
    /// command remembers what it said of the same source in another folder.
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

    /// Returns the names that the file may have in the folder that `go vet` ran in, the likeliest first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let starts = self.file.match_indices('/').map(|(at, _)| at + 1);
        let names = std::iter::once(0).chain(starts).map(|at| &self.file[at..]);
        names.filter(|name| !name.starts_with('/'))
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
        let output = "# example.com/app\n# [example.com/app]\n./main.go:6:2: fmt.Printf format %d has arg \"x\" of wrong type string\n# example.com/app/lib\nvet: /elsewhere/lib/a.go:3:9: undefined: x\nexit status 1\n";
        let remarks = VetRemark::parse(output);
        let names: Vec<&str> = remarks[0].names().collect();
        assert_eq!(names, ["elsewhere/lib/a.go", "lib/a.go", "a.go"]);
        let shown: Vec<String> = remarks
            .iter()
            .map(|it| format!("{}|{}|{}", it.file, it.line, it.message))
            .collect();
        assert_eq!(
            shown,
            [
                "/elsewhere/lib/a.go|3|undefined: x",
                "main.go|6|fmt.Printf format %d has arg \"x\" of wrong type string",
            ]
        );
    }
}
