//! Detects secrets in catalog files. A deployment sets secrets as variables.

use crate::diagnostics::{Diagnostic, SourceFile};

/// The prefixes of well-known apps' keys.
const BEGINNINGS: [&str; 10] =
    ["-----BEGIN", "AKIA", "SG.", "ghp_", "gho_", "github_pat_", "glpat-", "sk_live_", "xoxb-", "xoxp-"];

/// TOML keys whose value would be a secret.
const NAMES: [&str; 7] =
    ["client_secret", "secret", "password", "private_key", "access_token", "refresh_token", "api_key"];

const REMEDY: &str = "looks like a secret: remove it, and revoke it at its source; a deployment sets \
                      `APP_<ID>_CLIENT_SECRET`, and an admin enters keys in the tab";

/// Reports every line that seems to contain a secret, comments included. A message never contains the secret.
pub(crate) fn secrets(file: &SourceFile) -> Vec<Diagnostic> {
    let mut offset = 0;
    let mut mistakes = Vec::new();
    for line in file.text.split_inclusive('\n') {
        if let Some(what) = suspicious(line) {
            mistakes.push(file.mistake_at(offset, format!("{what} {REMEDY}")));
        }
        offset += line.len();
    }
    mistakes
}

fn suspicious(line: &str) -> Option<&'static str> {
    // Embedded pictures are long and random too.
    let text = line.split("data:").next().unwrap_or_default();
    if let Some((name, value)) = text.split_once('=') {
        let name = name.trim().trim_start_matches('#').trim().to_lowercase();
        let value = value.trim();
        let literal = value.starts_with(['"', '\'']) && value.len() > 2 && !value.contains("{{");
        if literal && NAMES.contains(&name.as_str()) {
            return Some("this value");
        }
    }
    let bearer = ["Bearer ", "Basic "].iter().filter_map(|scheme| text.split_once(scheme));
    for (_, credentials) in bearer {
        let word: String = credentials.chars().take_while(|c| is_key_like(*c)).collect();
        if word.len() >= 16 && word.chars().any(|c| c.is_ascii_digit()) {
            return Some("the word after `Bearer` or `Basic`");
        }
    }
    let words = text.split(|c| !is_key_like(c) && c != '.');
    let known = words.clone().any(|word| {
        BEGINNINGS.iter().any(|start| word.strip_prefix(start).is_some_and(|rest| rest.len() >= 10))
    });
    if known || text.contains("-----BEGIN") {
        return Some("a word in this line");
    }
    text.split(|c| !is_key_like(c)).any(is_random).then_some("a long random word in this line")
}

fn is_key_like(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '_' | '-')
}

/// At least 32 hexadecimal digits, or base64 with a mix of lower case, upper case and digits that no path
/// has.
fn is_random(word: &str) -> bool {
    let count = |of: fn(&char) -> bool| word.chars().filter(of).count();
    let digits = count(char::is_ascii_digit);
    let hex = word.chars().all(|c| c.is_ascii_hexdigit());
    let mixed = count(char::is_ascii_lowercase) >= 4 && count(char::is_ascii_uppercase) >= 4;
    word.len() >= 32 && digits >= 4 && (hex || mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_file_is_a_mistake_that_does_not_repeat_it() {
        let random = format!("q7{}", "Zr4kP9xL2mVb".repeat(3));
        for line in [
            "client_secret = \"hush-hush\"".to_owned(),
            "# password = 'hush'".to_owned(),
            "authorization = \"Bearer 0123456789abcdef\"".to_owned(),
            format!("value = \"{}\"", "0123456789abcdef".repeat(2)),
            format!("value = \"{random}\""),
            format!("# ghp{}", "_0123456789ab"),
        ] {
            let file = SourceFile { path: "x".into(), stem: "x".into(), text: format!("a = 1\n{line}\n") };
            let found = secrets(&file);
            assert_eq!(found.len(), 1, "{line}");
            assert!(
                found[0].line == 2 && !found[0].message.contains("hush") && !found[0].message.contains("Zr4")
            );
        }
    }

    #[test]
    fn addresses_pictures_and_templates_are_no_secrets() {
        for line in [
            "url = \"https://api.example.com/2.0/oauth2/authorize/ProcessInstanceWorkitems/2026-03-11\"",
            "value = \"Bearer {{ key }}\"",
            "icon = \"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ\"",
            "token_url = \"{{ vars.LOGIN_URL }}/services/oauth2/token\"",
            "select_account = { prompt = \"login\" }",
        ] {
            assert_eq!(suspicious(line), None, "{line}");
        }
    }
}
