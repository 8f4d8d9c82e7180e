//! Self-attention over a whole sequence: a task takes some queries through all heads, and their scores stay in the cache.

use rayon::prelude::*;

use super::{
    kernels,
    product::{Panels, add_product, packed_len},
    rows_per_task,
    scratch::with_scratch,
};

/// Attention among the tokens of each sequence, without a mask.
///
/// # Shapes
/// - qkv: `[batch, tokens, 3 * width]`, queries, keys and values side by side, each head by head
/// - output: `[batch, tokens, width]`
pub(super) fn self_attention(qkv: &[f32], [tokens, width, heads]: [usize; 3], output: &mut [f32]) {
    let head = width / heads;
    let (key_len, value_len) = (packed_len(head, tokens), packed_len(tokens, head));
    let mut room = vec![0.0; heads * (key_len + value_len)];
    for (qkv, output) in qkv.chunks_exact(tokens * 3 * width).zip(output.chunks_exact_mut(tokens * width)) {
        // The keys and values of each head, packed once for all queries.
        let packed: Vec<_> = room
            .par_chunks_exact_mut(key_len + value_len)
            .enumerate()
            .map(|(index, room)| {
                let (keys, values) = room.split_at_mut(key_len);
                let (key, value) = (&qkv[width + index * head..], &qkv[2 * width + index * head..]);
                let keys = Panels::transposed(key, 3 * width, [head, tokens], keys);
                (keys, Panels::of_rows(value, 3 * width, [tokens, head], values))
            })
            .collect();
        let rows = rows_per_task(tokens);
        let queries = qkv.par_chunks(rows * 3 * width);
        output.par_chunks_mut(rows * width).zip(queries).for_each(|(output, queries)| {
            output.fill(0.0);
            with_scratch([output.len() / width * tokens], |[scores]| {
                for (index, (keys, values)) in packed.iter().enumerate() {
                    let from = index * head;
                    scores.fill(0.0);
                    add_product(&queries[from..], 3 * width, *keys, scores, tokens);
                    kernels::softmax(scores, tokens, (head as f32).powf(-0.5));
                    add_product(scores, tokens, *values, &mut output[from..], width);
                }
            });
        });
    }
}
