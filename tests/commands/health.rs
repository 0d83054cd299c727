use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::World;
use crate::support::warmsheet::{call, call_as, words};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_works_is_well_and_one_that_is_gone_is_not() {
    let world = World::new().await;
    let service = world.serve().await;
    let address = service.address.trim_start_matches("http://").to_owned();
    let at = [("WARMSHEET_BIND", address.as_str())];
    for asked in [&["health"][..], &["health", "--live"]] {
        let output = call_as(&world, &at, asked).await;
        assert_eq!(output.status.code(), Some(0), "{}", words(&output));
        assert_eq!(words(&output), "", "nothing to tell where all is well");
    }
    service.terminate().await;
    let output = call_as(&world, &at, &["health"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("nobody listens there"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_store_or_is_another_program_is_not_well() {
    for (answer, told) in [
        (
            "HTTP/1.1 503 Service Unavailable\r\n\r\n",
            "cannot store anything",
        ),
        (
            "HTTP/1.1 404 Not Found\r\n\r\n",
            "no warmsheet that is well",
        ),
        ("", "does not answer"),
    ] {
        let mut world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut part = [0; 512];
                let read = stream.read(&mut part).expect("a request");
                assert_ne!(read, 0, "it ends early");
                request.extend_from_slice(&part[..read]);
            }
            assert!(request.starts_with(b"GET /health/ready HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).expect("an answer");
        });
        world.set("WARMSHEET_BIND", address);
        let output = call(&world, &["health"]).await;
        assert_eq!(output.status.code(), Some(1), "{answer}");
        assert!(
            words(&output).contains(told),
            "{answer}: {}",
            words(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_to_become_that_cannot_be_is_refused_before_anything_else() {
    let world = World::new().await;
    for (settings, told) in [
        (&[("WARMSHEET_RUN_AS", "0")][..], "a user's number above 0"),
        (&[("WARMSHEET_RUN_AS", "root")], "a user's number above 0"),
        (
            &[("WARMSHEET_OWN", "/data")],
            "set without WARMSHEET_RUN_AS",
        ),
        (
            &[
                ("WARMSHEET_RUN_AS", "65532"),
                ("WARMSHEET_OWN", "no-such-folder"),
            ],
            "WARMSHEET_OWN is",
        ),
    ] {
        let output = call_as(&world, settings, &["db", "migrate"]).await;
        assert_eq!(output.status.code(), Some(1), "{settings:?}");
        assert!(words(&output).contains(told), "{}", words(&output));
    }
    assert!(!world.path("warmsheet.db").exists());
}
