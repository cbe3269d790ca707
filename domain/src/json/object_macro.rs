//! JSON that is built by moving its parts.

/// Builds a [`Value`](serde_json::Value) as `serde_json::json!` does, of literals, names, lists and objects;
/// other expressions stand in parentheses. Values are moved: `json!` serializes each of them once more, so
/// that a part that is nested five times is copied five times.
macro_rules! object {
    ({ $($name:literal : $value:tt),* $(,)? }) => {
        serde_json::Value::Object(serde_json::Map::from_iter(
            [$(($name.to_owned(), $crate::json::object!($value))),*]
        ))
    };
    ([ $($value:tt),* $(,)? ]) => { serde_json::Value::Array(vec![$($crate::json::object!($value)),*]) };
    ($value:expr) => { serde_json::Value::from($value) };
}

pub(crate) use object;
