//! The parameters of requests: of a query, a form, a token request.

use serde_json::Value;

use crate::template::{Target, Template, TemplateError};

/// Renders parameters of a request: name and value. A parameter with an empty value is omitted.
///
/// # Errors
/// The first template that yields no value.
pub fn parameters<'a>(
    templates: impl IntoIterator<Item = (&'a str, &'a Template)>,
    values: &Value,
) -> Result<Vec<(&'a str, String)>, TemplateError> {
    let rendered =
        templates.into_iter().map(|(name, template)| Ok((name, template.render(Target::Plain, values)?)));
    rendered.filter(|rendered| !matches!(rendered, Ok((_, value)) if value.is_empty())).collect()
}
