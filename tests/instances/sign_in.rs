//! Signed in on one instance is signed in on all of them, and signed out as well.

use crate::Shared;
use crate::support::World;
use crate::support::browser::TOKEN;
use crate::support::browser::{Browser, csrf_token};

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_holds_on_every_instance_and_so_does_its_end() {
    let mut world = World::new().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    let shared = Shared::of(world).await;
    let (one, two) = (shared.serve().await, shared.serve().await);
    let mut browser = Browser::new();
    browser.sign_in(&one, TOKEN).await;
    let (status, page) = browser.page(&two, "/").await;
    assert_eq!(status, 200);
    // What one instance has shown the other takes.
    let token = [("csrf_token", csrf_token(&page))];
    let kept = browser.cookie.clone();
    assert_eq!(browser.post(&one, "/sign-out", &token).await.status(), 303);
    browser.cookie = kept;
    assert_eq!(browser.get(&two, "/").await.status(), 401);
}
