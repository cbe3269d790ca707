//! The parameters of an app's authorization response besides the code (RFC 6749 section 4.1.2).

use serde_json::{Map, Value};

use crate::catalog::App;

/// The longest value that is kept, in characters. QuickBooks' company ids have 19 digits, NetSuite's account
/// ids fewer than 20 characters.
const LONGEST: usize = 200;

/// Returns the parameters of an authorization response that the app's file keeps. `parameter` returns the
/// value of a name.
///
/// They come through the browser of the person, who can change them. So only declared names are kept, only
/// printable ASCII of at most 200 characters, and they are used for addresses only: the account is what the
/// app says of the token.
#[must_use]
pub fn callback_parameters(app: &App, parameter: &dyn Fn(&str) -> Option<String>) -> Map<String, Value> {
    let names = app.oauth2.iter().flat_map(|oauth2| &oauth2.keep_from_callback);
    let is_kept = |value: &String| {
        (1..=LONGEST).contains(&value.len())
            && value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
    };
    let kept = names.filter_map(|name| Some((name.clone(), parameter(name).filter(is_kept)?.into())));
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::tests::real_catalog;
    use serde_json::json;
    use workbot_shared::AppId;

    #[test]
    fn only_declared_parameters_of_a_callback_are_kept() {
        let mut app = real_catalog().apps[&AppId::parse("salesforce").unwrap()].clone();
        let all = |name: &str| Some(format!("{name}-value"));
        assert_eq!(callback_parameters(&app, &all), Map::new());
        app.oauth2.as_mut().unwrap().keep_from_callback = vec!["realmId".to_owned(), "company".to_owned()];
        let kept = callback_parameters(&app, &|name| all(name).filter(|_| name != "company"));
        assert_eq!(Value::Object(kept), json!({"realmId": "realmId-value"}));
        for (value, is_kept) in [
            ("9130347596842", true),
            ("a b/../?x=1", true),
            (&"x".repeat(200), true),
            (&"x".repeat(201), false),
            ("", false),
            ("a\nb", false),
            ("ü", false),
        ] {
            let kept = callback_parameters(&app, &|_| Some(value.to_owned()));
            assert_eq!(kept.contains_key("realmId"), is_kept, "{value}");
        }
    }
}
