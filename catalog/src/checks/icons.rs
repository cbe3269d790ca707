//! Checks an app's icon: an SVG file in `catalog/icons` without scripts, styles and references.

use crate::diagnostics::{Checker, SourceFile};
use workbot_domain::catalog::App;

/// The largest icon, in bytes. Icons are shown 24 pixels wide.
const LARGEST: usize = 4096;

/// The permitted elements.
const ELEMENTS: [&str; 14] = [
    "svg",
    "g",
    "defs",
    "path",
    "circle",
    "ellipse",
    "rect",
    "line",
    "polygon",
    "polyline",
    "title",
    "linearGradient",
    "radialGradient",
    "stop",
];

pub(crate) fn check(checker: &mut Checker<'_>, app: &App, icons: &[SourceFile]) {
    let Some(name) = &app.icon else { return };
    let mistake = match icons.iter().find(|icon| icon.path == format!("catalog/icons/{name}")) {
        None => Some(format!("no such file `catalog/icons/{name}`: add it, or remove `icon`")),
        Some(icon) => wrong(&icon.text).map(|wrong| format!("catalog/icons/{name} {wrong}")),
    };
    if let Some(mistake) = mistake {
        checker.mistake(&["icon"], "", mistake);
    }
}

/// The error in an icon, with the fix.
fn wrong(svg: &str) -> Option<String> {
    if svg.len() > LARGEST {
        return Some(format!("has {} bytes: simplify it to at most {LARGEST}", svg.len()));
    }
    if !svg.starts_with("<svg ") {
        return Some("does not begin with `<svg `: remove everything before it".to_owned());
    }
    for tag in svg.split('<').skip(1).filter(|tag| !tag.starts_with('/')) {
        let inside = tag.split('>').next().unwrap_or_default();
        let name = inside.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        if !ELEMENTS.contains(&name) {
            return Some(format!("contains `<{name}>`: use only {}", ELEMENTS.join(", ")));
        }
        let does =
            |word: &str| word.starts_with("on") || word.starts_with("href") || word.starts_with("xlink:");
        if inside.split_whitespace().any(does) || inside.replace("url(#", "").contains("url(") {
            return Some("contains a reference, a style or a script: remove it".to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{app_mistakes, only};

    #[test]
    fn an_icon_that_is_not_there_is_a_mistake() {
        let mistake = only(app_mistakes("auth = \"oauth2\"", "auth = \"oauth2\"\nicon = \"none.svg\""));
        assert!(mistake.starts_with("app.toml:3: no such file `catalog/icons/none.svg`"), "{mistake}");
    }

    #[test]
    fn an_icon_shows_itself_and_does_nothing_else() {
        let gradient = r##"<svg viewBox="0 0 1 1"><defs><linearGradient id="a"><stop/></linearGradient></defs><path fill="url(#a)" d="M0 0"/></svg>"##;
        assert_eq!(wrong(gradient), None);
        for (svg, says) in [
            ("<svg ><script>alert(1)</script></svg>", "`<script>`"),
            ("<svg onload=\"x\"></svg>", "a script"),
            ("<svg ><path onclick='x'/></svg>", "a script"),
            ("<svg ><g href=\"https://example.com\"/></svg>", "contains a reference"),
            ("<svg ><path fill=\"url(https://example.com/a)\"/></svg>", "contains a reference"),
            ("<svg ><image href=\"x\"/></svg>", "`<image>`"),
            ("<svg ><!ENTITY a \"b\"></svg>", "`<!ENTITY>`"),
            ("<?xml version=\"1.0\"?><svg ></svg>", "remove everything before it"),
            ("PNG", "does not begin with"),
        ] {
            assert!(wrong(svg).is_some_and(|wrong| wrong.contains(says)), "{svg}");
        }
        assert!(wrong(&format!("<svg >{}</svg>", " ".repeat(LARGEST))).unwrap().contains("simplify it"));
    }
}
