//! How far the server is on its way out, for whoever must know.

use tokio::sync::watch;

/// A handle on the way out; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown {
    phase: watch::Sender<Phase>,
}

/// The steps of the way out, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Everything is answered.
    Running,
    /// It is no longer ready and takes up no more work of its own. Requests are answered, and their connections closed.
    Draining,
    /// Connections without a request under way are closed, the others after it. A stream that can be followed at another
    /// server ends.
    HangingUp,
    /// Answers without an end end now.
    Closing,
}

impl Shutdown {
    /// A server that runs.
    pub(crate) fn new() -> Self {
        Self { phase: watch::Sender::new(Phase::Running) }
    }

    /// Goes on to `phase`. Nothing leads back.
    pub(crate) fn advance_to(&self, phase: Phase) {
        self.phase.send_modify(|current| *current = phase.max(*current));
    }

    /// Whether the server was told to stop.
    pub(crate) fn is_draining(&self) -> bool {
        *self.phase.borrow() >= Phase::Draining
    }

    /// Ready when `phase` is reached. A stream of events listens to it: its client is told to come back.
    pub(crate) async fn reached(&self, phase: Phase) {
        let mut phases = self.phase.subscribe();
        // Fails when the sender is gone, which `self` holds.
        drop(phases.wait_for(|current| *current >= phase).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_leads_back() {
        let shutdown = Shutdown::new();
        assert!(!shutdown.is_draining());
        shutdown.advance_to(Phase::HangingUp);
        shutdown.advance_to(Phase::Draining);
        assert!(shutdown.is_draining());
        shutdown.clone().reached(Phase::HangingUp).await;
    }
}
