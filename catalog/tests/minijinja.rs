//! The worker's evaluator of templates against minijinja, of whose language it evaluates a part: both give
//! the same output, or both none.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use minijinja::value::{Rest, Serde};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use workbot_domain::template::{FILTERS, Target, Template, escape_markdown};
use workbot_shared::Language;

/// minijinja with the escaping of a target. Its own filters are its own; ours are ours.
fn environment(target: Target) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| AutoEscape::None);
    env.set_formatter(move |out, _, value| {
        if value.is_undefined() {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        let text = value.to_string();
        let escaped = matches!(target, Target::Markdown(_)) && !value.is_safe();
        let text = if escaped { escape_markdown(&text) } else { text };
        out.write_str(&text).map_err(|_| Error::from(ErrorKind::WriteFailure))
    });
    env.add_filter("default", minijinja::filters::default);
    env.add_filter("join", minijinja::filters::join);
    env.add_filter("length", minijinja::filters::length);
    env.add_filter("lower", minijinja::filters::lower);
    for name in FILTERS.into_iter().filter(|name| !["default", "join", "length", "lower"].contains(name)) {
        env.add_filter(name, move |value: &Value, arguments: Rest<Value>| {
            ours(name, value, &arguments, target)
        });
    }
    env
}

fn ours(name: &str, value: &Value, arguments: &[Value], target: Target) -> Result<Value, Error> {
    let mut values = Map::new();
    let mut add = |name: String, value: &Value| {
        if !value.is_undefined() {
            values.insert(name, serde_json::to_value(value).unwrap());
        }
    };
    add("value".to_owned(), value);
    let mut call = format!("value | {name}");
    for (place, argument) in arguments.iter().enumerate() {
        add(format!("a{place}"), argument);
        call += &format!("{}a{place}", if place == 0 { "(" } else { ", " });
    }
    call += if arguments.is_empty() { "" } else { ")" };
    if value.is_undefined() && ["html", "file_name", "mrkdwn"].contains(&name) {
        return Ok(Value::UNDEFINED);
    }
    let values = Json::Object(values);
    let is_safe = ["amount", "date", "link"].contains(&name);
    // The language of a reply is not that of a single expression.
    let result = if is_safe {
        Template(format!("{{{{ {call} }}}}")).render(target, &values).map(Value::from_safe_string)
    } else {
        Template(format!("{{{{ {call} }}}}")).evaluate(&values).map(|value| Value::from(Serde(value)))
    };
    result.map_err(|error| {
        let kind = if error.is_missing() { ErrorKind::UndefinedError } else { ErrorKind::InvalidOperation };
        Error::new(kind, error.reason)
    })
}

/// The output, or whether a value is missing.
fn expected(template: &str, target: Target, values: &Json) -> Result<String, bool> {
    environment(target)
        .render_str(template, Value::from(Serde(values)))
        .map_err(|error| error.kind() == ErrorKind::UndefinedError)
}

fn assert_same(template: &str, values: &Json) {
    for target in [Target::Plain, Target::Markdown(Language::De)] {
        let evaluated = Template(template.to_owned()).render(target, values);
        let evaluated = evaluated.map_err(|error| error.is_missing());
        assert_eq!(evaluated, expected(template, target, values), "{target:?} of {template}\nwith {values}");
    }
}

/// The same, but of several failures either may be the first.
fn assert_same_output(template: &str, values: &Json) {
    for target in [Target::Plain, Target::Markdown(Language::De)] {
        let evaluated = Template(template.to_owned()).render(target, values).ok();
        let expected = expected(template, target, values).ok();
        assert_eq!(evaluated, expected, "{target:?} of {template}\nwith {values}");
    }
}

fn assert_same_condition(condition: &str, values: &Json) {
    let env = environment(Target::Plain);
    let theirs = env.compile_expression(condition).unwrap().eval(Value::from(Serde(values)));
    let theirs = theirs.map(|value| value.is_true());
    let ours = Template(condition.to_owned()).holds(values);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{condition}\nwith {values}"),
        // A condition that is a missing value as a whole is an error here.
        (Err(_), Err(_) | Ok(false)) => {}
        (ours, theirs) => panic!("{ours:?} instead of {theirs:?}: {condition}\nwith {values}"),
    }
}

