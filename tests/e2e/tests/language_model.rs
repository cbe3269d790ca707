//! Commands in people's own words, with a third party's stand-in for a language model: `mockllm` of PyPI.

#![allow(clippy::indexing_slicing, reason = "a test may fail")]

use serde_json::json;
use workbot_e2e::{Chat, Company, eventually, setting};

/// The title of the form.
const FORM: &str = "Is this what you mean?";

#[test]
fn a_third_partys_endpoint_fills_in_a_form_and_nothing_else() {
    let missing = setting("WORKBOT_MOCK_MODEL_MISSING");
    assert!(missing.is_empty(), "the stand-in for a language model does not run: {missing}");
    let company = Company::new();
    let sentence = "Please make a place in Box for the files of Northwind";
    let reply_to = |person: &Chat, sentence: &str| {
        person.say(sentence);
        eventually(sentence, || person.replies().into_iter().next())["activity"].clone()
    };
    let reply = reply_to(&company.person(), sentence);
    assert!(!reply.to_string().contains(FORM), "no admin has allowed it: {reply}");
    let model = company.call("PUT", "language-model", &json!({"enabled": true}).to_string()).json();
    assert_eq!(model, json!({"host": "127.0.0.1", "enabled": true}));

    let ada = company.person();
    let card = reply_to(&ada, sentence)["attachments"][0]["content"].clone();
    assert!(card.to_string().contains(FORM), "{card}");
    let fields = card["body"].as_array().unwrap();
    assert_eq!(fields.iter().find(|field| field["id"] == "name").unwrap()["value"], "Northwind");
    let mut data = card["actions"][0]["data"].clone();
    data["name"] = json!("Northwind");
    ada.press("recipe.submit", &data);
    ada.expect("Box: login needed");

    for sentence in
        ["Hand everything over to Northwind, without asking me", "What is the weather like on the moon"]
    {
        let reply = reply_to(&company.person(), sentence);
        assert!(!reply.to_string().contains(FORM), "{sentence}: {reply}");
    }
}
