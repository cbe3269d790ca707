//! Checks an app's actions.

use url::Url;

use super::action_refs::parameters;
use super::headers::{self, is_header_name};
use super::name_syntax::is_name;
use super::templates::{Kind, Scope, asked, below};
use crate::diagnostics::Checker;
use workbot_domain::call::is_as_written;
use workbot_domain::catalog::{Action, App, Method, NextPage, Paging, ParameterLocation};

/// Reserved output names.
const OWN_OUTPUTS: [&str; 2] = ["link", "more"];

pub(crate) fn check(checker: &mut Checker<'_>, name: &str, action: &Action, app: &App, connected: &Scope) {
    let path = ["actions", name];
    let at = |names: &[&'static str]| below(&path, names);
    if !is_name(name) {
        checker.mistake(
            &path,
            "",
            format!("the action's name `{name}` must be lower-case letters, digits and `_`"),
        );
    }
    // The text is not part of the compiled catalog, so the check of all texts does not see it.
    if action.about.trim().is_empty() {
        let message = "`about` is empty: write what the action does, and its parameters";
        checker.mistake(&at(&["about"]), "", message);
    }
    let account = ["id", "label"].into_iter().chain(app.account.has_instance().then_some("instance"));
    let scope = asked(connected.clone()).any("with").these("account", account).these("run", ["id", "step"]);
    if let Some(url) = &action.base_url {
        checker.template(&at(&["base_url"]), &url.0, Kind::Text, connected);
    }
    checker.template(&at(&["path"]), &action.path.0, Kind::Text, &scope);
    if !action.path.0.starts_with('/') {
        checker.mistake(&at(&["path"]), "", "an action's path starts with `/`");
    } else if !is_plain(&action.path.0) {
        let message =
            "the path is sent literally: percent-encode special characters, and write no `.` or `..` segment";
        checker.mistake(&at(&["path"]), "", message);
    }
    let written = action.path.0.split_once('?').map(|(_, query)| query).unwrap_or_default();
    for (parameter, template) in &action.query {
        checker.template(&below(&path, &["query", parameter]), &template.0, Kind::Text, &scope);
        if written.split('&').any(|pair| pair.split('=').next() == Some(parameter)) {
            let message =
                format!("`{parameter}` is also in the path and would be sent twice: remove one of them");
            checker.mistake(&below(&path, &["query", parameter]), "", message);
        }
    }
    for (header, template) in &action.headers {
        checker.template(&below(&path, &["headers", header]), &template.0, Kind::Text, &scope);
    }
    headers::check(checker, &at(&["headers"]), &action.headers, app);
    if let Some(body) = &action.body {
        checker.tree(&at(&["body"]), body, &scope);
    }
    for (field, template) in &action.form {
        checker.template(&below(&path, &["form", field]), &template.0, Kind::Text, &scope);
    }
    if let Some(raw) = &action.raw {
        checker.template(&at(&["raw"]), &raw.0, Kind::Text, &scope);
    }
    for (index, part) in action.parts.iter().enumerate() {
        let index = index.to_string();
        checker.tree(&below(&path, &["parts", &index, "value"]), &part.value, &scope);
        if let Some(file_name) = &part.file_name {
            checker.template(
                &below(&path, &["parts", &index, "file_name"]),
                &file_name.0,
                Kind::Text,
                &scope,
            );
        }
    }
    let used = parameters(action);
    for parameter in action.defaults.keys().filter(|parameter| !used.contains(*parameter)) {
        let message = format!("no template of this action uses `with.{parameter}`: remove its default");
        checker.mistake(&below(&path, &["defaults", parameter]), "", message);
    }
    method(checker, &path, action);
    outputs(checker, &path, action, &scope);
    if let Some(paging) = &action.paging {
        if let Some(url) = &paging.base_url {
            checker.template(&at(&["paging", "base_url"]), &url.0, Kind::Text, connected);
        }
        pages(checker, &path, action, paging);
    }
}

/// Whether a path, apart from its values, is a valid part of a URL without further encoding.
fn is_plain(path: &str) -> bool {
    let mut pieces = path.split("{{");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push('x');
        plain.push_str(piece.split_once("}}").map_or("", |(_, rest)| rest));
    }
    let root = "https://app.example";
    plain.contains("{%")
        || Url::parse(&format!("{root}{plain}")).is_ok_and(|url| is_as_written(&url, root, &plain))
}

