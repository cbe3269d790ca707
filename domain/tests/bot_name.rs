//! All texts use the deployment's name of the bot. This is a test binary of its own, because the name can be
//! set only once.

use std::fs;
use std::path::Path;
use workbot_domain::bot_name::name_bot;
use workbot_domain::login_page::LoginPage;
use workbot_domain::present::text::Texts;
use workbot_shared::Language;

#[test]
fn a_page_and_a_text_use_the_deployments_name_of_the_bot() {
    name_bot("Atlas & Co");
    for language in Language::ALL {
        let (_, html) = LoginPage::Expired.render(language).unwrap();
        assert!(html.contains("Atlas &amp; Co") && !html.contains("Workbot"), "{html}");
        let words = Texts(language);
        for text in [words.welcome(), words.admins_only(), words.cannot_write("Ada"), words.frozen("Box")] {
            assert!(
                text.contains("Atlas & Co") && !text.replace("Workbot.Admin", "").contains("Workbot"),
                "{text}"
            );
        }
    }
}

#[test]
fn no_text_contains_a_fixed_name_of_the_bot() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = ["present", "present/text", "present/card", "present/login_page"];
    let texts = folders.iter().flat_map(|folder| fs::read_dir(source.join(folder)).unwrap());
    let files = texts.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    for file in files {
        let whole = fs::read_to_string(&file).unwrap();
        let shown = whole.split("#[cfg(test)]").next().unwrap_or_default().replace("Workbot.Admin", "");
        let lines = shown.lines().filter(|line| !line.trim_start().starts_with("//"));
        let named: Vec<_> =
            lines.filter(|line| line.contains("Workbot") && !line.contains("map_or(")).collect();
        assert!(named.is_empty(), "{} says {named:?}: write {{bot}}", file.display());
    }
}
