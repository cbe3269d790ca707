//! The table `[oauth2]` from a provider in Nango's `providers.yaml`. Its licence forbids to ship the file, so
//! everybody uses their own copy.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use super::toml_string::quoted;

/// Returns the table of a provider.
///
/// # Errors
/// If the file has no such provider, or one without OAuth 2.0.
pub fn oauth2(text: &str, name: &str) -> Result<String> {
    let entry = Entry::find(text, name).with_context(|| format!("the file has no provider `{name}`"))?;
    // A provider may be another name of one before.
    let original = entry.value("alias").map(|alias| {
        Entry::find(text, alias)
            .with_context(|| format!("the file has no provider `{alias}`, of which it is an alias"))
    });
    let original = original.transpose()?;
    let value = |key: &str| entry.value(key).or_else(|| original.as_ref()?.value(key));
    let pairs = |key: &str| {
        let own = entry.pairs(key);
        if own.is_empty() { original.as_ref().map(|entry| entry.pairs(key)).unwrap_or_default() } else { own }
    };
    if value("auth_mode") != Some("OAUTH2") {
        bail!(
            "`{name}` has no OAuth 2.0 of people: its auth_mode is {}",
            value("auth_mode").unwrap_or("not stated")
        );
    }
    let url = |key: &str, what: &str| quoted(&address(value(key).unwrap_or(what)));
    let mut table =
        format!("# Source: Nango's providers.yaml, {name}. Check it against the vendor's pages.\n[oauth2]\n");
    let _ =
        writeln!(table, "authorize_url = {}", url("authorization_url", "TODO: the authorization endpoint"));
    let _ = writeln!(table, "token_url = {}", url("token_url", "TODO: the token endpoint"));
    if value("refresh_url").is_some() {
        let _ = writeln!(table, "refresh_url = {}", url("refresh_url", ""));
    }
    let scopes: Vec<_> = entry.items("default_scopes").into_iter().map(quoted).collect();
    if scopes.is_empty() {
        table += "scopes = [\"TODO: what the actions need\"]\n";
    } else if value("scope_separator").is_some_and(|separator| separator != " ") {
        let joined = entry.items("default_scopes").join(value("scope_separator").unwrap_or(","));
        let _ = writeln!(table, "scopes = [{}]", quoted(&joined));
    } else {
        let _ = writeln!(table, "scopes = [{}]", scopes.join(", "));
    }
    for (field, keys, own) in [
        ("authorize_params", ["authorization_params", ""], ["response_type", ""]),
        ("token_params", ["token_params", "refresh_params"], ["grant_type", "refresh_token"]),
    ] {
        let mut all: Vec<(&str, &str)> = Vec::new();
        for (name, value) in keys.into_iter().flat_map(pairs) {
            if !own.contains(&name) && !all.iter().any(|(known, _)| *known == name) {
                all.push((name, value));
            }
        }
        if !all.is_empty() {
            let all: Vec<_> = all.iter().map(|(name, value)| format!("{name} = {}", quoted(value))).collect();
            let _ = writeln!(table, "{field} = {{ {} }}", all.join(", "));
        }
    }
    if value("disable_pkce") == Some("true") {
        table += "pkce = \"none\"\n";
    }
    if value("token_request_auth_method") == Some("basic") {
        table += "client_auth = \"basic\"\n";
    }
    if value("body_format") == Some("json") {
        table += "token_request = \"json\"\n";
    }
    let kept: Vec<_> = entry.items("redirect_uri_metadata").into_iter().map(quoted).collect();
    if !kept.is_empty() {
        let _ = writeln!(table, "keep_from_callback = [{}]", kept.join(", "));
    }
    table += "rotation = \"TODO: none, single_use or reuse_kills\"\nrevokes = \"TODO: token or grant\"\n";
    Ok(table)
}

/// An address with Nango's `${connectionConfig.name}` as variables of the deployment.
fn address(url: &str) -> String {
    url.split("${").enumerate().fold(String::new(), |text, (at, piece)| match piece.split_once('}') {
        Some((name, rest)) if at > 0 => {
            let name = name.rsplit('.').next().unwrap_or(name);
            let upper: String = name
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
                .collect();
            format!("{text}{{{{ vars.{upper} }}}}{rest}")
        }
        _ => text + piece,
    })
}

/// The lines of a provider: a mapping of texts, of mappings of texts, and of lists of texts. More of YAML the
/// needed fields do not use.
struct Entry<'a>(Vec<&'a str>);

