//! Conversations with registries, answer by answer.

use super::*;
use crate::model::MediaType;

const MIB: u64 = 1 << 20;
const BLOB: &str = "https://r.example/v2/app/blobs/uploads/";

/// What a registry says: a status, and the headers that matter then.
#[derive(Debug, Clone, Copy, Default)]
struct Says {
    status: u16,
    location: Option<&'static str>,
    range: Option<&'static str>,
    least_piece: Option<&'static str>,
    digest: Option<&'static str>,
}

fn says(status: u16) -> Says {
    Says {
        status,
        ..Says::default()
    }
}

/// The answer that opens upload 1.
fn opens() -> Says {
    at(202, "/v2/app/blobs/uploads/1?s=a%3D")
}

fn at(status: u16, location: &'static str) -> Says {
    Says {
        location: Some(location),
        ..says(status)
    }
}

fn has(status: u16, range: &'static str) -> Says {
    Says {
        range: Some(range),
        ..at(status, "/v2/app/blobs/uploads/1?s=b")
    }
}

fn descriptor(size_bytes: u64) -> Descriptor {
    Descriptor {
        size_bytes,
        ..Descriptor::of(MediaType::LayerGzip, b"{}")
    }
}

fn base() -> Repository {
    "r.example/base".parse().unwrap()
}

/// A blob of so many bytes on its way.
struct Talk(Upload);

impl Talk {
    fn of(size_bytes: u64) -> Self {
        Self(Upload::new(&descriptor(size_bytes), None))
    }

    /// A blob that is not there, to be sent to upload 1.
    fn sending(size_bytes: u64) -> Self {
        let mut talk = Self::of(size_bytes);
        assert_eq!(talk.hears(says(404)), "POST");
        talk.hears(opens());
        talk
    }

    /// As [`Self::sending`], after a connection that broke.
    fn broken(size_bytes: u64) -> Self {
        let mut talk = Self::sending(size_bytes);
        assert_eq!(talk.breaks(), "GET 1?s=a%3D");
        talk
    }

    #[track_caller]
    fn hears(&mut self, says: Says) -> String {
        self.tries(says)
            .unwrap_or_else(|error| panic!("{says:?}: {error}"))
    }

    fn tries(&mut self, says: Says) -> Result<String, UploadError> {
        self.0.answered(UploadAnswer {
            status: says.status,
            url: &BLOB.parse().unwrap(),
            location: says.location,
            range: says.range,
            least_piece: says.least_piece,
            digest: says.digest,
        })?;
        Ok(self.next())
    }

    fn breaks(&mut self) -> String {
        self.0.interrupted();
        self.next()
    }

    /// Shows the next step: method, place, bytes.
    fn next(&self) -> String {
        let digest = format!("digest={}", self.0.digest());
        let place = |url: &Url| {
            url.as_str()
                .replace(BLOB, "")
                .replace(digest.as_str(), "digest=D")
        };
        let bytes = |span: Span| format!("{}+{}", span.start, span.len);
        match self.0.step() {
            Step::Ask => "HEAD".to_owned(),
            Step::Mount(from) => format!("POST from {from}"),
            Step::Start => "POST".to_owned(),
            Step::SendPiece(url, span) => format!("PATCH {} {}", place(&url), bytes(span)),
            Step::Send(url, span) => format!("PUT {} {}", place(&url), bytes(span)),
            Step::Inquire(url) => format!("GET {}", place(&url)),
            Step::Done(transfer) => format!("{transfer:?}"),
        }
    }
}

#[test]
fn a_blob_that_is_there_is_not_sent() {
    let mut talk = Talk(Upload::new(&descriptor(2), Some(base())));
    assert_eq!(talk.next(), "HEAD");
    assert_eq!(talk.hears(says(200)), "Present");
}

#[test]
fn a_blob_is_sent_whole_in_two_requests_however_large_it_is() {
    for (size_bytes, put) in [
        (2, "PUT 1?s=a%3D&digest=D 0+2"),
        (0, "PUT 1?s=a%3D&digest=D 0+0"),
        (1000 * MIB, "PUT 1?s=a%3D&digest=D 0+1048576000"),
    ] {
        let mut talk = Talk::of(size_bytes);
        assert_eq!(talk.hears(says(404)), "POST");
        assert_eq!(talk.hears(opens()), put);
        assert_eq!(talk.hears(says(201)), "Upload");
    }
}

#[test]
fn a_registry_that_cannot_be_asked_or_speaks_of_another_blob_is_sent_this_one() {
    let other = Says {
        digest: Some("sha256:1"),
        ..says(200)
    };
    for answer in [says(405), says(501), other] {
        assert_eq!(Talk::of(2).hears(answer), "POST", "{answer:?}");
    }
}

