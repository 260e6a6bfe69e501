//! The exit codes of the program. They are public: scripts decide by them.

/// What the process ends with.
///
/// ```
/// # use coracle::model::ExitCode;
/// assert_eq!(ExitCode::Unavailable.number(), 69);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// 0: done.
    Done,
    /// 1: the user's code, policy or verification says no; also when some of several targets failed,
    /// and when two images differ.
    Refused,
    /// 2: the command line or the configuration is wrong.
    Usage,
    /// 69: a service is unavailable after retries.
    Unavailable,
    /// 70: a fault of coracle's own.
    Internal,
    /// 73: output cannot be written.
    CannotWrite,
    /// 75: the whole run's time limit is over.
    TimedOut,
    /// 77: not authorised.
    Denied,
    /// 130: interrupted by Ctrl-C.
    Interrupted,
    /// 143: terminated.
    Terminated,
}

impl ExitCode {
    /// All of them, by their numbers.
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Refused,
        Self::Usage,
        Self::Unavailable,
        Self::Internal,
        Self::CannotWrite,
        Self::TimedOut,
        Self::Denied,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// Returns the number that the shell sees.
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Unavailable => 69,
            Self::Internal => 70,
            Self::CannotWrite => 73,
            Self::TimedOut => 75,
            Self::Denied => 77,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Returns what it says about the run, in a line for help and references.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => {
                "the compiler, a policy or a verification says no; some of several targets failed; two images differ"
            }
            Self::Usage => "the command line, the configuration or the source tree is wrong",
            Self::Unavailable => "a service is unavailable after retries",
            Self::Internal => "a fault of coracle's own",
            Self::CannotWrite => "output cannot be written",
            Self::TimedOut => "the time limit of the run is over",
            Self::Denied => "not authorised",
            Self::Interrupted => "interrupted by Ctrl-C",
            Self::Terminated => "terminated",
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}
