//! Queries of addresses, written and read.

/// A query that is being written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(String);

impl Query {
    /// Adds a parameter.
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '?' } else { '&' });
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(&encode(value));
    }

    /// Adds a parameter unless it is empty.
    pub(crate) fn add_if(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.add(name, value);
        }
    }

    /// Adds a parameter where `is_on`.
    pub(crate) fn flag(&mut self, name: &str, value: &str, is_on: bool) {
        if is_on {
            self.add(name, value);
        }
    }

    /// The query with `?` before it, or nothing where there are no parameters.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// An address with more parameters.
#[cfg(feature = "ssr")]
pub(crate) fn with_parameters<'a>(address: String, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    parameters.into_iter().fold(address, |address, (name, value)| {
        let and = if address.contains('?') { '&' } else { '?' };
        format!("{address}{and}{name}={}", encode(value))
    })
}

/// The parameters of a query.
pub(crate) fn read(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

/// A text as it may stand in a query.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digit = |half: u8| char::from(b"0123456789ABCDEF"[usize::from(half)]);
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    encoded
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while place < bytes.len() {
        let digits = bytes.get(place + 1..place + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let escaped = digits.filter(|_| bytes[place] == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escaped.unwrap_or(if bytes[place] == b'+' { b' ' } else { bytes[place] }));
        place += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        for text in ["", "a b&c=d", "Größe 100 %", "a+b", "\u{1F600}?#/"] {
            let mut query = Query::default();
            query.add("text", text);
            let written = query.finish();
            assert_eq!(read(&written[1..]).collect::<Vec<_>>(), [("text".to_owned(), text.to_owned())]);
        }
        assert_eq!(read("a=%2&b=%zz&c=1+2").map(|(_, value)| value).collect::<Vec<_>>(), ["%2", "%zz", "1 2"]);
    }
}
