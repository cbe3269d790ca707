//! The languages of all texts for people.

use serde::{Deserialize, Serialize};

/// A supported language. Serialized as its tag. An unknown tag, e.g. of a later version, deserializes as
/// English.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "&'static str")]
pub enum Language {
    /// English, the default for every other language.
    #[default]
    En,
    /// German.
    De,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// The language subtag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// The language of a locale (BCP 47): `de-AT` is German.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        Self::spoken(locale).unwrap_or_default()
    }

    /// The best match of an `Accept-Language` header, e.g. `de-AT,de;q=0.9,en;q=0.8` (RFC 9110 section
    /// 12.5.4).
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::default());
        for range in header.split(',') {
            let (locale, weight) = range.split_once(';').unwrap_or((range, ""));
            let weight = match weight.trim().strip_prefix("q=") {
                Some(weight) => weight.trim().parse::<f64>().unwrap_or(0.0),
                None => 1.0,
            };
            // The first of equal weights wins.
            if let Some(language) = Self::spoken(locale)
                && weight > best.0
            {
                best = (weight, language);
            }
        }
        best.1
    }

    fn spoken(locale: &str) -> Option<Self> {
        let tag = locale.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }
}

impl From<String> for Language {
    fn from(tag: String) -> Self {
        Self::of_locale(&tag)
    }
}

impl From<Language> for &'static str {
    fn from(language: Language) -> Self {
        language.tag()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_locale_counts_and_every_other_is_english() {
        for locale in ["de", "de-DE", "de-AT", "DE-ch", "de_DE"] {
            assert_eq!(Language::of_locale(locale), Language::De, "{locale}");
        }
        for locale in ["en-US", "en", "fr-FR", "den", "", "-"] {
            assert_eq!(Language::of_locale(locale), Language::En, "{locale}");
        }
    }

    #[test]
    fn a_browsers_wish_is_met_as_well_as_possible() {
        for (header, language) in [
            ("de-DE,de;q=0.9,en;q=0.8", Language::De),
            ("en-US,en;q=0.9,de;q=0.8", Language::En),
            ("en;q=0.5, de;q=0.7", Language::De),
            ("fr-FR, de;q=0.3", Language::De),
            ("fr, *;q=0.5", Language::En),
            ("de;q=0, en", Language::En),
            ("de;q=nonsense", Language::En),
            ("de , en", Language::De),
            ("", Language::En),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn it_is_written_as_its_tag_and_a_tag_of_a_later_version_reads_as_english() {
        for language in Language::ALL {
            let written = serde_json::to_string(&language).unwrap();
            assert_eq!(written, format!("\"{}\"", language.tag()));
            assert_eq!(serde_json::from_str::<Language>(&written).unwrap(), language);
        }
        assert_eq!(serde_json::from_str::<Language>("\"tlh\"").unwrap(), Language::En);
    }
}
