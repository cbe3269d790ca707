//! Ids.

/// The organisation of most users.
pub const CONTOSO: &str = "00Dxx0000001gPLEAY";
/// Another company's organisation.
pub const FABRIKAM: &str = "00Dxx0000002fAbEAI";

/// The 18-character form of an id: its last three characters encode which of the first 15 are upper-case.
pub fn id18(id15: &str) -> String {
    let bytes = id15.as_bytes();
    let suffix = bytes.chunks(5).map(|chunk| {
        let bits = chunk
            .iter()
            .enumerate()
            .filter(|(_, byte)| byte.is_ascii_uppercase())
            .fold(0_u8, |bits, (place, _)| bits | 1 << place);
        char::from(if bits < 26 { b'A' + bits } else { b'0' + bits - 26 })
    });
    id15.chars().chain(suffix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_end_in_their_case_checksum() {
        assert_eq!(id18("00Dxx0000001gPL"), CONTOSO);
        assert_eq!(id18("00Dxx0000002fAb"), FABRIKAM);
    }
}