/// Every template and every condition of the catalog.
fn of_the_catalog() -> (Vec<String>, Vec<String>) {
    fn collect(name: &str, value: &Json, templates: &mut Vec<String>, conditions: &mut Vec<String>) {
        match value {
            Json::String(text) if name == "when" => conditions.push(text.clone()),
            Json::String(text) if text.contains("{{") || text.contains("{%") => templates.push(text.clone()),
            Json::Array(items) => items.iter().for_each(|item| collect("", item, templates, conditions)),
            Json::Object(members) => {
                members.iter().for_each(|(name, item)| collect(name, item, templates, conditions));
            }
            _ => {}
        }
    }
    let catalog = workbot_catalog::load().unwrap_or_else(|error| panic!("{error}"));
    let (mut templates, mut conditions) = (Vec::new(), Vec::new());
    collect("", &serde_json::to_value(catalog).unwrap(), &mut templates, &mut conditions);
    assert!(templates.len() > 200 && conditions.len() > 10);
    (templates, conditions)
}

/// The values that a template names, each with the value that `leaf` chooses.
fn values_of(names: impl IntoIterator<Item = String>, mut leaf: impl FnMut() -> Option<Json>) -> Json {
    let mut values = Map::new();
    for name in names {
        let mut parts: Vec<&str> = name.split('.').collect();
        let last = parts.pop().unwrap();
        let place = parts.into_iter().try_fold(&mut values, |place, part| {
            place.entry(part).or_insert_with(|| json!({})).as_object_mut()
        });
        if let (Some(place), Some(value)) = (place, leaf()) {
            place.entry(last).or_insert(value);
        }
    }
    Json::Object(values)
}

fn leaf() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3_i64..4).prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        prop_oneof![Just(0.5), Just(-2.0), Just(1e21), Just(12_345.678)].prop_map(Json::from),
        "[a-cA-C '\"\\\\\n_*<é]{0,6}".prop_map(Json::from),
        prop_oneof![
            Just("2026-12-31"),
            Just("2026-12-31T09:00:00Z"),
            Just("https://acme.example/a(b)"),
            Just("Customer set-up"),
            Just("approved"),
        ]
        .prop_map(Json::from),
    ];
    scalar.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[abc]|Id|Name", inner, 0..3).prop_map(|members| json!(members)),
        ]
    })
}

/// An expression over `a`, `b`, `c.a` and more.
fn expression() -> impl Strategy<Value = String> {
    let operand = prop_oneof![
        prop::sample::select(vec![
            "a",
            "b",
            "c",
            "c.a",
            "c.b.a",
            "c['a']",
            "a[0]",
            "a[-1]",
            "a[1:] | join('/')",
            "b[:2] | length",
            "a[-2:-1][0]",
            "none",
            "true",
            "0",
            "1",
            "-2",
            "1.5",
            "'x'",
            "\"it's\"",
            "'\\n\\'q'",
            "[]",
            "[a, 1, 'x']",
            "c.0",
        ])
        .prop_map(str::to_owned),
    ];
    operand.prop_recursive(3, 12, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (
                two.clone(),
                prop::sample::select(vec!["or", "and", "~", "==", "!=", "<", ">=", "in", "not in"])
            )
                .prop_map(|((one, other), operator)| format!("({one} {operator} {other})")),
            (two, inner.clone()).prop_map(|((one, test), other)| format!("({one} if {test} else {other})")),
            inner.clone().prop_map(|one| format!("(not {one})")),
            (
                inner,
                prop::sample::select(vec![
                    "lower",
                    "length",
                    "join",
                    "join(', ')",
                    "default('d')",
                    "default('d', true)",
                    "html",
                    "mrkdwn",
                    "amount",
                    "date",
                    "day",
                    "days(-1)",
                    "quoted",
                    "quoted('\"')",
                    "link",
                    "file_name",
                    "adf",
                ])
            )
                .prop_map(|(one, filter)| format!("{one} | {filter}")),
        ]
    })
}

