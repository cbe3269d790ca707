//! Checks whether the existing package matches the configuration.

use anyhow::Result;
use workbot_domain::catalog::Catalog;

use super::finding::Finding;
use crate::package::{self, Files};
use crate::settings::Settings;

const AGAIN: &str = "run `cargo xtask package` with these variables, and upload the package";

/// Compares the package in `dist` with the result of `cargo xtask package`.
pub fn check(settings: &Settings, catalog: &Catalog) -> Finding {
    let found = package::values(settings, env!("CARGO_PKG_VERSION")).and_then(|values| {
        let place = package::usual_place(&values);
        let before = package::made_earlier(&place).ok();
        Ok((place.display().to_string(), before, made(settings, catalog, None)?))
    });
    match found {
        Err(error) => Finding::problem(format!("the package cannot be built: {error:#}"), "fix this first"),
        Ok((_, None, _)) => Finding::Note(format!("no package exists yet: {AGAIN}")),
        Ok((place, Some(before), _)) => match made(settings, catalog, Some(&before)) {
            Ok(now) => compared(&place, &before, &now),
            Err(_) => Finding::problem(format!("{place} is not a package of this project"), AGAIN),
        },
    }
}

/// The current result, with the id and version of the existing package, and with agents if it has them.
fn made(settings: &Settings, catalog: &Catalog, like: Option<&Files>) -> Result<Files> {
    let mut values = package::values(settings, env!("CARGO_PKG_VERSION"))?;
    if let Some((id, version)) = like.and_then(package::identity) {
        (values.app_id, values.version) = (id, version);
    }
    values.oauth_client = like.and_then(package::oauth_client);
    package::files(&values, &package::offered(settings, catalog.clone()))
}

fn compared(place: &str, before: &Files, now: &Files) -> Finding {
    let changed: Vec<_> =
        now.iter().filter(|file| !before.contains(file)).map(|(name, _)| name.as_str()).collect();
    let version = package::identity(before).map(|(_, version)| version).unwrap_or_default();
    if changed.is_empty() {
        return Finding::Fine(format!("{place}, version {version}, is up to date"));
    }
    let what = format!("{place}, version {version}, is outdated: {} would differ", changed.join(", "));
    Finding::problem(what, format!("{AGAIN}; Teams accepts a higher version only"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked_catalog;
    use crate::package::tests::contoso;

    #[test]
    fn a_package_is_out_of_step_when_the_catalog_has_changed_and_a_version_of_its_own_is_no_change() {
        let mut catalog = checked_catalog::tests::real_catalog();
        let mut values = package::values(&contoso(), "7.0.1").unwrap();
        values.app_id = "99999999-2222-3333-4444-555555555555".to_owned();
        let before = package::files(&values, &catalog).unwrap();
        let again = |catalog: &Catalog| made(&contoso(), catalog, Some(&before)).unwrap();
        assert!(!compared("it", &before, &again(&catalog)).is_problem());
        catalog.recipes.pop_first();
        let found = compared("it", &before, &again(&catalog));
        assert!(found.to_string().contains("manifest.json, de.json would differ"), "{found}");
    }

    #[test]
    fn a_package_with_agents_is_compared_with_one_that_has_them() {
        let catalog = checked_catalog::tests::real_catalog();
        let mut values = package::values(&contoso(), "7.0.1").unwrap();
        values.oauth_client = Some("client".to_owned());
        let before = package::files(&values, &catalog).unwrap();
        let now = made(&contoso(), &catalog, Some(&before)).unwrap();
        assert!(!compared("it", &before, &now).is_problem());
    }
}
