//! What `go build` says when something does not compile.

use std::collections::BTreeSet;

/// The lines of the compiler and the linker, by package.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BuildOutput(Vec<Block>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Block {
    package: Option<String>,
    lines: Vec<String>,
}

/// What the go command says while it fetches a module; no part of any failure.
pub const DOWNLOADING: &str = "go: downloading ";

impl BuildOutput {
    /// Splits what a failed `go build` wrote to stderr. Before the lines about a package stands
    /// `# IMPORT/PATH`; lines before the first such line are about all of them.
    pub fn parse(text: &str) -> Self {
        let mut blocks = vec![Block::default()];
        for line in text.lines().filter(|line| !line.starts_with(DOWNLOADING)) {
            match line.strip_prefix("# ") {
                Some(header) => blocks.push(Block {
                    package: header.split(' ').next().map(str::to_owned),
                    lines: Vec::new(),
                }),
                None => {
                    if let Some(block) = blocks.last_mut() {
                        block.lines.push(line.to_owned());
                    }
                }
            }
        }
        blocks.retain(|block| !block.lines.is_empty());
        Self(blocks)
    }

    /// Tells whether modules were missing that nobody was to be asked for.
    pub fn is_for_want_of_network(&self) -> bool {
        let lines = self.lines(|_| true);
        lines.iter().any(|line| line.contains("GOPROXY=off"))
    }

    /// Returns the lines about any of `packages` and about none in particular; all lines when
    /// there are no such.
    pub fn about(&self, packages: &BTreeSet<&str>) -> Vec<&str> {
        let concerns = |block: &Block| {
            let package = block.package.as_deref();
            package.is_none_or(|package| packages.contains(package))
        };
        let own = self.lines(concerns);
        if own.is_empty() {
            self.lines(|_| true)
        } else {
            own
        }
    }

    fn lines(&self, is_wanted: impl Fn(&Block) -> bool) -> Vec<&str> {
        let wanted = self.0.iter().filter(|block| is_wanted(block));
        wanted
            .flat_map(|block| block.lines.iter().map(String::as_str))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "go: downloading golang.org/x/text v0.14.0
# m/lib
lib/l.go:2:11: undefined: zzz
# m/b [m/b.test]
b/main.go:2:14: undefined: x
\thave (number)
";

    #[test]
    fn each_program_gets_the_lines_about_its_own_packages() {
        let output = BuildOutput::parse(OUTPUT);
        let of = |packages: &[&str]| output.about(&packages.iter().copied().collect()).join("|");
        assert_eq!(of(&["m/a", "m/lib"]), "lib/l.go:2:11: undefined: zzz");
        assert_eq!(of(&["m/b"]), "b/main.go:2:14: undefined: x|\thave (number)");
        assert_eq!(of(&["m/other"]).matches('|').count(), 2);
    }

    #[test]
    fn lines_before_any_package_are_about_all() {
        let output = BuildOutput::parse("go: no space left on device\n# m/b\nb.go:1:1: x\n");
        let lines = output.about(&["m/a"].into());
        assert_eq!(lines, ["go: no space left on device"]);
    }
}
