//! This crate's half of `cargo xtask bench model`: does what it is told, and says how long it took.
//!
//! Reads one command a line from standard input (`vision`, `encoder`, `first_token`, `greedy`, `beams`, `memory`) and
//! answers each with one number on standard output: milliseconds, or for `memory` the most MiB this process has held.
//! Prints `ready` once the model is loaded. `model/reference/bench.py` is the other half and speaks the same.

use std::{
    error::Error,
    fs,
    io::{BufRead, Write},
    path::Path,
    time::Instant,
};

use safetensors::SafeTensors;
use serde_json::Value;
use vasari_model::{
    config::EarlyStopping,
    testing::{GenerateCase, TinyModel},
};

const SIDE: usize = 768;

/// The same picture, prompt and search for every command.
struct Bench {
    model: TinyModel,
    pixels: Vec<f32>,
    prompts: Vec<Vec<u32>>,
}

impl Bench {
    fn load(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let inputs: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("inputs.json"))?)?;
        let input = inputs.first().ok_or("inputs.json is empty")?;
        let photo = input["photo"].as_str().ok_or("inputs.json names no photo")?;
        let bytes = fs::read(folder.join("inputs.safetensors"))?;
        let tensors = SafeTensors::deserialize(&bytes)?;
        let (words, _) = tensors.tensor(&format!("{photo}.pixel_values"))?.data().as_chunks::<4>();
        Ok(Self {
            model: TinyModel::load(&folder.join("native"))?,
            pixels: words.iter().map(|word| f32::from_le_bytes(*word)).collect(),
            prompts: vec![serde_json::from_value(input["prompt_ids"].clone())?],
        })
    }

    fn run(&self, command: &str) -> Result<(), String> {
        let (model, pixels, prompts) = (&self.model, &self.pixels, &self.prompts);
        match command {
            "vision" => drop(model.image_features(pixels, 1, SIDE, SIDE)),
            "encoder" => drop(model.encoder_output(pixels, 1, SIDE, SIDE, prompts)),
            "first_token" => drop(model.first_logits(pixels, 1, SIDE, SIDE, prompts)),
            "greedy" => self.generate(1),
            "beams" => self.generate(3),
            other => return Err(format!("unknown command {other:?}")),
        }
        Ok(())
    }

    /// 40 tokens, as `parity.generate` of the reference's half.
    fn generate(&self, num_beams: usize) {
        let case = GenerateCase {
            num_beams,
            max_new_tokens: 40,
            early_stopping: EarlyStopping::Always,
            no_repeat_ngram_size: 3,
            length_penalty: 1.0,
        };
        let generated = self.model.generate(&self.pixels, 1, SIDE, SIDE, &self.prompts, &[case]);
        assert_eq!(generated[0].ids.len(), 41, "random weights never end a sequence early");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: bench FOLDER")?;
    let bench = Bench::load(Path::new(&folder))?;
    let mut answers = std::io::stdout().lock();
    writeln!(answers, "ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let command = line.trim();
        if command == "memory" {
            writeln!(answers, "{}", peak_mebibytes()?)?;
        } else {
            let started = Instant::now();
            bench.run(command)?;
            writeln!(answers, "{}", started.elapsed().as_secs_f64() * 1000.0)?;
        }
        answers.flush()?;
    }
    Ok(())
}

fn peak_mebibytes() -> Result<f64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes / 1024.0)
}
