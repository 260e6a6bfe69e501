//! The answers of go commands that print JSON.

use serde::de::DeserializeOwned;

/// Why a go command's answer cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the go command printed something unexpected")]
pub struct GoValuesError(#[from] serde_json::Error);

/// Reads what `go list -json` and its like print: one value after the other, with nothing or blanks between them.
/// After one that cannot be read there is no other.
pub(super) fn go_values<T: DeserializeOwned>(
    output: &[u8],
) -> impl Iterator<Item = Result<T, GoValuesError>> {
    let values = serde_json::Deserializer::from_slice(output).into_iter();
    values.map(|value| value.map_err(GoValuesError::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(output: &str) -> Result<Vec<u8>, GoValuesError> {
        go_values(output.as_bytes()).collect()
    }

    #[test]
    fn values_follow_each_other_and_anything_else_is_an_error() {
        assert_eq!(read("1 2\n\n3").unwrap(), [1, 2, 3]);
        assert!(read("").unwrap().is_empty());
        for damaged in ["1 2 {", "go: oops", "1 300"] {
            assert!(read(damaged).is_err(), "{damaged}");
        }
        let mut values = go_values::<u8>(b"1 x 2");
        assert_eq!(values.next().unwrap().unwrap(), 1);
        assert!(values.next().unwrap().is_err());
        assert!(values.next().is_none());
    }
}
