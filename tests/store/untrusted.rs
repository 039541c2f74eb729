//! Untrusted objects: bounded, and an error at worst.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use evenshard_store::{Bound, ErrorKind, Object};
use proptest::prelude::*;

use crate::server::{Fault, Server};
use crate::support::{Folder, build, folder, text};

type Read = Result<Option<Object>, evenshard_store::Error>;

/// Reads `bytes` as the object of a key.
fn read(f: &Folder, bytes: &[u8], bound: Bound) -> Read {
    let file = f.folder.path().join("trusted/unit/builds/4711/test/plan");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
    f.store.get(build().plan().key(), bound)
}

/// An object as the store writes it.
fn stored(content: &str) -> Vec<u8> {
    let f = folder();
    f.store.put(&build().plan(), &text(content)).unwrap();
    std::fs::read(f.folder.path().join("trusted/unit/builds/4711/test/plan")).unwrap()
}

/// An object with this header and zstd frame.
fn object(header: &str, frame: &[u8]) -> Vec<u8> {
    let mut out = vec![0x50, 0x2a, 0x4d, 0x18];
    out.extend_from_slice(&u32::try_from(header.len()).unwrap().to_le_bytes());
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(frame);
    out
}

const HEADER: &str = "evenshard-store 1\n000102030405060708090a0b0c0d0e0f\n";

fn kind(read: &Read) -> ErrorKind {
    read.as_ref().unwrap_err().kind()
}

#[test]
fn objects_of_others_are_garbage() {
    let f = folder();
    let frame = zstd::encode_all(&b"x"[..], 3).unwrap();
    let mut twice = object(HEADER, &frame);
    twice.extend_from_slice(&frame);
    for bytes in [
        Vec::new(),
        b"{}".to_vec(),
        frame.clone(),
        object(HEADER, b""),
        object(HEADER, &frame[..frame.len() - 1]),
        object("evenshard-store 1\nno nonce\n", &frame),
        object("evenshard-store one\n", &frame),
        object("something else\n", &frame),
        object(&"x".repeat(5000), &frame),
        twice,
    ] {
        let read = read(&f, &bytes, Bound::SMALL);
        assert_eq!(kind(&read), ErrorKind::Garbage, "{bytes:?}: {read:?}");
    }
    let good = read(&f, &object(HEADER, &frame), Bound::SMALL)
        .unwrap()
        .unwrap();
    assert_eq!(good.content, b"x");
    assert_eq!(good.nonce.to_string(), "000102030405060708090a0b0c0d0e0f");
}

#[test]
fn a_newer_version_says_so() {
    let f = folder();
    let read = read(
        &f,
        &object("evenshard-store 2\nanything", b"new"),
        Bound::SMALL,
    );
    assert_eq!(kind(&read), ErrorKind::Newer);
    let error = read.unwrap_err();
    assert!(
        error.to_string().contains("builds/4711/test/plan"),
        "{error}"
    );
}

#[test]
fn content_over_the_bound_is_not_read() {
    let f = folder();
    let bytes = stored(&"x".repeat(1000));
    assert!(read(&f, &bytes, Bound::bytes(1000)).is_ok());
    assert_eq!(
        kind(&read(&f, &bytes, Bound::bytes(999))),
        ErrorKind::TooLarge
    );
}

/// 1 GiB of nothing in 33 KB.
#[test]
fn a_bomb_is_not_decompressed() {
    let f = folder();
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = object(HEADER, &encoder.finish().unwrap());
    assert!(bomb.len() < 200_000);
    assert_eq!(kind(&read(&f, &bomb, Bound::SMALL)), ErrorKind::TooLarge);
}

/// A frame that asks for a window of 128 MiB.
#[test]
fn a_huge_window_is_refused() {
    let f = folder();
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.include_contentsize(false).unwrap();
    encoder.write_all(&[7; 100]).unwrap();
    let bytes = object(HEADER, &encoder.finish().unwrap());
    assert_eq!(kind(&read(&f, &bytes, Bound::LARGE)), ErrorKind::Garbage);
}

#[test]
fn an_object_over_the_bound_is_not_fetched() {
    let f = folder();
    assert_eq!(
        kind(&read(&f, &vec![0; 3 << 20], Bound::SMALL)),
        ErrorKind::TooLarge
    );
    let server = Server::start();
    let huge = vec![0; 3 << 20];
    server
        .state()
        .objects
        .insert("ci/trusted/unit/builds/4711/test/plan".to_owned(), huge);
    let error = server
        .store()
        .get(build().plan().key(), Bound::SMALL)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(server.state().requests.len(), 1);
}

#[test]
fn answers_that_mean_nothing_are_errors() {
    for garbage in [&b"<ListBucketResult><Contents>"[..], b"\xff\xfe\0", b""] {
        let server = Server::start();
        server.fail_all("", Fault::Garbage(garbage.to_vec()));
        let store = server.store();
        let read = store.get(build().plan().key(), Bound::SMALL);
        assert_eq!(kind(&read), ErrorKind::Garbage, "{read:?}");
        let created = store.create(&build().plan(), &text("x"));
        assert!(created.is_ok(), "the object is there: {created:?}");
        store.list(build().all(), 10).unwrap_err();
    }
}

/// A store that lists keys which were not asked for, or lead elsewhere.
#[test]
fn odd_keys_in_a_listing_are_left_out() {
    let server = Server::start();
    let mut xml = String::from("<ListBucketResult>");
    for key in [
        "ci/pr/unit/builds/4711/test/plan",
        "../../etc/passwd",
        "/",
        "ci",
        "other/trusted",
    ] {
        let _ = write!(
            xml,
            "<Contents><Key>{key}</Key><Size>1</Size>\
             <LastModified>2026-11-28T06:00:00.000Z</LastModified></Contents>"
        );
    }
    xml.push_str("</ListBucketResult>");
    server.fail_all("list-type", Fault::Garbage(xml.into_bytes()));
    match server.store().list(build().all(), 100) {
        Ok(listing) => assert!(listing.keys.is_empty(), "{listing:?}"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Other, "{error:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Any bytes at all, and objects with some bytes changed, cut or repeated.
    #[test]
    fn no_object_is_worse_than_an_error(
        noise in prop::collection::vec(any::<u8>(), 0..200),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        // Making a folder for each case would take most of the time.
        static SHARED: OnceLock<(Folder, Vec<u8>)> = OnceLock::new();
        let content = "a plan ".repeat(50);
        let (f, original) = SHARED.get_or_init(|| (folder(), stored(&content)));
        let _ = read(f, &noise, Bound::SMALL);
        let mut bytes = original.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len()));
        }
        match read(f, &bytes, Bound::SMALL) {
            // Only the nonce may differ without being noticed.
            Ok(read) => prop_assert_eq!(read.unwrap().content, content.into_bytes()),
            Err(_) => prop_assert!(bytes != *original),
        }
    }
}
