//! The keys of the messages that were sent recently.

use std::collections::VecDeque;

/// The keys of recent messages, so that a second delivery of an activity does not repeat them.
#[derive(Debug, Default)]
pub struct RecentKeys(VecDeque<String>);

impl RecentKeys {
    /// Number of keys kept. A redelivery comes within seconds.
    const MOST: usize = 256;

    /// Whether the key is new. Remembers it.
    pub fn is_new(&mut self, key: String) -> bool {
        if self.0.contains(&key) {
            return false;
        }
        self.0.push_back(key);
        if self.0.len() > Self::MOST {
            self.0.pop_front();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_about_an_activity_is_sent_once_however_often_it_is_delivered() {
        let mut once = RecentKeys::default();
        assert!(once.is_new("a:1 1 working".to_owned()));
        assert!(!once.is_new("a:1 1 working".to_owned()));
        assert!(once.is_new("a:1 2 working".to_owned()));
        for count in 0..RecentKeys::MOST {
            once.is_new(count.to_string());
        }
        assert_eq!(once.0.len(), RecentKeys::MOST, "the number of keys is limited");
    }
}
