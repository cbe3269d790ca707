//! A minimal parser of multipart forms (RFC 7578), for uploads.

/// One part of a form.
#[derive(Debug, PartialEq)]
pub struct Part<'a> {
    /// The field's name.
    pub name: String,
    /// The content.
    pub content: &'a [u8],
}

/// The parts of a body, in order; `None` if the body is not a multipart form.
pub fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|pair| pair.trim().strip_prefix("boundary="))?;
    let delimiter = format!("\r\n--{}", boundary.trim_matches('"'));
    // The first delimiter may begin the body.
    let mut rest = match body.strip_prefix(delimiter.trim_start().as_bytes()) {
        Some(rest) => rest,
        None => split(body, delimiter.as_bytes())?.1,
    };
    let mut parts = Vec::new();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let (part, after) = split(part, delimiter.as_bytes())?;
        let (head, content) = split(part, b"\r\n\r\n")?;
        parts.push(Part { name: name(&String::from_utf8_lossy(head))?, content });
        rest = after;
    }
    rest.starts_with(b"--").then_some(parts)
}

fn name(head: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = line.split(';').find_map(|pair| pair.trim().strip_prefix("name="))?;
    Some(name.trim_matches('"').to_owned())
}

/// The text before and after the first `mark`.
fn split<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = bytes.windows(mark.len()).position(|window| window == mark)?;
    let (before, rest) = bytes.split_at_checked(place)?;
    Some((before, rest.strip_prefix(mark)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "multipart/form-data; boundary=\"b\"";

    #[test]
    fn parts_come_in_order_with_their_bytes() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\n1\r\n--b\r\ncontent-disposition: form-data; name=file; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n-b\x00\r\n--b--\r\n";
        let parts = parts(KIND, body).unwrap();
        assert_eq!(parts[0], Part { name: "one".to_owned(), content: b"1" });
        assert_eq!(parts[1], Part { name: "file".to_owned(), content: b"\r\n-b\x00" });
        assert_eq!(parts.len(), 2);
    }

    #[test]
    fn what_is_cut_off_is_no_form() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"one\"\r\n\r\n1\r\n";
        assert_eq!(parts(KIND, body), None);
        assert_eq!(parts("application/json", b"{}"), None);
    }
}
