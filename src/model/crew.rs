//! Several things at once, but not too many.

use std::convert::Infallible;
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Does `work` on all `items`, at most `at_once` at a time, and returns what came of them, in their
/// order. After a failure nothing more is begun.
///
/// # Errors
/// The first failure.
///
/// ```
/// # use coracle::model::crew;
/// let doubled = crew::each(2, &[1, 2, 3], |number| Ok::<_, ()>(number * 2));
/// assert_eq!(doubled, Ok(vec![2, 4, 6]));
/// ```
pub fn each<T: Sync, R: Send, E: Send>(
    at_once: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let (results, done) = mpsc::channel();
    let take_items = |results: mpsc::Sender<(usize, Result<R, E>)>| {
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else {
                return;
            };
            let result = work(item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            // The receiver outlives all senders.
            let _ = results.send((number, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..at_once.min(items.len()) {
            let results = results.clone();
            scope.spawn(|| take_items(results));
        }
    });
    drop(results);
    let mut all: Vec<(usize, R)> = Vec::new();
    for (number, result) in done {
        all.push((number, result?));
    }
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

/// Does `work` on all `items`, at most `at_once` at a time, and returns what came of each, in their
/// order.
pub fn all<T: Sync, R: Send>(at_once: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let done = each(at_once, items, |item| Ok::<_, Infallible>(work(item)));
    done.unwrap_or_else(|never| match never {})
}

/// Does `aside` while `work` is done, and returns what came of both.
///
/// ```
/// # use coracle::model::crew;
/// assert_eq!(crew::both(|| 1, || "two"), (1, "two"));
/// ```
pub fn both<A: Send, B>(aside: impl FnOnce() -> A + Send, work: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let aside = scope.spawn(aside);
        let work = work();
        let aside = aside.join().unwrap_or_else(|it| panic::resume_unwind(it));
        (aside, work)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u32> = (0..100).collect();
        let doubled = each(7, &items, |item| Ok::<_, ()>(item * 2)).unwrap();
        assert!(doubled.into_iter().eq((0..100).map(|item| item * 2)));
        assert_eq!(each(7, &[] as &[u32], |_| Ok::<u32, ()>(1)), Ok(vec![]));
    }

    #[test]
    fn a_failure_is_the_result_and_nothing_more_is_begun() {
        let begun = AtomicUsize::new(0);
        let items: Vec<u32> = (0..1000).collect();
        let result = each(1, &items, |&item| {
            begun.fetch_add(1, Ordering::Relaxed);
            if item == 3 { Err(item) } else { Ok(item) }
        });
        assert_eq!(result, Err(3));
        assert_eq!(begun.into_inner(), 4);
    }
}
