//! The templates of pages and pictures. All values are escaped, so that every text can be part of an
//! XML document.

use std::borrow::Cow;
use std::io;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter,
};
use serde::Serialize;

use super::words::xml;

static TEMPLATES: LazyLock<Result<Environment<'static>, Error>> = LazyLock::new(|| {
    let sources = [
        ("parts.svg", include_str!("parts.svg")),
        ("diagram.svg", include_str!("diagram.svg")),
        ("diagram.css", include_str!("diagram.css")),
        ("legend.html", include_str!("legend.html")),
        ("index.html", include_str!("index.html")),
        ("index.js", include_str!("index.js")),
        ("scenario.html", include_str!("scenario.html")),
        ("scenario.js", include_str!("scenario.js")),
        ("lanes.js", include_str!("lanes.js")),
        ("page.css", include_str!("page.css")),
    ];
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_formatter(write_value);
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    templates.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    for (name, source) in sources {
        templates.add_template(name, source)?;
    }
    Ok(templates)
});

/// Writes a value into a template. What a macro has rendered is safe, and written as it is.
fn write_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    match value.as_str().map(xml) {
        Some(Cow::Owned(text)) if !value.is_safe() => {
            escape_formatter(out, state, &Value::from(text))
        }
        Some(_) | None => escape_formatter(out, state, value),
    }
}

/// Renders a template.
///
/// # Errors
///
/// The template and its values do not fit, which is a bug.
pub(super) fn fill(name: &str, content: &impl Serialize) -> io::Result<String> {
    let templates = TEMPLATES.as_ref().map_err(io::Error::other)?;
    let template = templates.get_template(name).map_err(io::Error::other)?;
    template.render(Serde(content)).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_templates_can_be_read() {
        assert_eq!(TEMPLATES.as_ref().unwrap().templates().count(), 10);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        assert!(fill("index.html", &()).is_err());
    }
}
