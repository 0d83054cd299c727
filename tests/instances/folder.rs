//! A folder that several processes are told to watch is read by one.

use crate::Shared;
use crate::support::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_a_folder_of_two_instances_is_bought_once_and_reported() {
    let mut world = World::new().await;
    let lists = world.lists();
    let shared = Shared::of(world).await;
    let (owner, other) = shared.two().await;
    std::fs::write(
        lists.join("companies.csv"),
        "domain\nacme.com\nglobex.com\n",
    )
    .expect("a list");
    other.until_count("completed", 2).await;
    let report = lists.join("companies.csv.results.xlsx");
    eventually("the report", || async {
        match report.is_file() {
            true => Ok(()),
            false => Err("none".to_owned()),
        }
    })
    .await;
    let reads = [owner.log(), other.log()].join("\n");
    assert_eq!(reads.matches("\"source\":\"folder\"").count(), 1, "{reads}");
    assert_eq!(shared.world.ledger().await["total"], 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_its_reader_is_gone_another_one_reads_the_folder() {
    let mut world = World::new().await;
    let lists = world.lists();
    let shared = Shared::of(world).await;
    let (owner, other) = shared.two().await;
    owner.kill().await;
    std::fs::write(lists.join("companies.csv"), "domain\nacme.com\n").expect("a list");
    other.until_count("completed", 1).await;
}
