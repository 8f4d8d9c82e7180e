//! The pictures on the page, and how far the caption of each is.

use crate::question::Question;
use crate::types::{CaptionResponse, ImageSize, Picture, Problem};

/// A picture and its caption.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Tells entries apart; never used twice.
    pub(crate) id: u32,
    pub(crate) picture: Picture,
    pub(crate) phase: Phase,
}

/// How far a caption is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Phase {
    /// Nothing has been asked.
    #[default]
    Idle,
    /// It will be asked when a place is free.
    Waiting(Box<Question>),
    /// The model is looking.
    Working {
        /// What is asked.
        question: Box<Question>,
        /// What the model has said so far, as it came.
        text: String,
        /// When it was asked, in milliseconds of the page's clock.
        since: f64,
    },
    /// The server is busy; it will be asked again.
    Retrying {
        /// What is asked.
        question: Box<Question>,
        /// When it will be asked, in milliseconds of the page's clock.
        at: f64,
        /// Which repetition that will be, from 1.
        attempt: u32,
    },
    /// The model answered.
    Done(Box<CaptionResponse>),
    /// It went wrong.
    Failed(Box<Problem>),
    /// The person gave it up.
    Cancelled,
}

impl Phase {
    /// Whether an answer is to come without anybody doing anything.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self, Self::Waiting(_) | Self::Working { .. } | Self::Retrying { .. })
    }

    /// Whether a request holds a place; one that will be repeated keeps it, so that a busy server gets less to do.
    fn holds_a_place(&self) -> bool {
        matches!(self, Self::Working { .. } | Self::Retrying { .. })
    }
}

/// The pictures in order, and the one that is shown large.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Tray {
    pub(crate) entries: Vec<Entry>,
    /// The id of the entry that is shown; none only while there are no entries.
    pub(crate) shown: Option<u32>,
    next_id: u32,
}

impl Tray {
    /// Adds a picture at the end.
    pub(crate) fn add(&mut self, picture: Picture, phase: Phase) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.entries.push(Entry { id, picture, phase });
        self.shown.get_or_insert(id);
        id
    }

    /// The entry of this id.
    pub(crate) fn get(&self, id: u32) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The entry of this id, to change it.
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// The entry that is shown.
    pub(crate) fn shown(&self) -> Option<&Entry> {
        self.get(self.shown?)
    }

    /// Shows the neighbour so many places on (or back, below 0), stopping at the ends. Returns its id.
    pub(crate) fn step(&mut self, places: isize) -> Option<u32> {
        let now = self.entries.iter().position(|entry| Some(entry.id) == self.shown)?;
        let next = now.saturating_add_signed(places).min(self.entries.len() - 1);
        self.shown = Some(self.entries[next].id);
        self.shown
    }

    /// Takes a picture away; its neighbour is shown in its place.
    pub(crate) fn remove(&mut self, id: u32) {
        let Some(place) = self.entries.iter().position(|entry| entry.id == id) else { return };
        self.entries.remove(place);
        if self.shown == Some(id) {
            let neighbour = self.entries.get(place).or(self.entries.last());
            self.shown = neighbour.map(|entry| entry.id);
        }
    }

    /// Takes all pictures away. Ids go on counting, so that an answer that comes late finds nobody.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.shown = None;
    }

    /// Puts back what an earlier tray had and this one doesn't, where it was. What was going on then is given up.
    pub(crate) fn restore(&mut self, earlier: &Self) {
        for (place, entry) in earlier.entries.iter().enumerate() {
            if self.get(entry.id).is_none() {
                let phase = if entry.phase.is_busy() { Phase::Cancelled } else { entry.phase.clone() };
                let entry = Entry { phase, ..entry.clone() };
                self.entries.insert(place.min(self.entries.len()), entry);
            }
        }
        self.shown = earlier.shown;
    }

    /// The next entry to ask about, if fewer than `at_once` requests run.
    pub(crate) fn next_waiting(&self, at_once: usize) -> Option<u32> {
        let running = self.entries.iter().filter(|entry| entry.phase.holds_a_place()).count();
        let waiting = self.entries.iter().find(|entry| matches!(entry.phase, Phase::Waiting(_)));
        waiting.filter(|_| running < at_once).map(|entry| entry.id)
    }

    /// How many entries are in a phase of this kind.
    pub(crate) fn count(&self, is_counted: impl Fn(&Phase) -> bool) -> usize {
        self.entries.iter().filter(|entry| is_counted(&entry.phase)).count()
    }

    /// How many answers are to come.
    pub(crate) fn busy(&self) -> usize {
        self.count(Phase::is_busy)
    }

    /// The answers with their pictures, in order.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&Picture, &CaptionResponse)> {
        self.entries.iter().filter_map(|entry| match &entry.phase {
            Phase::Done(response) => Some((&entry.picture, &**response)),
            _ => None,
        })
    }
}

