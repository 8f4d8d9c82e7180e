//! Server-sent events, read piece by piece as the network brings them.

/// One event: its name and its data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Puts events together from pieces that may end anywhere, in the middle of a letter too.
#[derive(Debug, Default)]
pub(crate) struct EventReader {
    /// The bytes after the last whole line.
    rest: Vec<u8>,
    /// What is known of the event that is being read.
    event: Event,
}

impl EventReader {
    /// Takes the next piece and gives the events that it completes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Vec<Event> {
        self.rest.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            events.extend(self.take_line(line.trim_end_matches(['\n', '\r'])));
        }
        events
    }

    /// Takes a line; an empty one ends an event.
    fn take_line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (!event.data.is_empty()).then_some(event);
        }
        // A line that starts with a colon is a comment, which keeps the connection alive.
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if !self.event.data.is_empty() {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\nevent: text\ndata: {\"text\": \"größer\"}\n\nevent: caption\r\ndata: {}\r\n\r\n";

    fn expected() -> Vec<Event> {
        let event = |name: &str, data: &str| Event { name: name.into(), data: data.into() };
        vec![event("text", r#"{"text": "größer"}"#), event("caption", "{}")]
    }

    #[test]
    fn events_are_read_whole() {
        assert_eq!(EventReader::default().push(STREAM.as_bytes()), expected());
    }

    #[test]
    fn pieces_may_end_anywhere() {
        for size in 1..7 {
            let mut reader = EventReader::default();
            let events: Vec<Event> = STREAM.as_bytes().chunks(size).flat_map(|piece| reader.push(piece)).collect();
            assert_eq!(events, expected(), "in pieces of {size}");
        }
    }

    #[test]
    fn data_may_have_several_lines_and_an_unfinished_event_waits() {
        let mut reader = EventReader::default();
        assert_eq!(reader.push(b"data: a\ndata: b\n"), []);
        assert_eq!(reader.push(b"\n"), [Event { name: String::new(), data: "a\nb".into() }]);
    }
}
