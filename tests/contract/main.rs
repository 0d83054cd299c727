//! What the client sends and what the sandbox answers, both held against the published
//! contract as it is written down in `citedy.json`; and what the client makes of answers that
//! do not come whole.

mod answers;
mod errands;
mod requests;
mod transport;

use serde_json::{Value, json};

/// Fails with every violation when the value is not what the contract says.
fn assert_is(definition: &str, value: &Value) {
    let mut schema: Value =
        serde_json::from_str(include_str!("citedy.json")).expect("the contract is JSON");
    schema["$ref"] = json!(format!("#/$defs/{definition}"));
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the contract is a schema");
    let faults: Vec<String> = validator
        .iter_errors(value)
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{definition}: {faults:#?}\n{value:#}");
}

#[test]
#[should_panic(expected = "createRequest")]
fn a_value_outside_the_contract_is_seen() {
    assert_is(
        "createRequest",
        &json!({"domain": "acme.com", "maxContacts": 4}),
    );
}
