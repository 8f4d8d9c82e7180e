//! The blocks that are one operation here, against the same put together of burn's operations, which other backends run.

use burn::tensor::{Distribution, Tensor, module::conv2d, ops::ConvOptions};
use burn_flex::Flex;

use super::FEW_ROWS;
use crate::nn::{
    FlorenceBackend,
    layers::{LayerNorm, Linear, Mlp},
    vision::{ChannelAttention, FeatureMap, WindowAttention},
};

/// Sums of some hundred products, in another order.
const TOLERANCE: f32 = 2e-4;

/// Whole numbers from -11 to 11.
pub(super) fn numbers(count: usize, step: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * step) % 23) as f32 - 11.0).collect()
}

fn random<const D: usize>(dims: [usize; D]) -> Tensor<Flex, D> {
    Tensor::random(dims, Distribution::Uniform(-1.0, 1.0), &burn_flex::FlexDevice)
}

fn linear(inside: usize, outside: usize) -> Linear<Flex> {
    let scale = (inside as f32).powf(-0.5);
    Linear { weight: random([outside, inside]).mul_scalar(scale), bias: Some(random([outside])) }
}

fn norm(width: usize) -> LayerNorm<Flex> {
    LayerNorm { gamma: random([width]), beta: random([width]) }
}

fn expect_equal<const D: usize>(ours: Tensor<Flex, D>, theirs: Tensor<Flex, D>, what: &str) {
    assert_eq!(ours.dims(), theirs.dims(), "{what}");
    let difference = (ours - theirs).abs().max().into_scalar();
    assert!(difference < TOLERANCE, "{what}: off by {difference}");
}

#[test]
fn feed_forward_is_norm_two_layers_and_what_came_in() {
    for rows in [1, 7, 300] {
        let (x, norm, mlp) = (random([2, rows, 40]), norm(40), Mlp { fc1: linear(40, 160), fc2: linear(160, 40) });
        let expected = mlp.forward(norm.forward(x.clone())) + x.clone();
        expect_equal(Flex::feed_forward(x, &norm, &mlp), expected, &format!("{rows} rows"));
    }
}

#[test]
fn windows_attend_also_where_they_reach_beyond_the_map() {
    for (height, width) in [(12, 12), (24, 36), (5, 7), (13, 25), (12, 3)] {
        let (norm, channels) = (norm(64), 64);
        let attention = WindowAttention {
            qkv: linear(channels, 3 * channels),
            proj: linear(channels, channels),
            heads: 2,
            window: 12,
        };
        let map = FeatureMap { tokens: random([2, height * width, channels]), height, width };
        let expected = attention.forward(&map.with(norm.forward(map.tokens.clone()))) + map.tokens.clone();
        let ours = Flex::window_attention(map, &norm, &attention);
        expect_equal(ours.tokens, expected, &format!("{height} × {width}"));
    }
}

#[test]
fn channels_attend_over_all_cells() {
    for cells in [1, 95, 577] {
        let (norm, channels) = (norm(64), 64);
        let attention =
            ChannelAttention { qkv: linear(channels, 3 * channels), proj: linear(channels, channels), groups: 2 };
        let tokens = random([2, cells, channels]);
        let expected = attention.forward(norm.forward(tokens.clone())) + tokens.clone();
        expect_equal(Flex::channel_attention(tokens, &norm, &attention), expected, &format!("{cells} cells"));
    }
}

#[test]
fn tokens_attend_over_the_whole_sequence() {
    for tokens in [1, 48, 130] {
        let qkv = random([2, tokens, 3 * 32]);
        let [q, k, v] =
            [0, 1, 2].map(|part| qkv.clone().narrow(2, 32 * part, 32).reshape([2, tokens, 4, 8]).permute([0, 2, 1, 3]));
        let weights = Flex::scaled_softmax(q.matmul(k.swap_dims(2, 3)), 8_f32.powf(-0.5));
        let expected = weights.matmul(v).permute([0, 2, 1, 3]).reshape([2, tokens, 32]);
        expect_equal(Flex::self_attention(qkv, 4), expected, &format!("{tokens} tokens"));
    }
}

#[test]
fn convolutions_are_burns_with_the_channels_last() {
    for (side, channels, kernel, stride, padding) in
        [([32, 20], 3, 7, 4, 3), ([9, 12], 16, 3, 2, 1), ([2, 5], 4, 2, 2, 0)]
    {
        let (x, weight, bias) =
            (random([2, side[0], side[1], channels]), random([24, channels, kernel, kernel]), random([24]));
        let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
        let expected = conv2d(x.clone().permute([0, 3, 1, 2]), weight.clone(), Some(bias.clone()), options);
        let ours = Flex::convolution(x, &weight.permute([0, 2, 3, 1]), &bias, [stride, padding]);
        expect_equal(ours, expected.permute([0, 2, 3, 1]), &format!("{side:?} by {kernel}"));
    }
}

#[test]
fn linear_layers_are_the_same_for_many_rows_as_for_few() {
    let rows = FEW_ROWS + 50;
    let (x, linear) = (random([rows, 70]), linear(70, 130));
    let few = Tensor::cat((0..rows).map(|row| linear.forward_gelu(x.clone().narrow(0, row, 1))).collect(), 0);
    expect_equal(linear.forward_gelu(x), few, "GELU");
}
