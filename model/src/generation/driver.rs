//! The loop over a batch: encode, then decode all running searches together until the last one is done.

use super::{
    options::SearchParameters,
    search::{Hypothesis, Search, Step},
};
use crate::nn::{EncoderOutput, Florence2, FlorenceBackend, PixelValues};

/// One picture with its prompt.
#[derive(Debug, Clone)]
pub(crate) struct GenerationInput {
    /// Normalised values, `[3, height, width]` in row-major order.
    pub(crate) pixel_values: Vec<f32>,
    pub(crate) height: usize,
    pub(crate) width: usize,
    /// The prompt's ids, `<s>` and `</s>` among them.
    pub(crate) prompt_ids: Vec<u32>,
    pub(crate) parameters: SearchParameters,
}

/// Watches a batch, and may end parts of it. Indices are those of the inputs.
pub(crate) trait BatchObserver {
    /// Ids that have become certain, from the decoder's start token on, each time there are more.
    fn on_certain_ids(&mut self, index: usize, ids: &[u32]);
    /// Asked before the encoder and before every step.
    fn is_cancelled(&mut self, index: usize) -> bool;
}

/// A search, the input it belongs to and what its observer has heard.
struct Running {
    index: usize,
    search: Search,
    reported: usize,
}

/// Searches for every input's best sequence. `usable_vocabulary` is how many ids, from 0 on, may be generated.
///
/// `None` stands for an input that was cancelled.
pub(crate) fn generate<B: FlorenceBackend>(
    model: &Florence2<B>,
    inputs: &[GenerationInput],
    usable_vocabulary: usize,
    observer: &mut dyn BatchObserver,
) -> Vec<Option<Hypothesis>> {
    let mut results: Vec<Option<Hypothesis>> = inputs.iter().map(|_| None).collect();
    let mut encoder_outputs: Vec<Option<EncoderOutput<B>>> = inputs.iter().map(|_| None).collect();
    for group in groups_of_one_shape(inputs, B::ENCODER_BATCH) {
        let group: Vec<usize> = group.into_iter().filter(|&index| !observer.is_cancelled(index)).collect();
        if !group.is_empty() {
            for (&index, output) in group.iter().zip(encode(model, inputs, &group)) {
                encoder_outputs[index] = Some(output);
            }
        }
    }

    let mut running = Vec::new();
    let mut outputs = Vec::new();
    for (index, output) in encoder_outputs.into_iter().enumerate() {
        let Some(output) = output else { continue };
        let search = Search::new(inputs[index].parameters.clone());
        if search.prefill().is_some() {
            running.push(Running { index, search, reported: 0 });
            outputs.push(output);
        } else {
            results[index] = Some(search.finish());
        }
    }
    if !running.is_empty() {
        decode(model, running, &outputs, usable_vocabulary, observer, &mut results);
    }
    results
}

/// Steps all searches until none is left.
fn decode<B: FlorenceBackend>(
    model: &Florence2<B>,
    mut running: Vec<Running>,
    outputs: &[EncoderOutput<B>],
    usable_vocabulary: usize,
    observer: &mut dyn BatchObserver,
    results: &mut [Option<Hypothesis>],
) {
    let mut state = model.start(outputs);
    // Every search of a checkpoint is forced to begin alike, so the prefills are equally long.
    let mut tokens: Vec<u32> =
        running.iter().flat_map(|running| running.search.prefill().unwrap_or(&[]).to_vec()).collect();
    let mut rows_per_picture = 1;
    loop {
        let logits = model.decode(&tokens, &mut state);
        let count = running.iter().map(|running| running.search.candidates_needed()).max().unwrap_or(1);
        let scores = B::top_candidates(logits, usable_vocabulary, count);

        let mut steps = Vec::with_capacity(running.len());
        let mut kept = Vec::with_capacity(running.len());
        let mut still_running = Vec::with_capacity(running.len());
        for (place, mut entry) in running.into_iter().enumerate() {
            let rows = &scores[place * rows_per_picture..(place + 1) * rows_per_picture];
            let step = entry.search.advance(rows);
            let certain = entry.search.certain_ids();
            if certain.len() > entry.reported {
                entry.reported = certain.len();
                observer.on_certain_ids(entry.index, certain);
            }
            match step {
                Step::Done => results[entry.index] = Some(entry.search.finish()),
                Step::Continue { .. } if observer.is_cancelled(entry.index) => {}
                Step::Continue { parents, tokens } => {
                    steps.push((place * rows_per_picture, parents, tokens));
                    kept.push(place);
                    still_running.push(entry);
                }
            }
        }
        running = still_running;
        if running.is_empty() {
            return;
        }

        // Pictures with fewer beams than the widest repeat their last row; nobody reads what it decodes.
        let widest = steps.iter().map(|(_, parents, _)| parents.len()).max().unwrap_or(1);
        let mut parents = Vec::with_capacity(widest * steps.len());
        tokens = Vec::with_capacity(widest * steps.len());
        for (first_row, step_parents, step_tokens) in &steps {
            for row in 0..widest {
                let row = row.min(step_parents.len() - 1);
                parents.push(first_row + step_parents[row]);
                tokens.push(step_tokens[row]);
            }
        }
        state.reorder(&parents, &kept, model.device());
        rows_per_picture = widest;
    }
}

fn encode<B: FlorenceBackend>(
    model: &Florence2<B>,
    inputs: &[GenerationInput],
    group: &[usize],
) -> Vec<EncoderOutput<B>> {
    let values: Vec<f32> = group.iter().flat_map(|&index| inputs[index].pixel_values.iter().copied()).collect();
    let first = &inputs[group[0]];
    let pixels = PixelValues { values: &values, batch: group.len(), height: first.height, width: first.width };
    let prompts: Vec<&[u32]> = group.iter().map(|&index| inputs[index].prompt_ids.as_slice()).collect();
    model.encode(model.image_features(pixels), &prompts)
}

/// Indices of inputs that can be encoded together without padding, at most `most` in a group, in their order.
fn groups_of_one_shape(inputs: &[GenerationInput], most: usize) -> Vec<Vec<usize>> {
    let shape = |input: &GenerationInput| (input.height, input.width, input.prompt_ids.len());
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let fitting = groups.iter_mut().find(|group| group.len() < most && shape(&inputs[group[0]]) == shape(input));
        match fitting {
            Some(group) => group.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
}