#[test]
fn a_mount_that_is_not_taken_becomes_an_upload() {
    for (answer, next) in [
        (says(201), format!("{:?}", Transfer::Mount(base()))),
        (opens(), "PUT 1?s=a%3D&digest=D 0+2".to_owned()),
        (says(403), "POST".to_owned()),
        (says(405), "POST".to_owned()),
    ] {
        let mut talk = Talk(Upload::new(&descriptor(2), Some(base())));
        assert_eq!(talk.hears(says(404)), "POST from r.example/base");
        assert_eq!(talk.hears(answer), next, "{answer:?}");
    }
}

#[test]
fn an_open_upload_is_used_and_one_that_is_gone_replaced_twice() {
    let mut talk = Talk::sending(2);
    for _ in 0..FRESH_STARTS {
        assert_eq!(talk.hears(says(404)), "POST");
        assert_eq!(talk.hears(opens()), "PUT 1?s=a%3D&digest=D 0+2");
    }
    assert_eq!(talk.tries(says(404)), Err(UploadError::Refused(404)));
}

#[test]
fn what_broke_off_goes_on_where_the_registry_says() {
    for (told, next) in [
        ("0-9", "PUT 1?s=b&digest=D 10+90"),
        ("bytes=0-9", "PUT 1?s=b&digest=D 10+90"),
        ("0-98", "PUT 1?s=b&digest=D 99+1"),
        ("0-99", "PUT 1?s=b&digest=D 100+0"),
        // More than there is, nothing, one byte or none: none of it can be built on.
        ("0-100", "POST"),
        ("", "POST"),
        ("0-0", "POST"),
        ("5-9", "POST"),
    ] {
        let mut talk = Talk::broken(100);
        assert_eq!(talk.hears(has(204, told)), next, "{told}");
    }
}

#[test]
fn an_upload_that_is_gone_may_be_done() {
    for (asked, next) in [(200, "Upload"), (404, "POST")] {
        let mut talk = Talk::broken(100);
        assert_eq!(talk.hears(says(404)), "HEAD");
        assert_eq!(talk.hears(says(asked)), next);
    }
}

#[test]
fn a_registry_that_cannot_tell_how_far_it_came_is_begun_with_again() {
    for status in [400, 405, 416, 500] {
        let mut talk = Talk::broken(100);
        assert_eq!(talk.hears(says(status)), "HEAD", "{status}");
        assert_eq!(talk.hears(says(404)), "POST", "{status}");
    }
}

#[test]
fn an_upload_that_breaks_again_without_coming_further_is_begun_anew() {
    let mut talk = Talk::broken(100);
    talk.hears(has(204, "0-9"));
    assert_eq!(talk.breaks(), "GET 1?s=b");
    assert_eq!(talk.hears(has(204, "0-19")), "PUT 1?s=b&digest=D 20+80");
    assert_eq!(talk.breaks(), "GET 1?s=b");
    assert_eq!(talk.hears(has(204, "0-19")), "POST");
}

#[test]
fn a_registry_that_had_less_than_it_said_is_sent_all_again() {
    for status in [400, 404, 416] {
        let mut talk = Talk::broken(100);
        talk.hears(has(204, "0-9"));
        assert_eq!(talk.hears(says(status)), "POST", "{status}");
        assert_eq!(talk.hears(opens()), "PUT 1?s=a%3D&digest=D 0+100");
    }
    // That of a blob which was sent whole has another reason.
    assert_eq!(
        Talk::sending(100).tries(says(400)),
        Err(UploadError::Refused(400))
    );
}

#[test]
fn a_large_blob_that_broke_off_goes_on_in_pieces() {
    let mut talk = Talk::broken(40 * MIB);
    assert_eq!(
        talk.hears(has(204, "0-1048575")),
        "PATCH 1?s=b 1048576+16777216"
    );
    assert_eq!(
        talk.hears(has(202, "0-17825791")),
        "PATCH 1?s=b 17825792+16777216"
    );
    // Not all of the piece was taken.
    assert_eq!(
        talk.hears(has(202, "0-20971519")),
        "PATCH 1?s=b 20971520+16777216"
    );
    // The last bytes come with the end.
    assert_eq!(talk.hears(says(202)), "PUT 1?s=b&digest=D 37748736+4194304");
    assert_eq!(talk.hears(says(201)), "Upload");
}

