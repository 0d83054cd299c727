use crate::support::World;
use crate::support::warmsheet::{call, words};

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_registered_for_every_event_listed_and_deleted() {
    let mut world = World::new().await;
    world.set("WARMSHEET_PUBLIC_URL", "https://leads.acme.com/");
    let registered = call(&world, &["webhook", "register"]).await;
    let text = words(&registered);
    assert_eq!(registered.status.code(), Some(0), "{text}");
    assert!(
        text.contains("https://leads.acme.com/webhooks/citedy"),
        "{text}"
    );
    assert!(text.contains("CITEDY_WEBHOOK_SECRETS=whsec_"), "{text}");
    let listed = words(&call(&world, &["webhook", "list"]).await);
    assert!(
        !listed.contains("whsec_"),
        "a secret is told once: {listed}"
    );
    let id = listed.split_whitespace().next().expect("an id").to_owned();
    let deliveries = call(&world, &["webhook", "deliveries", "--status", "delivered"]).await;
    assert_eq!(deliveries.status.code(), Some(0), "{}", words(&deliveries));
    let deleted = call(&world, &["webhook", "delete", &id]).await;
    assert_eq!(deleted.status.code(), Some(0), "{}", words(&deleted));
    let listed = words(&call(&world, &["webhook", "list"]).await);
    assert!(listed.contains("No endpoint is registered"), "{listed}");
    let again = call(&world, &["webhook", "delete", &id]).await;
    assert_eq!(again.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_it_asks_for_one() {
    let world = World::new().await;
    let output = call(&world, &["webhook", "register"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("WARMSHEET_PUBLIC_URL"));
}
