//! Checks that a file is finished: the mark `TODO`, which `cargo xtask import` writes, is nowhere.

use crate::diagnostics::{Diagnostic, SourceFile};

/// The mistakes of a file: one per line with a mark.
pub(crate) fn marks(file: &SourceFile) -> Vec<Diagnostic> {
    let marked = file.text.match_indices("TODO").map(|(at, _)| {
        file.mistake_at(at, "`TODO` marks what nobody has filled in: write it, and remove the mark")
    });
    let mut mistakes: Vec<_> = marked.collect();
    mistakes.dedup_by_key(|mistake| mistake.line);
    mistakes
}

#[cfg(test)]
mod tests {
    use crate::tests::{app_mistakes, only};

    #[test]
    fn what_is_not_filled_in_fails_with_its_line() {
        let mistake = only(app_mistakes("about = \"Adds a note\"", "about = \"TODO: what it does, TODO\""));
        assert!(mistake.starts_with("app.toml:23: `TODO` marks"), "{mistake}");
        let comment = only(app_mistakes("[account]", "# TODO: check the revocation.\n[account]"));
        assert!(comment.starts_with("app.toml:18: `TODO` marks"), "{comment}");
    }
}
