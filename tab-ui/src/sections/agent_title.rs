//! What an agent is called.

/// An agent's name with the host that vouches for it, which no other can imitate.
pub fn title(client: &str, host: Option<&str>) -> String {
    host.map_or_else(|| client.to_owned(), |host| format!("{client} ({host})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_stands_behind_the_name_if_there_is_one() {
        assert_eq!(title("Claude", Some("claude.ai")), "Claude (claude.ai)");
        assert_eq!(title("Copilot", None), "Copilot");
    }
}
