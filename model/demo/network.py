"""The demo model: a Florence-2 of 5.7 million parameters, its tokenizer and its checkpoint files."""

import json
import random
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import Florence2Config, Florence2ForConditionalGeneration, GenerationConfig

import questions
import scenes

SIZE = 192  # pixels of a side of the picture the tower sees
CELLS = SIZE // 32  # of a side of its last feature map
START, PAD, END = 0, 1, 2
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def build_tokenizer() -> Tokenizer:
    """Byte-level BPE over the demo's own sentences, then Florence-2's added tokens in Florence-2's order."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    rng, corpus = random.Random(scenes.SEEDS["tokenizer"]), []
    for _ in range(3000):
        scene = scenes.scene(rng)
        for task in ("<CAPTION>", "<OD>", questions.other_task(rng)):
            question = questions.ask(task, scene, rng)
            corpus += [text.replace("<loc_", " ") for text in (question.prompt, question.answer)]
    tokenizer.train_from_iterator(
        corpus,
        trainers.BpeTrainer(
            vocab_size=800, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
        ),
    )

    def pairs(*names: str) -> list[str]:
        return [f"<{slash}{name}>" for name in names for slash in ("", "/")]

    added = ["<mask>", *pairs("od", "ocr"), *(f"<loc_{i}>" for i in range(1000))]
    added += [*pairs("cap", "ncap", "dcap", "grounding", "seg"), "<sep>"]
    added += [*pairs("region_cap", "region_to_desciption", "proposal", "poly"), "<and>", "<image>"]
    tokenizer.add_special_tokens([AddedToken(a, special=True, normalized=False) for a in added])
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", END), ("<s>", START), add_prefix_space=False)
    return tokenizer


def build_model(tokenizer: Tokenizer) -> Florence2ForConditionalGeneration:
    text = dict(
        model_type="bart", d_model=192, encoder_layers=2, decoder_layers=3, encoder_attention_heads=3, decoder_attention_heads=3,
        encoder_ffn_dim=768, decoder_ffn_dim=768, vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=256, dropout=0.0,
    )  # fmt: skip
    vision = dict(
        model_type="florence_vision", projection_dim=192, embed_dim=[32, 64, 128, 192], num_heads=[2, 4, 8, 12],
        num_groups=[2, 4, 8, 12], depths=[1, 1, 3, 1], window_size=6, drop_path_rate=0.0,
    )  # fmt: skip
    return Florence2ForConditionalGeneration(
        Florence2Config(text_config=text, vision_config=vision, image_token_id=tokenizer.token_to_id("<image>"))
    )


def load(folder: Path) -> tuple[Florence2ForConditionalGeneration, Tokenizer]:
    """A checkpoint's model in f32 and its tokenizer."""
    model = Florence2ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    return model, Tokenizer.from_file(str(folder / "tokenizer.json"))


def save(folder: Path, model: Florence2ForConditionalGeneration, tokenizer: Tokenizer) -> None:
    """Writes a checkpoint in f16, native layout; the model itself stays in f32."""
    half = build_model(tokenizer)
    half.load_state_dict(model.state_dict())
    half.generation_config = GenerationConfig(
        bos_token_id=START, pad_token_id=PAD, eos_token_id=END, decoder_start_token_id=END, forced_bos_token_id=START,
        forced_eos_token_id=END, num_beams=3, early_stopping=True, no_repeat_ngram_size=3, max_length=128,
    )  # fmt: skip
    half.half().save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    processor = {
        "size": {"height": SIZE, "width": SIZE}, "resample": 3, "do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": MEAN, "image_std": STD, "image_seq_length": CELLS * CELLS + 1,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(processor, indent=1) + "\n")


def pixels(pictures: list[Image.Image]) -> torch.Tensor:
    """Pictures of any size as the tower wants them, [pictures, 3, SIZE, SIZE], resized as Pillow does."""
    resized = [p if p.size == (SIZE, SIZE) else p.resize((SIZE, SIZE), Image.BICUBIC) for p in pictures]
    values = torch.from_numpy(np.stack([np.asarray(p) for p in resized])).permute(0, 3, 1, 2).float() / 255
    return (values - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(1, 3, 1, 1)


def padded(rows: list[list[int]], fill: int, width: int | None = None) -> torch.Tensor:
    width = width or max(map(len, rows))
    return torch.tensor([row + [fill] * (width - len(row)) for row in rows])
