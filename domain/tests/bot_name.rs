//! What people read calls the bot as the deployment does. A program of its own: the name is told once.

use std::fs;
use std::path::Path;
use workbot_domain::bot_name::name_bot;
use workbot_domain::login_page::LoginPage;
use workbot_domain::present::text::Words;
use workbot_shared::Language;

#[test]
fn a_page_and_a_text_call_the_bot_as_its_deployment_does() {
    name_bot("Atlas & Co");
    for language in Language::ALL {
        let (_, html) = LoginPage::Expired.render(language).unwrap();
        assert!(html.contains("Atlas &amp; Co") && !html.contains("Workbot"), "{html}");
        let words = Words(language);
        for text in [words.welcome(), words.admins_only(), words.cannot_write("Ada"), words.frozen("Box")] {
            assert!(
                text.contains("Atlas & Co") && !text.replace("Workbot.Admin", "").contains("Workbot"),
                "{text}"
            );
        }
    }
}

#[test]
fn no_text_has_the_name_written_into_it() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders = ["present", "present/text", "present/card", "present/login_page"];
    let texts = folders.iter().flat_map(|folder| fs::read_dir(source.join(folder)).unwrap());
    let files = texts.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    for file in files {
        let whole = fs::read_to_string(&file).unwrap();
        let said = whole.split("#[cfg(test)]").next().unwrap_or_default().replace("Workbot.Admin", "");
        let lines = said.lines().filter(|line| !line.trim_start().starts_with("//"));
        let named: Vec<_> =
            lines.filter(|line| line.contains("Workbot") && !line.contains("map_or(")).collect();
        assert!(named.is_empty(), "{} says {named:?}: write {{bot}}", file.display());
    }
}
