use chrono::TimeDelta;
use futures_util::future::join_all;
use warmsheet::flow::ports::{Begin, LeaseView, Pause, PauseKind, Store};
use warmsheet::lead::money::Limit;

use crate::fixture::{Fixture, Place, at};
use crate::on_both;
use crate::support::eventually;

const LONG: TimeDelta = TimeDelta::minutes(5);

async fn view(store: &dyn Store, name: &str) -> LeaseView {
    let leases = store.leases().await.expect("read");
    let found = leases.into_iter().find(|lease| lease.name == name);
    found.expect("the lease")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_one_instances_until_it_is_given_back() {
    on_both(async |fixture| {
        let name = fixture.lease.name.as_str();
        let other = fixture.place.open().await;
        let taken = other.take_lease(name, "other", LONG).await.expect("read");
        assert_eq!(taken, None, "somebody has it");
        assert!(
            fixture
                .store
                .renew_lease(&fixture.lease, LONG)
                .await
                .expect("read")
        );
        let seen = view(&*other, name).await;
        assert_eq!((seen.holder.as_str(), seen.is_held()), ("test", true));
        assert!(seen.ends_in <= LONG && seen.ends_in > LONG - TimeDelta::minutes(1));

        fixture
            .store
            .release_lease(&fixture.lease)
            .await
            .expect("stored");
        assert!(!view(&*other, name).await.is_held());
        let taken = other.take_lease(name, "other", LONG).await.expect("read");
        let taken = taken.expect("nobody has it");
        assert!(taken.token > fixture.lease.token);
        assert_eq!(view(&*fixture.store, name).await.holder, "other");
        let renewed = fixture.store.renew_lease(&fixture.lease, LONG).await;
        assert!(!renewed.expect("read"), "it is another's");
        // What the old holder does with its token does not touch the new one's lease.
        fixture
            .store
            .release_lease(&fixture.lease)
            .await
            .expect("stored");
        fixture
            .store
            .confirm_stop(&fixture.lease, 7)
            .await
            .expect("stored");
        let seen = view(&*other, name).await;
        assert_eq!((seen.is_held(), seen.stop_seen), (true, 0));
        let lead = fixture.add("acme.com").await;
        let begun = fixture.begin(lead, Limit::Unlimited, 0).await;
        assert!(matches!(begun, Begin::LeaseLost), "{begun:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_an_instance_that_died_is_taken_over_with_a_higher_token() {
    on_both(async |fixture| {
        let dying = Fixture {
            store: fixture.place.open().await,
            lease: fixture.lease.clone(),
            place: Place::File(tempfile::tempdir().expect("a folder")),
        };
        fixture
            .store
            .release_lease(&fixture.lease)
            .await
            .expect("stored");
        let short = TimeDelta::milliseconds(200);
        let lost = dying.store.take_lease("agent:test", "dying", short).await;
        let lost = lost.expect("read").expect("nobody has it");
        drop(dying);
        let taken = eventually("it is over", || async {
            let taken = fixture.store.take_lease("agent:test", "heir", LONG).await;
            taken.expect("read").ok_or("still held".to_owned())
        })
        .await;
        assert!(taken.token > lost.token);
        let renewed = fixture.store.renew_lease(&lost, LONG).await;
        assert!(!renewed.expect("read"), "the dead come back too late");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_ran_out_on_a_shared_engine_is_not_renewed() {
    let fixture = Fixture::postgres().await;
    let short = TimeDelta::milliseconds(50);
    let term = fixture.store.take_lease("sheet:1", "test", short).await;
    let term = term.expect("read").expect("nobody has it");
    eventually("it is over", || async {
        let seen = view(&*fixture.store, "sheet:1").await;
        if seen.is_held() {
            return Err(format!("{seen:?}"));
        }
        Ok(())
    })
    .await;
    let renewed = fixture.store.renew_lease(&term, LONG).await;
    assert!(
        !renewed.expect("read"),
        "a stop by a person may have counted on that"
    );
    assert!(fixture.store.is_shared() && fixture.store.claim().expect("claimed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_one_instances() {
    let fixture = Fixture::sqlite().await;
    assert!(!fixture.store.is_shared());
    assert!(fixture.store.claim().expect("claimed"));
    let other = fixture.place.open().await;
    assert!(!other.claim().expect("read"));
    fixture
        .store
        .release_lease(&fixture.lease)
        .await
        .expect("stored");
    assert!(!other.claim().expect("read"), "claimed is claimed");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_take_a_free_lease_at_once_one_gets_it() {
    let fixture = Fixture::postgres().await;
    let stores = join_all((0..4).map(|_| fixture.place.open())).await;
    let takes = stores.iter().cycle().take(20);
    let takes = takes.map(|store| store.take_lease("sheet:1", "test", LONG));
    let taken = join_all(takes).await;
    let terms = taken.into_iter().filter_map(|taken| taken.expect("read"));
    assert_eq!(terms.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_confirmed_by_the_holder_and_counts_for_the_next_one() {
    on_both(async |fixture| {
        let pause = Pause {
            kind: PauseKind::Person,
            message: "stop".to_owned(),
            link: None,
            since: at(0),
        };
        assert_eq!(fixture.store.stop(&pause).await.expect("stored"), 1);
        assert_eq!(fixture.store.stop(&pause).await.expect("stored"), 2);
        assert_eq!(fixture.store.signals().await.expect("read").stop, 2);
        assert_eq!(view(&*fixture.store, "agent:test").await.stop_seen, 0);
        fixture
            .store
            .confirm_stop(&fixture.lease, 2)
            .await
            .expect("stored");
        assert_eq!(view(&*fixture.store, "agent:test").await.stop_seen, 2);
        // A new holder has nothing under way that was begun before.
        let taken = fixture.store.take_lease("agent:new", "test", LONG).await;
        assert!(taken.expect("read").is_some());
        assert_eq!(view(&*fixture.store, "agent:new").await.stop_seen, 2);
    })
    .await;
}
