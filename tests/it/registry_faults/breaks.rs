//! Connections that break at each request of a push, before or after it was done.

use super::Push;
use crate::support::http::{Act, Fault};
use crate::support::registry::FakeRegistry;

/// Breaks the connection at request after request, as many as a push has.
#[track_caller]
fn recovers_from_a_break_at_every_request(act: &Act) {
    let calm = Push::to(FakeRegistry::start());
    calm.succeeds();
    let count = calm.registry.journal().len();
    assert!(count > 8, "{count} requests");
    for number in 0..count {
        let push = Push::with([Fault::on_number(number, act.clone())]);
        push.succeeds();
        let requests = push.registry.journal().requests();
        let cut = requests.iter().filter(|request| request.status.is_none());
        assert_eq!(cut.count(), 1, "{number}: {requests:#?}");
        // What was done is not done again; an upload may have been begun twice, and is taken back then.
        assert!(requests.len() <= count + 8, "{number}: {requests:#?}");
    }
}

#[test]
fn a_connection_that_breaks_before_any_request_is_done_is_made_again() {
    recovers_from_a_break_at_every_request(&Act::HangUp { after_bytes: 0 });
}

#[test]
fn a_connection_that_breaks_in_the_middle_of_any_body_is_made_again() {
    recovers_from_a_break_at_every_request(&Act::HangUp { after_bytes: 100 });
}

#[test]
fn a_connection_that_breaks_when_any_request_is_done_is_made_again() {
    let after_bytes = usize::MAX;
    recovers_from_a_break_at_every_request(&Act::HangUp { after_bytes });
}