impl Entry {
    /// The size that regions are measured in: the answer's, else the picture's own; none while neither is known.
    pub(crate) fn size(&self) -> Option<ImageSize> {
        let answered = match &self.phase {
            Phase::Done(response) => Some(response.image),
            _ => None,
        };
        [answered, Some(self.picture.size)].into_iter().flatten().find(|size| size.width > 0 && size.height > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::ParameterTexts;
    use crate::tasks::TASKS;

    fn waiting() -> Phase {
        let question = Question { task: &TASKS[0], text: String::new(), parameters: ParameterTexts::default() };
        Phase::Waiting(Box::new(question))
    }

    fn tray(phases: Vec<Phase>) -> Tray {
        let mut tray = Tray::default();
        for phase in phases {
            tray.add(Picture::default(), phase);
        }
        tray
    }

    fn ids(tray: &Tray) -> Vec<u32> {
        tray.entries.iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn requests_run_in_order_and_a_few_at_once() {
        let mut tray = tray(vec![Phase::Cancelled, waiting(), waiting(), waiting()]);
        for expected in [1, 2] {
            let id = tray.next_waiting(2).expect("a place is free");
            assert_eq!(id, expected);
            let Phase::Waiting(question) = std::mem::take(&mut tray.get_mut(id).unwrap().phase) else { panic!() };
            tray.get_mut(id).unwrap().phase = Phase::Retrying { question, at: 0.0, attempt: 1 };
        }
        assert_eq!(tray.next_waiting(2), None);
        assert_eq!(tray.busy(), 3);
    }

    #[test]
    fn neighbours_stop_at_the_ends() {
        let mut tray = tray(vec![Phase::Idle, Phase::Idle, Phase::Idle]);
        assert_eq!(tray.step(-1), Some(0));
        assert_eq!([tray.step(1), tray.step(1), tray.step(1)], [Some(1), Some(2), Some(2)]);
        assert_eq!(Tray::default().step(1), None);
    }

    #[test]
    fn neighbour_takes_the_place_of_what_is_removed() {
        let mut tray = tray(vec![Phase::Idle, Phase::Idle, Phase::Idle]);
        tray.remove(0);
        assert_eq!(tray.shown, Some(1));
        tray.shown = Some(2);
        tray.remove(2);
        assert_eq!(tray.shown, Some(1));
        tray.remove(1);
        assert_eq!(tray, Tray { next_id: 3, ..Tray::default() });
    }

    #[test]
    fn what_was_removed_comes_back_where_it_was() {
        let mut tray = tray(vec![Phase::Idle, waiting(), Phase::Idle]);
        let earlier = tray.clone();
        tray.clear();
        tray.add(Picture::default(), Phase::Idle);
        tray.restore(&earlier);
        assert_eq!(ids(&tray), [0, 1, 2, 3]);
        assert_eq!(tray.get(1).unwrap().phase, Phase::Cancelled);
        assert_eq!(tray.shown, Some(0));
    }
}
