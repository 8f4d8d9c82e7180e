//! The way back from a worker to who asked.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::{CaptionError, CaptionResult};

/// What a [`Ticket`] brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// The answer has grown by this text, which nothing takes back. With beams: all of them agree on it.
    Text(String),
    /// The answer. Nothing comes after it.
    Done(Box<Result<CaptionResult, CaptionError>>),
}

/// The answer to come. Dropping it cancels the request, wherever it is.
#[derive(Debug)]
pub struct Ticket {
    updates: UnboundedReceiver<Update>,
}

/// The other end of a [`Ticket`].
#[derive(Debug)]
pub(crate) struct Reply {
    updates: UnboundedSender<Update>,
    /// Bytes of text that were told.
    told: usize,
    /// Bytes of text that were told before the request had to start again, and come once more.
    to_skip: usize,
}

/// A ticket and its other end.
pub(crate) fn ticket() -> (Reply, Ticket) {
    // As long as the longest answer at most, so nobody has to wait for a slow reader.
    let (sender, updates) = unbounded_channel();
    (Reply { updates: sender, told: 0, to_skip: 0 }, Ticket { updates })
}

impl Ticket {
    /// What comes next. After [`Update::Done`] it stays pending no longer: it repeats that the worker is gone.
    pub async fn next(&mut self) -> Update {
        self.updates.recv().await.unwrap_or_else(|| Update::Done(Box::new(Err(worker_gone()))))
    }

    /// Waits for the answer, whatever is told before.
    pub async fn answer(mut self) -> Result<CaptionResult, CaptionError> {
        loop {
            if let Update::Done(answer) = self.next().await {
                return *answer;
            }
        }
    }

    /// The same on a thread that runs no async code.
    pub fn wait(mut self) -> Result<CaptionResult, CaptionError> {
        loop {
            match self.updates.blocking_recv() {
                Some(Update::Text(_)) => {}
                Some(Update::Done(answer)) => return *answer,
                None => return Err(worker_gone()),
            }
        }
    }
}

impl Reply {
    /// Whether nobody waits any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.updates.is_closed()
    }

    /// Tells that the answer has grown.
    pub(crate) fn tell(&mut self, text: &str) {
        let skipped = self.to_skip.min(text.len());
        self.to_skip -= skipped;
        if let Some(new) = text.get(skipped..).filter(|new| !new.is_empty()) {
            self.told += new.len();
            // Fails when the client left, which is no error.
            drop(self.updates.send(Update::Text(new.to_owned())));
        }
    }

    /// The request starts again: a search repeats itself, so what was told comes once more and isn't told twice.
    pub(crate) fn start_again(&mut self) {
        self.to_skip = self.told;
    }

    /// Tells the answer.
    pub(crate) fn finish(self, answer: Result<CaptionResult, CaptionError>) {
        // Fails when the client left, which is no error.
        drop(self.updates.send(Update::Done(Box::new(answer))));
    }
}

fn worker_gone() -> CaptionError {
    CaptionError::Failed("the thread that runs the model is gone".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn text_is_told_once_though_a_request_starts_again() {
        let (mut reply, mut ticket) = ticket();
        reply.tell("a dog");
        reply.start_again();
        reply.tell("a ");
        reply.tell("dog on a sofa");
        assert_eq!(ticket.next().await, Update::Text("a dog".into()));
        assert_eq!(ticket.next().await, Update::Text(" on a sofa".into()));
        drop(reply);
        assert!(matches!(ticket.next().await, Update::Done(_)));
    }
}
