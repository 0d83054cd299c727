use serde_json::json;

use super::signed::FORMS;
use super::{hmac_base64, leads, send, typeform, world};

#[tokio::test(flavor = "multi_thread")]
async fn typeform_never_hears_404_or_410_and_other_events_store_nothing() {
    let world = world(&FORMS.replace("admin_token", "# admin_token")).await;
    let service = world.serve().await;
    for path in [
        "/forms/typeform",
        "/forms/typeform/",
        "/forms/typeform/gone",
        "/forms/typeform/a/b",
        "/forms/Typeform",
        "/forms/TYPEFORM/gone",
        "/forms//typeform",
        "/forms/typeform%2Fgone",
    ] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "POST"] {
            let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = service
                .request(method.clone(), path)
                .send()
                .await
                .expect("an answer");
            let expected = if method == "POST" { 401 } else { 405 };
            assert_eq!(answer.status(), expected, "{method} {path}");
        }
    }
    let partial =
        json!({"event_type": "form_response_partial", "form_response": {"token": "t"}}).to_string();
    let signature = format!("sha256={}", hmac_base64("typeform-secret", &partial));
    let (status, answer) = send(
        &service,
        "/forms/typeform",
        &[("Typeform-Signature", &signature)],
        &partial,
    )
    .await;
    assert_eq!((status, &answer["leads"]), (200, &json!([])));
    for body in ["not json", "{}", "[]"] {
        let signature = format!("sha256={}", hmac_base64("typeform-secret", body));
        let (status, _) = send(
            &service,
            "/forms/typeform",
            &[("Typeform-Signature", &signature)],
            body,
        )
        .await;
        assert_eq!(status, 400, "{body}");
    }
    assert_eq!(leads(&service).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_mail_address_and_an_unmapped_form_become_leads_that_say_why() {
    let world = world(&FORMS.replace("admin_token", "# admin_token")).await;
    let service = world.serve().await;
    let answer = json!({"type": "email", "email": "jane.planted@gmail.com", "field": {"id": "f2"}});
    let free = typeform("t1", answer);
    let unmapped = typeform(
        "t2",
        json!({"type": "text", "text": "planted words", "field": {"id": "f3", "ref": "Message"}}),
    );
    for (body, words) in [(&free, "gmail.com"), (&unmapped, "Message")] {
        let signature = format!("sha256={}", hmac_base64("typeform-secret", body));
        let (status, answer) = send(
            &service,
            "/forms/typeform",
            &[("Typeform-Signature", &signature)],
            body,
        )
        .await;
        assert_eq!(status, 200, "{answer}");
        let id = answer["leads"][0]["id"].as_str().expect("an id");
        let lead = service.lead(id).await;
        assert_eq!(lead["status"], "rejected");
        let shown = lead.to_string();
        assert!(shown.contains(words), "{shown}");
        assert!(
            !shown.contains("planted") && !service.log().contains("planted"),
            "{shown}"
        );
    }
    assert_eq!(world.ledger().await["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mended_mapping_makes_a_lead_of_a_refused_one_and_another_one_buys_nothing_twice() {
    let world = world("").await;
    let body = json!({"form_response": {"token": "t1", "answers": [
        {"type": "text", "text": "acme.com", "field": {"id": "f1", "ref": "one"}},
        {"type": "text", "text": "globex.com", "field": {"id": "f2", "ref": "two"}},
    ]}})
    .to_string();
    let signature = format!("sha256={}", hmac_base64("typeform-secret", &body));
    let mut seen = Vec::new();
    for fields in [
        "",
        "fields = { domain = \"one\" }",
        "fields = { domain = \"two\" }",
    ] {
        let toml =
            format!("[[forms]]\nprovider = \"typeform\"\nsecret = \"typeform-secret\"\n{fields}\n");
        std::fs::write(world.path("warmsheet.toml"), toml).expect("a file");
        let service = world.serve().await;
        let (status, answer) = send(
            &service,
            "/forms/typeform",
            &[("Typeform-Signature", &signature)],
            &body,
        )
        .await;
        assert_eq!(status, 200, "{answer}");
        seen.push(answer["leads"][0].clone());
        service.terminate().await;
    }
    assert_eq!(seen[0]["status"], "rejected");
    assert_ne!(seen[1]["status"], "rejected");
    assert_ne!(seen[0]["id"], seen[1]["id"]);
    assert_eq!(seen[1]["id"], seen[2]["id"]);
}