fn method(checker: &mut Checker<'_>, path: &[&str], action: &Action) {
    let at = |name: &'static str| below(path, &[name]);
    let bodies = [
        ("body", action.body.is_some()),
        ("form", !action.form.is_empty()),
        ("parts", !action.parts.is_empty()),
        ("raw", action.raw.is_some()),
    ];
    let bodies: Vec<_> = bodies.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect();
    if let [_, second, ..] = bodies.as_slice() {
        let message = format!("a request has one body: choose one of `{}`", bodies.join("`, `"));
        checker.mistake(&below(path, &[second]), "", message);
    }
    let has_body = !bodies.is_empty();
    match (&action.content_type, bodies.first()) {
        (None, Some(&"raw")) => {
            checker.mistake(&at("raw"), "", "`raw` needs `content_type`, e.g. `text/plain; charset=utf-8`");
        }
        (Some(content_type), Some(&("raw" | "body"))) => {
            if !is_media_type(content_type) {
                let message = format!("`{content_type}` is not a media type: write e.g. `application/json`");
                checker.mistake(&at("content_type"), "", message);
            }
        }
        (Some(_), _) => {
            checker.mistake(
                &at("content_type"),
                "",
                "only `body` and `raw` have a `content_type`: remove it",
            );
        }
        (None, _) => {}
    }
    if action.method == Method::Get && (has_body || action.writes) {
        checker.mistake(
            &at("method"),
            "",
            "a GET has no body and does not write: set `writes = false`, or use another method",
        );
    }
    if matches!(action.method, Method::Put | Method::Patch | Method::Delete) && !action.writes {
        checker.mistake(&at("writes"), "", "this method is a write: set `writes = true`");
    }
    if !action.writes && action.idempotent {
        checker.mistake(&at("idempotent"), "", "a read is always repeatable: remove `idempotent`");
    }
    if let Some(already) = &action.already {
        if !(400..500).contains(&already.status) || matches!(already.status, 401 | 429) || !action.writes {
            let message = "`already` needs a write and a status from 400 to 499 other than 401 and 429";
            checker.mistake(&at("already"), "", message);
        }
        // An app also responds 404 to an account that may not see the record; 400 and 403 have many causes.
        let is_plain = already.says.is_empty() && already.output.is_empty();
        if is_plain && !matches!(already.status, 409 | 410) {
            let message = format!(
                "a {} has other causes too: add `says` with the app's response to a repeated write, or remove `already` to report the error",
                already.status
            );
            checker.further_mistake(&at("already"), message);
        }
        for pointer in already.says.keys().chain(already.output.values()) {
            checker.pointer(&at("already"), pointer);
        }
        for name in already.output.keys().filter(|name| !action.output.contains_key(*name)) {
            checker.mistake(
                &at("already"),
                name,
                format!("`{name}` is not in the action's `output`: add it there"),
            );
        }
    }
    for pointer in action.success.keys() {
        checker.pointer(&at("success"), pointer);
    }
    for pointer in &action.absent {
        checker.pointer(&at("absent"), pointer);
    }
}