impl<'a> Entry<'a> {
    fn find(text: &'a str, name: &str) -> Option<Self> {
        let mut lines = text.lines().skip_while(|line| line.trim_end() != format!("{name}:"));
        lines.next()?;
        let is_of = |line: &&str| line.is_empty() || line.starts_with([' ', '#']);
        let lines =
            lines.take_while(is_of).filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
        Some(Self(lines.collect()))
    }

    fn depth(line: &str) -> usize {
        line.len() - line.trim_start().len()
    }

    /// The lines below a key of the provider.
    fn below(&self, key: &str) -> Vec<&'a str> {
        let first = self.0.first().map_or(0, |line| Self::depth(line));
        let mut lines = self.0.iter().copied();
        let found = lines.find(|line| Self::depth(line) == first && line.trim() == format!("{key}:"));
        if found.is_none() {
            return Vec::new();
        }
        lines.take_while(|line| Self::depth(line) > first || line.trim_start().starts_with("- ")).collect()
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        let first = Self::depth(self.0.first()?);
        let line = self
            .0
            .iter()
            .find(|line| Self::depth(line) == first && line.trim().starts_with(&format!("{key}: ")))?;
        Some(plain(line.trim().get(key.len() + 1..)?))
    }

    fn pairs(&self, key: &str) -> Vec<(&'a str, &'a str)> {
        let pairs = self.below(key).into_iter().filter_map(|line| line.trim().split_once(": "));
        pairs.map(|(name, value)| (name, plain(value))).collect()
    }

    fn items(&self, key: &str) -> Vec<&'a str> {
        self.below(key).into_iter().filter_map(|line| line.trim().strip_prefix("- ")).map(plain).collect()
    }
}

/// A text without its quotes.
fn plain(text: &str) -> &str {
    let text = text.trim();
    let unquoted = ['\'', '"'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    unquoted.unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Providers in the shape of the file, written for this test.
    const PROVIDERS: &str = "# A comment.\n\
        tracker:\n    display_name: Tracker\n    auth_mode: OAUTH2\n    # Another one.\n    \
        authorization_url: https://${connectionConfig.sub-domain}.tracker.example/authorize\n    \
        token_url: 'https://tracker.example/token'\n    authorization_params:\n        response_type: code\n        \
        prompt: consent\n    token_params:\n        grant_type: authorization_code\n        audience: api\n    \
        refresh_params:\n        grant_type: refresh_token\n        audience: api\n    default_scopes:\n        \
        - tasks\n        - 'offline access'\n    scope_separator: ','\n    disable_pkce: true\n    \
        token_request_auth_method: basic\n    body_format: json\n    redirect_uri_metadata:\n        - realmId\n\
        tracker-eu:\n    alias: tracker\n    token_url: https://eu.tracker.example/token\n\
        keys:\n    auth_mode: API_KEY\n";

    #[test]
    fn a_provider_becomes_the_table_of_its_login() {
        let table = oauth2(PROVIDERS, "tracker").unwrap();
        let table: toml::Table = table.parse().unwrap();
        let expected: toml::Table = "[oauth2]\n\
            authorize_url = \"https://{{ vars.SUB_DOMAIN }}.tracker.example/authorize\"\n\
            token_url = \"https://tracker.example/token\"\nscopes = [\"tasks,offline access\"]\n\
            authorize_params = { prompt = \"consent\" }\ntoken_params = { audience = \"api\" }\n\
            pkce = \"none\"\nclient_auth = \"basic\"\ntoken_request = \"json\"\nkeep_from_callback = [\"realmId\"]\n\
            rotation = \"TODO: none, single_use or reuse_kills\"\nrevokes = \"TODO: token or grant\"\n"
            .parse()
            .unwrap();
        assert_eq!(table, expected);
    }

    #[test]
    fn an_alias_takes_over_what_it_does_not_say() {
        let table = oauth2(PROVIDERS, "tracker-eu").unwrap();
        assert!(table.contains("token_url = \"https://eu.tracker.example/token\"\n"), "{table}");
        assert!(
            table.contains("client_auth = \"basic\"\n") && table.contains("TODO: what the actions need"),
            "{table}"
        );
    }

    #[test]
    fn what_is_no_login_is_refused() {
        assert!(oauth2(PROVIDERS, "keys").unwrap_err().to_string().contains("API_KEY"));
        assert!(oauth2(PROVIDERS, "unknown").unwrap_err().to_string().contains("no provider `unknown`"));
    }
}
