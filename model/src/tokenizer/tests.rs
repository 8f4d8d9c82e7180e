use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{TextStream, Tokenizer, TokenizerError};

const GOLDEN: &str = include_str!("../../tests/fixtures/golden.json");
/// The released tokenizer, pruned to what the golden prompts need; ids are the released ones.
const PRUNED: &str = include_str!("../../tests/fixtures/tokenizer.json");

fn in_crate(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn pruned() -> Tokenizer {
    Tokenizer::from_file(in_crate("tests/fixtures/tokenizer.json")).unwrap()
}

fn demo() -> Tokenizer {
    Tokenizer::from_file(in_crate("demo/checkpoint/tokenizer.json")).unwrap()
}

/// What loading answers to the pruned tokenizer after `change`.
fn load_changed(change: impl FnOnce(&mut Value)) -> Result<Tokenizer, TokenizerError> {
    let mut json: Value = serde_json::from_str(PRUNED).unwrap();
    change(&mut json);
    Tokenizer::from_json(json.to_string().as_bytes(), Path::new("checkpoint/tokenizer.json"))
}

fn assert_golden_ids(tokenizer: &Tokenizer) {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let prompts = golden["prompts"].as_object().unwrap();
    assert_eq!(prompts.len(), 15);
    for case in prompts.values() {
        let (prompt, ids): (String, Vec<u32>) = serde_json::from_value(json!([case["prompt"], case["ids"]])).unwrap();
        assert_eq!(tokenizer.encode_prompt(&prompt), ids, "{prompt}");
        assert_eq!(tokenizer.decode(&ids), format!("<s>{prompt}</s>"));
    }
    for (token, id) in golden["added_token_ids"].as_object().unwrap() {
        assert_eq!(tokenizer.encode_prompt(token), [0, id.as_u64().unwrap() as u32, 2], "{token}");
    }
    assert_eq!((tokenizer.loc_id(0), tokenizer.loc_id(999), tokenizer.loc_id(1000)), (50_269, 51_268, 51_268));
    assert_eq!(tokenizer.loc_bin(50_269 + 774), Some(774));
    assert_eq!([50_268, 51_269, 0, u32::MAX].map(|id| tokenizer.loc_bin(id)), [None; 4]);
    assert_eq!((tokenizer.vocab_size(), tokenizer.usable_vocab(), tokenizer.image_id()), (51_289, 51_289, None));
    assert_eq!((tokenizer.bos_id(), tokenizer.pad_id(), tokenizer.eos_id()), (0, 1, 2));
}

#[test]
fn token_ids_of_all_prompts_are_the_references() {
    assert_golden_ids(&pruned());
}

#[test]
fn token_ids_of_the_released_tokenizer_are_the_references() {
    let path = in_crate("../../shared/florence2/tokenizer.json");
    if !path.exists() {
        eprintln!("skipped: token_ids_of_the_released_tokenizer_are_the_references: ../shared is not here");
        return;
    }
    let tokenizer = Tokenizer::from_file(&path).unwrap();
    assert_golden_ids(&tokenizer);
    let text = "A café on the 3rd street, 日本 — \u{1F980}\n\n  don't!";
    let ids = tokenizer.encode_prompt(text);
    assert_eq!(tokenizer.decode(&ids), format!("<s>{text}</s>"));
}

#[test]
fn a_tokenizer_that_has_the_added_tokens_keeps_its_ids() {
    let tokenizer = demo();
    let (first, image) = (tokenizer.loc_id(0), tokenizer.image_id().unwrap());
    assert_eq!(tokenizer.decode(&[first, first + 999]), "<loc_0><loc_999>");
    assert_eq!(tokenizer.vocab_size(), image as usize + 1);
    assert_eq!(tokenizer.usable_vocab(), image as usize);
    let ids = tokenizer.encode_prompt("a red apple<loc_7>");
    assert_eq!(tokenizer.decode(&ids), "<s>a red apple<loc_7></s>");
    assert_eq!(tokenizer.loc_bin(ids[ids.len() - 2]), Some(7));
    assert!(tokenizer.is_special(first) && tokenizer.is_special(image) && tokenizer.is_special(0));
    assert!(!tokenizer.is_special(ids[1]) && !tokenizer.is_special(u32::MAX));
}

#[test]
fn decoding_is_the_tokenizers_librarys() {
    for path in ["tests/fixtures/tokenizer.json", "demo/checkpoint/tokenizer.json"].map(in_crate) {
        let tokenizer = Tokenizer::from_file(&path).unwrap();
        let mut library = tokenizers::Tokenizer::from_file(&path).unwrap();
        super::added_tokens::complete(&mut library).unwrap();
        for case in 0..200_u32 {
            // Every third sequence breaks characters apart, because its ids are drawn among the tokens of single bytes.
            let highest = if case % 3 == 0 { 300 } else { tokenizer.vocab_size() as u32 };
            let draw = |position: u32| (case * 7919 + position * 104_729).wrapping_mul(2_654_435_761) % highest;
            let ids: Vec<u32> = (0..case % 13).map(draw).collect();
            assert_eq!(tokenizer.decode(&ids), library.decode(&ids, false).unwrap(), "{ids:?}");
        }
    }
}

#[test]
fn bytes_know_the_token_they_came_from() {
    let tokenizer = pruned();
    let ids = tokenizer.encode_prompt("é<loc_3>");
    // `<s>`, the two bytes of é, the location, `</s>`.
    assert_eq!(ids.len(), 5);
    let decoded = tokenizer.decode_with_owners(&ids);
    assert_eq!(decoded.text, "<s>é<loc_3></s>");
    assert_eq!(decoded.owners, [0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4]);
    let broken = tokenizer.decode_with_owners(&[ids[1], ids[3], ids[2]]);
    assert_eq!(broken.text, "\u{FFFD}<loc_3>\u{FFFD}");
    assert_eq!(broken.owners, [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]);
}

#[test]
fn a_stream_gives_out_whole_characters_only() {
    let tokenizer = pruned();
    let mut stream = TextStream::default();
    let pieces: Vec<String> =
        tokenizer.encode_prompt("a🦀é<loc_3>").iter().map(|&id| stream.push(&tokenizer, id)).collect();
    assert_eq!(pieces, ["", "a", "", "", "", "🦀", "", "é", "<loc_3>", ""]);
    assert_eq!(stream.push(&tokenizer, tokenizer.pad_id()), "");
    assert_eq!(stream.finish(), "");
}

#[test]
fn a_stream_marks_broken_characters() {
    let tokenizer = pruned();
    let crab = tokenizer.encode_prompt("🦀");
    let letter = tokenizer.encode_prompt("a")[1];
    let mut stream = TextStream::default();
    let pieces = [crab[1], crab[2], letter, crab[4], crab[1]].map(|id| stream.push(&tokenizer, id));
    assert_eq!(pieces, ["", "", "\u{FFFD}a", "\u{FFFD}", ""]);
    assert_eq!(stream.finish(), "\u{FFFD}");
}

#[test]
fn what_can_not_be_used_is_named() {
    let missing = Tokenizer::from_file("nowhere/tokenizer.json").unwrap_err().to_string();
    assert!(missing.contains("nowhere/tokenizer.json can't be read"), "{missing}");
    let cut = Tokenizer::from_json(&PRUNED.as_bytes()[..1000], Path::new("cut.json")).unwrap_err().to_string();
    assert!(cut.starts_with("cut.json is not a tokenizer.json"), "{cut}");

    let added = |id: u32, content: &str| {
        json!({ "id": id, "content": content, "special": true, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false })
    };
    let message = |result: Result<Tokenizer, TokenizerError>| {
        let message = result.unwrap_err().to_string();
        assert!(message.starts_with("the tokenizer checkpoint/tokenizer.json does not fit Florence-2: "), "{message}");
        message
    };
    let partial =
        message(load_changed(|json| json["added_tokens"].as_array_mut().unwrap().push(added(50_265, "<od>"))));
    assert!(partial.contains("only 1 of the 1024 tokens") && partial.contains("</od> is missing"), "{partial}");

    // Listed tokens count on from the pruned vocabulary's length.
    let swapped = message(load_changed(|json| {
        let tokens = json["added_tokens"].as_array_mut().unwrap();
        let names: Vec<String> = super::added_tokens::all().collect();
        let order = (0..names.len()).map(|index| {
            if index == 10 {
                11
            } else if index == 11 {
                10
            } else {
                index
            }
        });
        tokens.extend(order.enumerate().map(|(at, index)| added(50_265 + at as u32, &names[index])));
    }));
    assert!(swapped.contains("<loc_6> has the id 428, but after <loc_0> at 421 it must be 427"), "{swapped}");

    let no_byte = message(load_changed(|json| drop(json["model"]["vocab"].as_object_mut().unwrap().remove("!"))));
    assert!(no_byte.contains("no token for the byte 0x21"), "{no_byte}");

    let other_model = message(load_changed(|json| {
        json["model"] = json!({ "type": "WordLevel", "vocab": { "<s>": 0 }, "unk_token": "<unk>" });
    }));
    assert!(other_model.contains("its model is not BPE"), "{other_model}");

    let huge = message(load_changed(|json| json["model"]["vocab"]["Ġq"] = json!(4_000_000_000_u32)));
    assert!(huge.contains("the id 4000000000 of Ġq is higher"), "{huge}");

    let normalizing = load_changed(|json| json["normalizer"] = json!({ "type": "NFC" })).unwrap_err().to_string();
    assert!(normalizing.contains("it has a normalizer"), "{normalizing}");
}

#[test]
fn the_released_vocabulary_must_have_the_released_ids() {
    // 50,265 base entries, one of which stands where `<od>` belongs.
    let message = load_changed(|json| {
        let vocab = json["model"]["vocab"].as_object_mut().unwrap();
        let missing = 50_265 - vocab.len() as u32;
        vocab.extend((0..missing).map(|number| (format!("filler{number}"), json!(60_000 + number))));
        let token = json!({ "id": 50_265, "content": "<extra>", "special": true, "single_word": false, "lstrip": false,
                            "rstrip": false, "normalized": false });
        json["added_tokens"].as_array_mut().unwrap().push(token);
    });
    let message = message.unwrap_err().to_string();
    assert!(message.contains("<loc_0> has the id 50270") && message.contains("it must be 50269"), "{message}");
}
