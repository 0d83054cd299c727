//! Browsers and their way in and out.

use reqwest::Method;
use reqwest::header::{LOCATION, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};

use crate::support::browser::TOKEN;
use crate::support::browser::{Browser, csrf_token};
use crate::support::warmsheet::Warmsheet;
use crate::support::{World, eventually};

async fn guarded() -> World {
    let mut world = World::new().await;
    world.set("WARMSHEET_ADMIN_TOKEN", TOKEN);
    world
}

fn header(answer: &reqwest::Response, name: reqwest::header::HeaderName) -> String {
    let value = answer.headers().get(name);
    value.map_or_else(String::new, |value| {
        value.to_str().expect("ASCII").to_owned()
    })
}

/// The status that a browser gets at this address.
async fn status_of(browser: &mut Browser, service: &Warmsheet, path: &str) -> u16 {
    browser.get(service, path).await.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_stands_where_the_page_would_and_leads_to_it() {
    let world = guarded().await;
    let service = world.serve().await;
    let mut browser = Browser::new();
    let wanted = "/?status=held&q=a%20b";
    let asked = browser.get(&service, wanted).await;
    assert_eq!(asked.status(), 401);
    assert_eq!(
        header(&asked, WWW_AUTHENTICATE),
        "Bearer realm=\"warmsheet\""
    );
    assert!(asked.text().await.expect("a page").contains("Admin token"));

    let form = (wanted, "/sign-in");
    let answer = browser.fill_in(&service, form, &[("token", TOKEN)]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(header(&answer, LOCATION), wanted);
    let cookie = header(&answer, SET_COOKIE);
    let (value, attributes) = cookie.split_once(';').expect("attributes");
    let value = value.strip_prefix("warmsheet_session=").expect("its name");
    assert_eq!(value.len(), 64, "32 bytes");
    assert_eq!(
        attributes,
        " Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax"
    );

    let (status, page) = browser.page(&service, wanted).await;
    assert_eq!(status, 200);
    assert!(page.contains("Sign out"));
    for path in ["/submit", "/exports/leads.csv", "/api/v1/status"] {
        assert_eq!(status_of(&mut browser, &service, path).await, 200, "{path}");
    }
    let again = browser.get(&service, "/sign-in").await;
    assert_eq!(
        (again.status().as_u16(), header(&again, LOCATION)),
        (303, "/".into())
    );
    let log = service.log();
    assert!(!log.contains(TOKEN) && !log.contains(value));
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_are_told_in_their_own_words() {
    let world = guarded().await;
    let service = world.serve().await;
    let request = service.request(Method::GET, "/api/v1/leads");
    let answer = request.header("Accept", "*/*").send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 401);
    let problem: serde_json::Value = answer.json().await.expect("a problem");
    assert_eq!(problem["type"], "urn:warmsheet:problem:unauthorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_told_and_opens_nothing() {
    let world = guarded().await;
    let service = world.serve().await;
    let mut browser = Browser::new();
    let answer = browser.sign_in(&service, "not-the-admin-token").await;
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().get(SET_COOKIE).is_none());
    let page = answer.text().await.expect("a page");
    assert!(page.contains("role=\"alert\""), "{page}");
    assert!(!page.contains("not-the-admin-token"));
    let empty = browser.sign_in(&service, " ").await;
    assert_eq!(empty.status(), 422);
    browser.cookie = Some(format!("warmsheet_session={}", "0".repeat(64)));
    assert_eq!(status_of(&mut browser, &service, "/").await, 401);
    let log = service.log();
    assert!(log.contains("a wrong admin token was given"), "{log}");
    assert!(!log.contains("not-the-admin-token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_another_site() {
    let world = guarded().await;
    let service = world.serve().await;
    for next in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
    ] {
        let mut browser = Browser::new();
        let fields = [("token", TOKEN), ("next", next)];
        let answer = browser
            .fill_in(&service, ("/sign-in", "/sign-in"), &fields)
            .await;
        assert_eq!(answer.status(), 303);
        assert_eq!(header(&answer, LOCATION), "/", "{next}");
    }
    let mut browser = Browser::new();
    let (_, page) = browser.page(&service, "//evil.example/").await;
    assert!(
        page.contains("Admin token") && !page.contains("evil.example"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_leaves_a_cookie_that_is_worth_nothing() {
    let world = guarded().await;
    let service = world.serve().await;
    let mut browser = Browser::new();
    browser.sign_in(&service, TOKEN).await;
    let kept = browser.cookie.clone();
    let answer = browser.fill_in(&service, ("/", "/sign-out"), &[]).await;
    assert_eq!(
        (answer.status().as_u16(), header(&answer, LOCATION)),
        (303, "/sign-in".into())
    );
    assert_eq!(browser.cookie, None, "the browser was told to drop it");
    browser.cookie = kept;
    assert_eq!(status_of(&mut browser, &service, "/").await, 401);
    let late = browser.post(&service, "/pause", &[]).await;
    assert_eq!(late.status(), 401);
    assert!(
        late.text()
            .await
            .expect("a page")
            .contains("nothing was done")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_ends_what_it_replaces() {
    let world = guarded().await;
    let service = world.serve().await;
    let mut browser = Browser::new();
    // The form was open in two tabs.
    let (_, form) = browser.page(&service, "/sign-in").await;
    browser.sign_in(&service, TOKEN).await;
    let first = browser.cookie.clone();
    let fields = [("token", TOKEN), ("csrf_token", csrf_token(&form))];
    let second = browser.post(&service, "/sign-in", &fields).await;
    assert_eq!(second.status(), 303);
    assert_eq!(status_of(&mut browser, &service, "/").await, 200);
    browser.cookie = first;
    assert_eq!(status_of(&mut browser, &service, "/").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_browser_can_sign_out_all_of_them() {
    let world = guarded().await;
    let service = world.serve().await;
    let (mut one, mut two) = (Browser::new(), Browser::new());
    one.sign_in(&service, TOKEN).await;
    two.sign_in(&service, TOKEN).await;
    let (_, page) = one.page(&service, "/").await;
    let token = [("csrf_token", csrf_token(&page))];
    let answer = one.post(&service, "/sign-out-everywhere", &token).await;
    assert_eq!(answer.status(), 303);
    for browser in [&mut one, &mut two] {
        assert_eq!(status_of(browser, &service, "/").await, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_the_session_and_another_admin_token_ends_it() {
    let world = guarded().await;
    let service = world.serve().await;
    let mut browser = Browser::new();
    browser.sign_in(&service, TOKEN).await;
    let (_, page) = browser.page(&service, "/").await;
    assert_eq!(service.terminate().await, Some(0));

    let service = world.serve().await;
    assert_eq!(status_of(&mut browser, &service, "/").await, 200);
    // A form that was shown before the restart can still be sent.
    let token = [("csrf_token", csrf_token(&page))];
    let paused = browser.post(&service, "/pause", &token).await;
    assert_eq!(paused.status(), 303);
    assert_eq!(service.terminate().await, Some(0));

    let other = [("WARMSHEET_ADMIN_TOKEN", "another-admin-token")];
    let service = Warmsheet::serve_as(&world, &other).await;
    assert_eq!(status_of(&mut browser, &service, "/").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_becomes_slow_and_whoever_is_signed_in_does_not_notice() {
    let mut world = guarded().await;
    // There is a proxy, then, that tells of whom a request comes.
    world.set("WARMSHEET_PUBLIC_URL", "https://leads.example.com");
    let service = world.serve().await;
    let mut signed_in = Browser::new();
    signed_in.sign_in(&service, TOKEN).await;
    let bearer = async |token: &str, from: &str| {
        let request = service.request(Method::GET, "/api/v1/status");
        let request = request.header("X-Forwarded-For", from).bearer_auth(token);
        request.send().await.expect("an answer")
    };
    let near = "127.0.0.1";
    for guess in 0..10 {
        let answer = bearer(&format!("wrong-{guess}"), near).await;
        assert_eq!(answer.status(), 401);
    }
    // Goes on guessing until the wait is long enough to look around in.
    eventually("the wait has grown", || async {
        let answer = bearer(&format!("wrong-{}", rand::random::<u32>()), near).await;
        let wait = header(&answer, RETRY_AFTER).parse().unwrap_or(0);
        match (answer.status().as_u16(), wait) {
            (429, 4..) => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })
    .await;
    let right = bearer(TOKEN, near).await;
    assert_eq!(right.status(), 429, "not even looked at");
    let answer = Browser::new().sign_in(&service, TOKEN).await;
    assert_eq!(answer.status(), 429);
    assert!(!header(&answer, RETRY_AFTER).is_empty());
    assert!(answer.text().await.expect("a page").contains("Admin token"));
    assert_eq!(status_of(&mut signed_in, &service, "/").await, 200);
    assert_eq!(bearer(TOKEN, "198.51.100.7").await.status(), 200);
    assert_eq!(
        status_of(&mut Browser::new(), &service, "/").await,
        401,
        "no guess"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_the_cookie_never_travels_without_it() {
    let world = guarded().await;
    let service = world.serve().await;
    let mut browser = Browser::over_https();
    let answer = browser.sign_in(&service, TOKEN).await;
    let cookie = header(&answer, SET_COOKIE);
    assert!(cookie.starts_with("__Host-warmsheet_session="), "{cookie}");
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    let answer = browser.get(&service, "/").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("strict-transport-security"));

    let mut plain = Browser::new();
    let answer = plain.sign_in(&service, TOKEN).await;
    assert!(!header(&answer, SET_COOKIE).contains("Secure"));
    assert!(!answer.headers().contains_key("strict-transport-security"));
}
