use std::collections::HashSet;

use secrecy::ExposeSecret as _;
use warmsheet::flow::ports::OwnSecret;

use crate::on_both;

#[tokio::test(flavor = "multi_thread")]
async fn each_secret_of_the_installation_is_made_once_for_everybody() {
    on_both(async |fixture| {
        let other = fixture.place.open().await;
        let mut seen = HashSet::new();
        for which in [
            OwnSecret::PageForms,
            OwnSecret::PostNames,
            OwnSecret::Forgotten,
        ] {
            let made = fixture.store.own_secret(which).await.expect("stored");
            let found = other.own_secret(which).await.expect("stored");
            assert_eq!(made.expose_secret(), found.expose_secret());
            assert_eq!(made.expose_secret().len(), 64);
            assert!(seen.insert(made.expose_secret().to_owned()), "{which:?}");
        }
    })
    .await;
}