#[test]
fn a_break_between_pieces_costs_a_piece() {
    let mut talk = Talk::broken(100 * MIB);
    assert_eq!(talk.hears(says(404)), "HEAD");
    assert_eq!(talk.hears(says(404)), "POST");
    assert_eq!(talk.hears(opens()), "PATCH 1?s=a%3D 0+16777216");
    assert_eq!(
        talk.hears(has(202, "0-16777215")),
        "PATCH 1?s=b 16777216+16777216"
    );
    assert_eq!(talk.breaks(), "GET 1?s=b");
    assert_eq!(
        talk.hears(has(204, "0-16777215")),
        "PATCH 1?s=b 16777216+16777216"
    );
}

#[test]
fn pieces_are_as_large_as_the_registry_wants_them() {
    for (least, piece) in [
        ("1048576", 16 * MIB),
        ("33554432", 32 * MIB),
        ("x", 16 * MIB),
    ] {
        let mut talk = Talk::broken(100 * MIB);
        talk.hears(says(404));
        talk.hears(says(404));
        let opened = Says {
            least_piece: Some(least),
            ..opens()
        };
        assert_eq!(talk.hears(opened), format!("PATCH 1?s=a%3D 0+{piece}"));
    }
}

#[test]
fn a_blob_that_is_too_large_to_go_at_once_goes_in_pieces() {
    let mut talk = Talk::sending(40 * MIB);
    assert_eq!(talk.hears(says(413)), "POST");
    assert_eq!(talk.hears(opens()), "PATCH 1?s=a%3D 0+16777216");
    assert_eq!(talk.tries(says(413)), Err(UploadError::Refused(413)));
    let small = Talk::sending(MIB).tries(says(413));
    assert_eq!(small, Err(UploadError::Refused(413)));
}

#[test]
fn a_registry_without_pieces_is_sent_the_whole() {
    for status in [400, 405, 411, 415, 501] {
        let mut talk = Talk::sending(40 * MIB);
        talk.hears(says(413));
        talk.hears(opens());
        assert_eq!(talk.hears(says(status)), "POST", "{status}");
        assert_eq!(talk.hears(opens()), "PUT 1?s=a%3D&digest=D 0+41943040");
        assert_eq!(talk.tries(says(413)), Err(UploadError::Refused(413)));
    }
}

#[test]
fn a_gap_is_asked_about_and_the_rest_sent_at_once() {
    let mut talk = Talk::broken(100 * MIB);
    talk.hears(has(204, "0-16777215"));
    assert_eq!(talk.hears(says(416)), "GET 1?s=b");
    assert_eq!(
        talk.hears(has(204, "0-8388607")),
        "PUT 1?s=b&digest=D 8388608+96468992"
    );
}

#[test]
fn a_registry_that_sees_gaps_where_none_are_is_sent_the_whole() {
    let mut talk = Talk::broken(100 * MIB);
    talk.hears(has(204, "0-16777215"));
    assert_eq!(talk.hears(says(416)), "GET 1?s=b");
    assert_eq!(talk.hears(has(204, "0-16777215")), "POST");
    assert_eq!(talk.hears(opens()), "PUT 1?s=a%3D&digest=D 0+104857600");
}

#[test]
fn a_piece_of_which_something_else_arrived_is_not_built_on() {
    for told in ["0-0", "0-1048575", "0-99999999", "nonsense"] {
        let mut talk = Talk::broken(100 * MIB);
        talk.hears(has(204, "0-1048575"));
        assert_eq!(talk.hears(has(202, told)), "POST", "{told}");
        assert_eq!(talk.hears(opens()), "PUT 1?s=a%3D&digest=D 0+104857600");
    }
}

#[test]
fn a_refusal_or_nonsense_is_the_end() {
    let refused = |status| Err(UploadError::Refused(status));
    assert_eq!(Talk::of(2).tries(says(403)), refused(403));
    assert_eq!(Talk::sending(2).tries(says(403)), refused(403));
    for status in [401, 403, 429, 507] {
        let mut talk = Talk::broken(100 * MIB);
        talk.hears(has(204, "0-1048575"));
        assert_eq!(talk.tries(says(status)), refused(status));
    }
    let mut started = Talk::of(2);
    started.hears(says(404));
    let nowhere = started.tries(says(202));
    assert_eq!(nowhere, Err(UploadError::NoLocation));
    let mut started = Talk::of(2);
    started.hears(says(404));
    let insecure = started.tries(at(202, "http://r.example/1"));
    assert!(matches!(insecure, Err(UploadError::Location(_))));
    let other = Says {
        digest: Some("sha256:1"),
        ..says(201)
    };
    assert!(matches!(
        Talk::sending(2).tries(other),
        Err(UploadError::Digest { .. })
    ));
}
