//! Compares this crate with what `model/reference/parity.py` wrote, for `cargo xtask parity`.
//!
//! Takes the folder of the reference's results and a checkpoint's name in it; prints a Markdown table of the largest
//! differences and whether the generated tokens are equal. Exit status 1 means that they disagree.

use std::{collections::BTreeMap, error::Error, fs, path::Path, process::ExitCode};

use safetensors::SafeTensors;
use serde::Deserialize;
use vasari_model::{
    config::{EarlyStopping, PreprocessorConfig},
    image::{Limits, decode, preprocess},
    testing::{GenerateCase, TinyModel},
};

/// Both sides add up in f32, in different orders: that leaves about 2e-6 with these weights. `full_size.py` draws them so
/// that rounding does not grow from layer to layer.
const TOLERANCE: f32 = 1e-4;
const SIDE: usize = 768;

/// What one photograph is asked.
#[derive(Debug, Deserialize)]
struct Input {
    photo: String,
    prompt_ids: Vec<u32>,
}

/// What the reference generated for one photograph.
#[derive(Debug, Deserialize)]
struct Sequence {
    photo: String,
    num_beams: usize,
    max_new_tokens: usize,
    ids: Vec<u32>,
}

/// The largest differences by step, over all photographs: relative to the step's largest magnitude.
#[derive(Debug, Default)]
struct Differences(BTreeMap<String, f32>);

impl Differences {
    fn compare(&mut self, step: &str, found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len(), "{step} has another size than the reference's");
        let magnitude = expected.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
        // A NaN compares false with everything and must not pass for a small difference.
        let apart = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
        let difference = found.iter().zip(expected).map(apart).fold(0.0, f32::max) / magnitude;
        let largest = self.0.entry(step.to_owned()).or_default();
        *largest = largest.max(difference);
    }

    fn agree(&self) -> bool {
        self.0.values().all(|difference| *difference <= TOLERANCE)
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, checkpoint] = arguments.as_slice() else {
        return Err("usage: parity FOLDER native|original".into());
    };
    let folder = Path::new(folder);
    let model = TinyModel::load(&folder.join(checkpoint))?;

    let inputs: Vec<Input> = serde_json::from_slice(&fs::read(folder.join("inputs.json"))?)?;
    let pixel_bytes = fs::read(folder.join("inputs.safetensors"))?;
    let reference_bytes = fs::read(folder.join("reference.safetensors"))?;
    let reference_pixels = SafeTensors::deserialize(&pixel_bytes)?;
    let reference = SafeTensors::deserialize(&reference_bytes)?;

    let mut differences = Differences::default();
    for input in &inputs {
        let pixels = photo_pixels(folder, &input.photo)?;
        let expected = |name: &str| floats(&reference, &format!("{}.{name}", input.photo));
        differences.compare(
            "0 pixel values",
            &pixels,
            &floats(&reference_pixels, &format!("{}.pixel_values", input.photo))?,
        );
        for (stage, (values, _)) in model.vision_stages(&pixels, 1, SIDE, SIDE).iter().enumerate() {
            let expected = expected(&format!("vision_stage_{stage}"))?;
            differences.compare(&format!("1 vision tower, stage {}", stage + 1), values, &expected);
        }
        let (features, _) = model.image_features(&pixels, 1, SIDE, SIDE);
        differences.compare("2 projector", &features, &expected("image_features")?);
        let prompts = std::slice::from_ref(&input.prompt_ids);
        let encoded = model.encoder_output(&pixels, 1, SIDE, SIDE, prompts);
        differences.compare("3 encoder", &encoded[0].0, &expected("encoder_output")?);
        let logits = model.first_logits(&pixels, 1, SIDE, SIDE, prompts);
        differences.compare("4 first logits", &logits[0], &expected("first_logits")?);
    }
    println!("| step ({checkpoint} checkpoint) | largest difference, relative |\n|---|---|");
    for (step, difference) in &differences.0 {
        println!("| {} | {difference:.1e} |", &step[2..]);
    }

    println!("\n| photograph | beams | tokens | equal |\n|---|---|---|---|");
    let sequences: Vec<Sequence> = serde_json::from_slice(&fs::read(folder.join("sequences.json"))?)?;
    let mut all_equal = true;
    for sequence in &sequences {
        let input = inputs.iter().find(|input| input.photo == sequence.photo).ok_or("a sequence without a photo")?;
        let pixels = photo_pixels(folder, &sequence.photo)?;
        let case = GenerateCase {
            num_beams: sequence.num_beams,
            max_new_tokens: sequence.max_new_tokens,
            early_stopping: EarlyStopping::Always,
            no_repeat_ngram_size: 3,
            length_penalty: 1.0,
        };
        let prompts = std::slice::from_ref(&input.prompt_ids);
        let found = model.generate(&pixels, 1, SIDE, SIDE, prompts, &[case]);
        let expected = &sequence.ids;
        let equal = &found[0].ids == expected;
        let common = found[0].ids.iter().zip(expected).take_while(|(a, b)| a == b).count();
        let verdict = if equal { "yes".to_owned() } else { format!("no, from token {}", common + 1) };
        println!("| {} | {} | {} | {verdict} |", sequence.photo, sequence.num_beams, expected.len());
        all_equal &= equal;
    }
    println!();
    Ok(if all_equal && differences.agree() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn photo_pixels(folder: &Path, photo: &str) -> Result<Vec<f32>, Box<dyn Error>> {
    let image = decode(&fs::read(folder.join("photos").join(format!("{photo}.png")))?, &Limits::default())?;
    Ok(preprocess(&image, &PreprocessorConfig::default()))
}

fn floats(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, safetensors::SafeTensorError> {
    let (words, _) = tensors.tensor(name)?.data().as_chunks::<4>();
    Ok(words.iter().map(|word| f32::from_le_bytes(*word)).collect())
}
