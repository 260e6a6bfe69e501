//! Lists against lists: which entry of one belongs to which of the other.

use crate::model::Platform;

/// Returns which of `a` is for the platform of which of `b`, each once; an index may name a
/// platform several times.
pub fn pair_platforms(a: &[Platform], b: &[Platform]) -> Vec<(usize, usize)> {
    let mut left: Vec<usize> = (0..b.len()).collect();
    let mut pairs = Vec::new();
    for (at, platform) in a.iter().enumerate() {
        if let Some(found) = left.iter().position(|&other| b[other].covers(platform)) {
            pairs.push((at, left.remove(found)));
        }
    }
    pairs
}

/// Returns the longest pairing of the items `a` with the items `b` in which both stay in their
/// order.
pub(super) fn in_order(
    a: &[usize],
    b: &[usize],
    alike: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, usize)> {
    // How many can be paired of what begins at each place.
    let width = b.len() + 1;
    let mut lengths = vec![0_u32; (a.len() + 1) * width];
    for (row, &left) in a.iter().enumerate().rev() {
        for (column, &right) in b.iter().enumerate().rev() {
            let below = (row + 1) * width + column;
            lengths[row * width + column] = if alike(left, right) {
                lengths[below + 1] + 1
            } else {
                lengths[below].max(lengths[row * width + column + 1])
            };
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < a.len() && column < b.len() {
        if alike(a[row], b[column]) {
            pairs.push((a[row], b[column]));
            row += 1;
            column += 1;
        } else if lengths[(row + 1) * width + column] >= lengths[row * width + column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_paired_by_what_they_mean() {
        let parse = |texts: &[&str]| -> Vec<Platform> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let a = parse(&["linux/amd64", "linux/arm64", "linux/amd64"]);
        let b = parse(&["linux/arm64/v8", "linux/amd64", "linux/s390x"]);
        assert_eq!(pair_platforms(&a, &b), [(0, 1), (1, 0)]);
    }

    #[test]
    fn the_longest_pairing_in_order_is_found() {
        let pair = |a: &str, b: &str| {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let all = |list: &[char]| (0..list.len()).collect::<Vec<_>>();
            let pairs = in_order(&all(&a), &all(&b), |left, right| a[left] == b[right]);
            pairs.iter().map(|(left, _)| a[*left]).collect::<String>()
        };
        assert_eq!(pair("abcd", "abcd"), "abcd");
        assert_eq!(pair("abcd", "xbyd"), "bd");
        assert_eq!(pair("ab", "ba").len(), 1);
        assert_eq!(pair("", "ba"), "");
    }
}
