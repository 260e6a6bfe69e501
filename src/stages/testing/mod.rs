//! What `go test -json` tells, as results.

mod coverage;
mod event;
mod held;
mod packages;
mod reader;
mod results;
mod words;

pub use coverage::Coverage;
pub use packages::{TestedPackages, package_list};
pub use reader::{ReadTests, TestReader};
pub use results::{FailedTest, PackageResult, TestResult, TestResults, TestState};
pub use words::{SourceLine, first_words, named_lines};