/// A text of literals, values, branches and loops.
fn template() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec!["x", " ", "\n", "{", "} %}", "{# {{ a }} #}", "\r\n"])
            .prop_map(str::to_owned),
        (expression(), prop::sample::select(vec![("", ""), ("-", ""), ("", "-"), ("-", "-"), ("+", "+")]))
            .prop_map(|(value, (before, after))| format!("{{{{{before} {value} {after}}}}}")),
    ];
    let text = prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat());
    text.prop_recursive(2, 8, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 3);
        prop_oneof![
            (expression(), several.clone()).prop_map(|(test, texts)| format!(
                "{}{{% if {test} %}}{}{{%- else -%}} {}{{% endif %}}",
                texts[0], texts[1], texts[2]
            )),
            (expression(), expression(), several.clone()).prop_map(|(test, other, texts)| format!(
                "{{% if {test} %}}{}{{% elif {other} -%}}{} {{% endif %}}{}",
                texts[0], texts[1], texts[2]
            )),
            (expression(), several.clone()).prop_map(|(list, texts)| format!(
                "{{% for a in {list} %}}{}{{{{ loop.index }}}}{{{{ loop.first }}}}{{% else %}}{}{{% endfor %}}{}",
                texts[0], texts[1], texts[2]
            )),
            (expression(), several).prop_map(|(value, texts)| format!(
                "{}{{% set b = {value} %}}{}{{% for x in a %}}{{% set b = x %}}{{{{ b }}}}{{% endfor %}}{}",
                texts[0], texts[1], texts[2]
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_template_of_the_language_has_the_output_of_minijinja(
        template in template(),
        a in leaf(), b in prop::option::of(leaf()), c in leaf(),
    ) {
        let mut values = json!({ "a": a, "c": c });
        if let Some(b) = b {
            values["b"] = b;
        }
        prop_assume!(Template(template.clone()).check().is_ok());
        assert_same_output(&template, &values);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_template_of_the_catalog_has_the_output_of_minijinja(
        leaves in prop::collection::vec(prop::option::weighted(0.9, leaf()), 1..12),
    ) {
        let env = environment(Target::Plain);
        let (templates, conditions) = of_the_catalog();
        let mut leaves = leaves.into_iter().cycle();
        for template in templates {
            let names = env.template_from_str(&template).unwrap().undeclared_variables(true);
            assert_same(&template, &values_of(names, || leaves.next().flatten()));
        }
        for condition in conditions {
            let names = env.compile_expression(&condition).unwrap().undeclared_variables(true);
            assert_same_condition(&condition, &values_of(names, || leaves.next().flatten()));
        }
    }
}

#[test]
fn what_only_minijinja_understands_is_refused() {
    for template in [
        "{{ a + 1 }}",
        "{{ a * 2 }}",
        "{{ a is defined }}",
        "{{ now() }}",
        "{{ a.lower() }}",
        "{{ {'a': 1} }}",
        "{{ (1, 2) }}",
        "{{ a if b }}",
        "{{ 1 < 2 < 3 }}",
        "{{ a[::2] }}",
        "{{ a | join(d=', ') }}",
        "{{ a | nofilter }}",
        "{{ 1_000 }}",
        "{{ 0x10 }}",
        "{{ '\\u0041' }}",
        "{% for a, b in c %}{% endfor %}",
        "{% for a in b if a %}{% endfor %}",
        "{% set a, b = c %}",
        "{% set a %}x{% endset %}",
        "{% with a = 1 %}{% endwith %}",
        "{% filter lower %}A{% endfilter %}",
        "{% raw %}{{ a }}{% endraw %}",
        "{% do a() %}",
        "{% if a %}",
        "{% endif %}",
        "{{ a",
        "{# a",
        "{{ 'a }}",
    ] {
        assert!(Template(template.to_owned()).check().is_err(), "{template}");
    }
}
