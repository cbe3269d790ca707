//! A status: an icon, a colour and a word, so that none of them stands alone.

use yew::{Html, html};

use crate::icon::{self, icon};

/// The badge of `status`: a sign, a space and words, as the bot writes it.
pub fn badge(status: &'static str) -> Html {
    let (sign, words) = status.split_once(' ').unwrap_or(("", status));
    let (color, strokes) = match sign {
        "✓" => ("success", icon::CHECKMARK),
        "!" => ("severe", icon::WARNING),
        "…" => ("brand", icon::CLOCK),
        "●" => ("brand", icon::PLAY),
        _ => ("informative", icon::SUBTRACT),
    };
    html! {
        <fluent-badge appearance="tint" {color}>{ icon(strokes, Some("start")) }<span>{ words }</span></fluent-badge>
    }
}
