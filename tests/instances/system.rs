//! Any instance tells of all of them.

use reqwest::Method;

use crate::Shared;
use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_each_instance_tells_of_both_and_who_calls_citedy() {
    let shared = Shared::of(World::slow().await).await;
    let (one, two) = (shared.serve().await, shared.serve().await);
    one.add(&["acme.com"]).await;
    let names = [one.status().await, two.status().await];
    let names = names.map(|status| status["instance"].as_str().expect("a name").to_owned());
    for service in [&one, &two] {
        eventually("both are told of", || async {
            let page = service.request(Method::GET, "/system").send().await;
            let page = page.expect("an answer").text().await.expect("a page");
            let both = names.iter().all(|name| page.contains(name.as_str()));
            // One of them has a budget, the other calls nobody.
            if both && page.contains("a minute</td>") && page.contains("calls nobody") {
                return Ok(());
            }
            Err(page)
        })
        .await;
    }
}
