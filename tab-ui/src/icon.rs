//! The icons, drawn on Fluent's grid of 12 px.

use yew::{Html, html};

/// An icon: the path of its strokes.
pub type Icon = &'static str;

/// Done, connected.
pub const CHECKMARK: Icon = "M2 6.5 4.8 9.2 10 3.5";
/// Something to do.
pub const WARNING: Icon = "M6 1.6 11 10.4H1Z M6 4.8V7.2 M6 8.6V8.9";
/// Off.
pub const SUBTRACT: Icon = "M2.5 6H9.5";
/// It waits.
pub const CLOCK: Icon = "M6 1.5A4.5 4.5 0 1 1 6 10.5 4.5 4.5 0 1 1 6 1.5Z M6 3.5V6.2H8";
/// It runs.
pub const PLAY: Icon = "M3.5 2 10 6 3.5 10Z";
/// Take it away.
pub const DISMISS: Icon = "M2.5 2.5 9.5 9.5 M9.5 2.5 2.5 9.5";
/// There is more below; turned by the style while it is open.
pub const CHEVRON: Icon = "M2 4.2 6 8 10 4.2";

/// Draws one. It says nothing that the words beside it don't.
pub fn icon(strokes: Icon, slot: Option<&'static str>) -> Html {
    html! {
        <svg class="icon" {slot} viewBox="0 0 12 12" aria-hidden="true"><path d={strokes} /></svg>
    }
}