/// Whether a text has the syntax of a media type (RFC 9110 section 8.3.1).
fn is_media_type(text: &str) -> bool {
    let is_token = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let (name, parameters) = text.split_once(';').unwrap_or((text, "x=x"));
    let is_parameter = |one: &str| {
        one.split_once('=').is_some_and(|(name, value)| is_token(name.trim()) && !value.is_empty())
    };
    name.trim_end().split_once('/').is_some_and(|(kind, of)| is_token(kind) && is_token(of))
        && parameters.split(';').all(is_parameter)
        && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

fn outputs(checker: &mut Checker<'_>, path: &[&str], action: &Action, scope: &Scope) {
    for (name, pointer) in &action.output {
        // The empty pointer means the whole response.
        if !pointer.is_empty() {
            checker.pointer(&below(path, &["output", name]), pointer);
        }
    }
    for (name, header) in &action.output_headers {
        let path = below(path, &["output_headers", name]);
        if !is_header_name(header) {
            let message = format!("`{header}` is not a header name: use letters, digits and hyphens");
            checker.mistake(&path, "", message);
        } else if action.output.contains_key(name) {
            checker.mistake(&path, "", format!("`{name}` is also in `output`: choose another name"));
        }
    }
    let names = action.output.keys().map(|name| ("output", name));
    for (table, name) in names.chain(action.output_headers.keys().map(|name| ("output_headers", name))) {
        if !is_name(name) || OWN_OUTPUTS.contains(&name.as_str()) {
            let message = format!(
                "the output `{name}` must be lower-case letters, digits and `_`; `link` and `more` are reserved"
            );
            checker.mistake(&below(path, &[table, name]), name, message);
        }
    }
    if let Some(link) = &action.link {
        let scope = scope.clone().known("output", action.output_names());
        checker.template(&below(path, &["link"]), &link.0, Kind::Text, &scope);
    }
}

fn pages(checker: &mut Checker<'_>, path: &[&str], action: &Action, paging: &Paging) {
    let path = below(path, &["paging"]);
    if action.writes {
        checker.mistake(&path, "", "a write has no pages: remove `paging`");
    }
    if !(2..=10).contains(&paging.pages) {
        checker.mistake(&path, "pages", "`pages` must be 2 to 10: more would take too long");
    }
    if !action.output.values().any(|pointer| *pointer == paging.items) {
        let message =
            format!("no `output` has the pointer `{}`: add one for the items of all pages", paging.items);
        checker.mistake(&path, &paging.items, message);
    }
    if let NextPage::Url(at) | NextPage::Token { at, .. } = &paging.next {
        checker.pointer(&path, at);
    }
    if let NextPage::Token { goes_on: Some(at), .. } = &paging.next {
        checker.pointer(&path, at);
    }
    if let NextPage::Count { step, size, .. } = &paging.next {
        for (name, value) in [("step", *step == 0), ("size", *size == 0)] {
            if value {
                checker.mistake(
                    &path,
                    name,
                    format!("`{name}` must be at least 1: otherwise the same page repeats"),
                );
            }
        }
    }
    let (NextPage::Token { parameter, place, .. } | NextPage::Count { parameter, place, .. }) = &paging.next
    else {
        if action.method != Method::Get {
            let message = "only a GET can follow an address: use `token` or `count` with `in = \"body\"`";
            checker.mistake(&path, "next", message);
        }
        return;
    };
    if paging.base_url.is_some() {
        let message = "only `next = { url = … }` and `next = \"link\"` have an address: remove `base_url`";
        checker.mistake(&path, "base_url", message);
    }
    let fields = action.body.as_ref().and_then(serde_json::Value::as_object);
    match place {
        ParameterLocation::Query if action.body.is_some() => {
            let message =
                format!("the action has a body: set `in = \"body\"`, so that `{parameter}` is sent in it");
            checker.mistake(&path, "next", message);
        }
        ParameterLocation::Query if parameter.starts_with('/') => {
            let message =
                format!("`{parameter}` is a JSON pointer, which only a body has: write the parameter's name");
            checker.mistake(&path, "next", message);
        }
        ParameterLocation::Body if parameter.starts_with('/') => {
            checker.pointer(&path, parameter);
            let parent = parameter.rsplit_once('/').map_or("", |(parent, _)| parent);
            let parent = action.body.as_ref().and_then(|body| body.pointer(parent));
            if !parent.is_some_and(serde_json::Value::is_object) {
                let message =
                    format!("the body has no object for `{parameter}`: write the pointer as in `body`");
                checker.mistake(&path, "next", message);
            }
        }
        ParameterLocation::Body if fields.is_none() => {
            checker.mistake(
                &path,
                "in",
                "the action has no `body` with fields: remove `in`, so that the parameter is sent in the query",
            );
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::{app_mistakes, only};

    #[test]
    fn a_link_uses_outputs_that_there_are() {
        let mistake = only(app_mistakes("{{ output.id }}", "{{ output.key }}"));
        assert_eq!(mistake, "app.toml:30: `output.key` does not exist: known here: id");
    }

    #[test]
    fn a_path_is_written_as_it_is_sent() {
        for path in ["/notes/../all", "/no tes", "/notes/%2E", "/nötes", "/notes\\\\x", "/notes#x"] {
            let mistake = only(app_mistakes("path = \"/notes\"", &format!("path = \"{path}\"")));
            assert!(mistake.contains("the path is sent literally"), "{mistake}");
        }
        assert!(app_mistakes("path = \"/notes\"", "path = \"/notes/{{ with.text }}.json?a=b\"").is_empty());
    }

    #[test]
    fn a_default_is_for_a_parameter_that_is_used() {
        let mistake = only(app_mistakes("defaults = { color", "defaults = { size = 1, color"));
        assert!(mistake.starts_with("app.toml:27: no template of this action uses `with.size`"), "{mistake}");
    }

    #[test]
    fn a_parameter_has_a_name() {
        let mistake = only(app_mistakes("\"{{ with.text }}\"", "\"{{ with }}\""));
        assert!(mistake.starts_with("app.toml:28: `with` alone is not a value"), "{mistake}");
    }

    #[test]
    fn what_a_method_does_is_what_the_action_says() {
        assert!(only(app_mistakes("\"POST\"", "\"GET\"")).contains("a GET has no body and does not write"));
        assert!(only(app_mistakes("\"POST\"", "\"FETCH\"")).contains("unknown variant `FETCH`"));
        let patch = only(app_mistakes(
            "\"POST\"\npath = \"/notes\"\nwrites = true",
            "\"PATCH\"\npath = \"/notes\"\nwrites = false",
        ));
        assert!(patch.starts_with("app.toml:26: this method is a write"), "{patch}");
    }

    #[test]
    fn pages_are_few_and_their_items_an_output() {
        let paging = |items: &str, pages: u8| {
            let text = format!(
                "paging = {{ items = \"{items}\", pages = {pages}, next = {{ url = \"/next\" }} }}\noutput = {{ notes"
            );
            app_mistakes("output = { notes", &text)
        };
        assert!(paging("/notes", 5).is_empty());
        assert!(only(paging("/records", 5)).contains("no `output` has the pointer `/records`"));
        assert!(only(paging("/notes", 50)).contains("`pages` must be 2 to 10"));
    }

    #[test]
    fn what_counts_as_done_already_is_a_refusal() {
        let already = |text: &str| app_mistakes("defaults = {", &format!("already = {text}\ndefaults = {{"));
        assert!(already("{ status = 409, output = { id = \"/existing/id\" } }").is_empty());
        assert!(only(already("{ status = 200 }")).contains("from 400 to 499"));
        assert!(only(already("{ status = 409, output = { key = \"/key\" } }")).contains("`key` is not in"));
    }

    #[test]
    fn what_an_action_knows_is_named() {
        let color = |text: &str| {
            app_mistakes("color = \"{{ with.color }}\"", &format!("color = \"{{{{ with.color }}}}{text}\""))
        };
        for right in [
            "{{ account.id }}",
            "{{ account.label }}",
            "{{ person.email }}",
            "{{ now | days(-1) }}",
            "{{ run.id }}-{{ run.step }}",
        ] {
            assert!(color(right).is_empty(), "{right}: {:?}", color(right));
        }
        for (wrong, expected) in [
            ("{{ account }}", "`account` alone is not a value"),
            ("{{ account.email }}", "`account.email` does not exist: known here: id, label"),
            ("{{ account.instance }}", "`account.instance` does not exist"),
            ("{{ person.mail }}", "`person.mail` does not exist: known here: email, id, name"),
            ("{{ now.day }}", "`now` has no fields: write `now`"),
            ("{{ now() }}", "no such function `now`"),
            ("{{ with.text.upper() }}", "no such function `with.text.upper`"),
            ("{{ run }}", "`run` alone is not a value"),
            ("{{ steps.a.id }}", "it is known in recipes only"),
            ("{{ now | dayz }}", "no such filter `dayz`"),
        ] {
            let mistake = only(color(wrong));
            assert!(mistake.starts_with("app.toml:28: ") && mistake.contains(expected), "{wrong}: {mistake}");
        }
        let early = only(app_mistakes("{{ vars.SITE_URL }}/me", "{{ vars.SITE_URL }}/me/{{ account.id }}"));
        assert!(early.contains("`account.id` is unknown"), "{early}");
    }

    #[test]
    fn a_header_is_there_once_and_not_one_that_is_set_by_itself() {
        let headers =
            |text: &str| app_mistakes("defaults = {", &format!("headers = {{ {text} }}\ndefaults = {{"));
        assert!(headers("X-Idempotency-Key = \"{{ run.id }}-{{ run.step }}\"").is_empty());
        for (wrong, expected) in [
            ("Authorization = \"x\"", "Workbot sets the header"),
            ("content-type = \"x\"", "comes with a body"),
            ("\"x y\" = \"x\"", "is not a header name"),
            ("\"x:\" = \"x\"", "is not a header name"),
            ("x-a = \"{{ with.nothing.x }}{{ runs.id }}\"", "`runs.id` is unknown"),
        ] {
            let mistakes = headers(wrong);
            assert!(mistakes.iter().any(|mistake| mistake.contains(expected)), "{wrong}: {mistakes:?}");
        }
        let twice = headers("x-a = \"1\", X-A = \"2\"");
        assert!(
            twice.iter().all(|mistake| mistake.contains("occurs twice")) && !twice.is_empty(),
            "{twice:?}"
        );
    }

    #[test]
    fn a_parameter_stands_in_the_path_or_in_the_query() {
        let path = "path = \"/notes?color=red\"\nquery = { color = \"blue\" }";
        assert!(only(app_mistakes("path = \"/notes\"", path)).contains("`color` is also in the path"));
    }

    #[test]
    fn pages_go_on() {
        let list = "path = \"/notes\"\nwrites = false\noutput = { notes = \"/notes\" }";
        let get = |next: &str| {
            app_mistakes(
                list,
                &format!("{list}\npaging = {{ items = \"/notes\", pages = 2, next = {{ {next} }} }}"),
            )
        };
        let post = |next: &str| {
            let text = format!(
                "path = \"/notes\"\nwrites = false\nbody = {{ query = \"{{{{ with.text }}}}\" }}\noutput = {{ notes = \"/notes\" }}\npaging = {{ items = \"/notes\", pages = 2, next = {{ {next} }} }}"
            );
            app_mistakes(&format!("method = \"GET\"\n{list}"), &format!("method = \"POST\"\n{text}"))
        };
        for right in [
            "url = \"/next\"",
            "token = { at = \"/next\", parameter = \"after\" }",
            "count = { parameter = \"page\", start = 1, step = 1 }",
        ] {
            assert!(get(right).is_empty(), "{right}: {:?}", get(right));
        }
        let based = |next: &str, base: &str| {
            let paging = format!("{{ items = \"/notes\", pages = 2, next = {next}, base_url = \"{base}\" }}");
            app_mistakes(list, &format!("{list}\npaging = {paging}"))
        };
        let url = "{ url = \"/next\" }";
        assert!(based(url, "{{ vars.SITE_URL }}/site").is_empty());
        assert!(only(based(url, "https://evil.example")).contains("evil.example is not in `allowed_hosts`"));
        assert!(based(url, "{{ vars.NOTHING }}").iter().any(|mistake| mistake.contains("NOTHING")));
        let token = based("{ token = { at = \"/next\", parameter = \"a\" } }", "{{ vars.SITE_URL }}");
        assert!(only(token).contains("remove `base_url`"));
        let body = "token = { at = \"/next\", parameter = \"after\", in = \"body\" }";
        assert!(post(body).is_empty(), "{:?}", post(body));
        for (mistakes, expected) in [
            (get("count = { parameter = \"page\", start = 1, step = 0 }"), "`step` must be at least 1"),
            (
                get("count = { parameter = \"page\", start = 1, step = 1, size = 0 }"),
                "`size` must be at least 1",
            ),
            (get(body), "has no `body` with fields"),
            (post("token = { at = \"/next\", parameter = \"after\" }"), "set `in = \"body\"`"),
            (post("count = { parameter = \"page\", start = 1, step = 1 }"), "set `in = \"body\"`"),
            (post("url = \"/next\""), "only a GET can follow an address"),
            (get("token = { at = \"next\", parameter = \"after\" }"), "is not a JSON pointer"),
        ] {
            assert!(only(mistakes).contains(expected), "{expected}");
        }
    }

    #[test]
    fn a_refusal_that_has_other_reasons_is_not_taken_for_done() {
        let already = |text: &str| app_mistakes("defaults = {", &format!("already = {text}\ndefaults = {{"));
        for right in
            ["{ status = 409 }", "{ status = 410 }", "{ status = 404, says = { \"/code\" = \"GONE\" } }"]
        {
            assert!(already(right).is_empty(), "{right}");
        }
        for status in [400, 403, 404, 422] {
            let mistake = only(already(&format!("{{ status = {status} }}")));
            assert!(
                mistake.starts_with("app.toml:27: a ") && mistake.contains("has other causes too"),
                "{mistake}"
            );
        }
    }

    #[test]
    fn a_request_has_one_body_of_a_known_kind() {
        const BODY: &str = "body = { text = \"{{ with.text }}\", color = \"{{ with.color }}\" }";
        let with = |new: &str| app_mistakes(BODY, new);
        for right in [
            "form = { text = \"{{ with.text }}\", color = \"{{ with.color }}\" }",
            "raw = \"{{ with.text }} {{ with.color }}\"\ncontent_type = \"text/plain; charset=utf-8\"",
            &format!("{BODY}\ncontent_type = \"application/json-patch+json\""),
        ] {
            assert!(with(right).is_empty(), "{right}: {:?}", with(right));
        }
        for (wrong, expected) in [
            (
                format!("{BODY}\nform = {{ a = \"b\" }}"),
                "app.toml:29: a request has one body: choose one of `body`, `form`",
            ),
            (
                "raw = \"{{ with.text }}{{ with.color }}\"".to_owned(),
                "app.toml:28: `raw` needs `content_type`",
            ),
            (format!("{BODY}\ncontent_type = \"json\""), "app.toml:29: `json` is not a media type"),
            (format!("{BODY}\ncontent_type = \"\""), "app.toml:29: `` is not a media type"),
            (
                "form = { a = \"{{ with.color }}\" }\ncontent_type = \"text/plain\"".to_owned(),
                "app.toml:29: only `body` and `raw` have a `content_type`",
            ),
            ("form = { a = \"{{ with.color }}{{ worth.x }}\" }".to_owned(), "`worth.x` is unknown"),
        ] {
            let mistake = only(with(&wrong));
            assert!(mistake.contains(expected), "{wrong}: {mistake}");
        }
    }

    #[test]
    fn an_output_of_a_header_has_a_name_of_its_own() {
        const OUTPUT: &str = "output = { id = \"/id\" }";
        let with = |table: &str| app_mistakes(OUTPUT, &format!("{OUTPUT}\noutput_headers = {{ {table} }}"));
        assert!(with("url = \"Location\"").is_empty());
        for (wrong, expected) in [
            ("id = \"Location\"", "`id` is also in `output`"),
            ("url = \"/Location\"", "`/Location` is not a header name"),
            ("url = \"\"", "`` is not a header name"),
            ("link = \"Location\"", "`link` and `more` are reserved"),
        ] {
            assert!(only(with(wrong)).contains(expected), "{wrong}: {:?}", with(wrong));
        }
        let link = "link = \"{{ vars.SITE_URL }}/notes/{{ output.id }}\"";
        let headers = "output_headers = { url = \"Location\" }\nlink = \"{{ output.url }}\"";
        assert!(app_mistakes(link, headers).is_empty());
    }

    #[test]
    fn a_cursor_has_its_place_in_the_body() {
        let with = |parameter: &str, more: &str| {
            let list = "path = \"/notes\"\nwrites = false\noutput = { notes = \"/notes\" }";
            let next = format!("{{ token = {{ at = \"/next\", parameter = \"{parameter}\"{more} }} }}");
            let text = format!(
                "path = \"/notes\"\nwrites = false\nbody = {{ query = \"q\", variables = {{ first = 50 }} }}\noutput = {{ notes = \"/notes\" }}\npaging = {{ items = \"/notes\", pages = 2, next = {next} }}"
            );
            app_mistakes(&format!("method = \"GET\"\n{list}"), &format!("method = \"POST\"\n{text}"))
        };
        let body = ", in = \"body\"";
        assert!(with("/variables/after", body).is_empty(), "{:?}", with("/variables/after", body));
        assert!(with("after", &format!("{body}, while = \"/more\"")).is_empty());
        assert!(only(with("/variable/after", body)).contains("the body has no object for `/variable/after`"));
        assert!(only(with("/query/after", body)).contains("the body has no object"));
        assert!(only(with("after", &format!("{body}, while = \"more\""))).contains("is not a JSON pointer"));
        let link = "path = \"/notes\"\nwrites = false\noutput = { notes = \"/notes\" }";
        let paged = |parameter: &str| {
            app_mistakes(
                link,
                &format!("{link}\npaging = {{ items = \"/notes\", pages = 2, next = {parameter} }}"),
            )
        };
        assert!(paged("\"link\"").is_empty());
        assert!(only(paged("\"links\"")).contains("unknown variant `links`"));
        let pointer = "{ token = { at = \"/next\", parameter = \"/after\" } }";
        assert!(only(paged(pointer)).contains("which only a body has"));
    }

    #[test]
    fn what_a_good_response_lacks_is_a_pointer() {
        let absent =
            |text: &str| app_mistakes("defaults = {", &format!("absent = [\"{text}\"]\ndefaults = {{"));
        assert!(absent("/errors").is_empty());
        assert!(only(absent("errors")).contains("is not a JSON pointer"));
    }
}
