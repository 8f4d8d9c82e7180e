"""Trains the demo checkpoint on generated scenes, on the CPU. README.md tells how long what ships took.

Stage 1 teaches the vision tower alone: each cell of its last feature map names the pictogram on it and where that ends.
Without it the sentences' loss stalls with the picture ignored. Stage 2 teaches the whole model sentences and boxes, at a
learning rate that stays high. Stage 3 polishes: the rate falls to zero and locations are asked for more sharply.
"""

import argparse
import math
import os
import random
import time
from pathlib import Path

import torch
from torch import distributed, nn

import locations
import network
import questions
import scenes

PICTURES = 32  # a step, shared by the workers; each is asked a caption, a detection and one other question
SHORT, LONG = (12, 28), (34, 36)  # tokens of prompt and answer; fixed, so that each shape is compiled once
SAVE_SECONDS = 240


def main() -> None:
    arguments = parse_arguments()
    arguments.state.mkdir(parents=True, exist_ok=True)
    meeting = arguments.state / "meeting"
    meeting.unlink(missing_ok=True)
    torch.multiprocessing.spawn(work, (arguments, str(meeting)), nprocs=arguments.workers)


def work(rank: int, arguments: argparse.Namespace, meeting: str) -> None:
    """One worker: its own scenes, one thread. They meet once a step, which a busy machine disturbs less than threads."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=arguments.workers)
    trainer = Trainer(arguments, rank)
    for stage in (1, 2, 3):
        trainer.run(stage, minutes=getattr(arguments, f"stage{stage}"))
    if rank == 0:
        network.save(arguments.out, trainer.model, trainer.tokenizer)
        print(f"wrote {arguments.out}; measure it with evaluate.py")
    distributed.destroy_process_group()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the checkpoint (f16)")
    parser.add_argument("--stage1", type=float, default=20, metavar="MINUTES", help="tower on cells and boxes (default 20)")
    parser.add_argument("--stage2", type=float, default=60, metavar="MINUTES", help="sentences (default 60)")
    parser.add_argument("--stage3", type=float, default=30, metavar="MINUTES", help="polish (default 30)")
    parser.add_argument("--init", type=Path, metavar="FOLDER", help="start from this checkpoint's weights and tokenizer")
    parser.add_argument("--fresh-locations", action="store_true", help="with --init: start the location tokens anew")
    parser.add_argument("--state", type=Path, default=Path("demo-train"), help="folder for resumable states (default demo-train)")
    parser.add_argument("--resume", action="store_true", help="go on from the last state; minutes may be changed")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes of one thread each (default one per core)")
    return parser.parse_args()


class QuickLinear(nn.Linear):
    """A linear layer that multiplies in bf16, five times as fast here as f32; all else stays in f32."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        bias = None if self.bias is None else self.bias.bfloat16()
        return nn.functional.linear(x.bfloat16(), self.weight.bfloat16(), bias).float()


class Tower(nn.Module):
    """The vision tower with heads that only training needs: pictogram and edges of each cell, background of the whole."""

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone
        self.cells, self.background = nn.Conv2d(192, len(scenes.NAMES) + 1, 1), nn.Linear(192, len(scenes.BACKGROUNDS))
        self.edges = nn.Sequential(nn.Conv2d(192, 192, 1), nn.GELU(), nn.Conv2d(192, 4, 1))

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, ...]:
        features = self.backbone(pictures).last_hidden_state
        return features, self.cells(features), self.edges(features), self.background(features.mean((2, 3)))


class Trainer:
    """Model, optimiser and progress; `run` does what is left of a stage."""

    def __init__(self, arguments: argparse.Namespace, rank: int):
        self.arguments, self.rank, self.pictures = arguments, rank, PICTURES // arguments.workers
        if arguments.init:
            self.model, self.tokenizer = network.load(arguments.init)
        else:
            self.tokenizer = network.build_tokenizer()
            self.model = network.build_model(self.tokenizer)
        for layer in self.model.model.modules():  # all but the output layer, whose fine differences count
            if type(layer) is nn.Linear:
                layer.__class__ = QuickLinear
        first = self.tokenizer.token_to_id("<loc_0>")
        self.smoother = locations.Smoother(self.model.model.language_model.shared.weight, first)
        if arguments.fresh_locations or not arguments.init:
            self.smoother.restart()
        self.tower = Tower(self.model.model.vision_tower)
        self.look = torch.compile(self.tower, dynamic=False)
        self.speak = torch.compile(self._speak, dynamic=False)
        self.spent, self.steps = {1: 0.0, 2: 0.0, 3: 0.0}, 0
        vision = list(self.tower.parameters())
        seen = {id(p) for p in vision}
        self.optimiser = torch.optim.AdamW(
            [dict(params=vision), dict(params=[p for p in self.model.parameters() if id(p) not in seen])],
            lr=1e-3, betas=(0.9, 0.98), weight_decay=0.03,
        )  # fmt: skip
        if arguments.resume:
            self._restore()

    def run(self, stage: int, minutes: float) -> None:
        """Trains until the stage's minutes are spent. Only time at work counts: a paused process loses nothing."""
        seed = scenes.SEEDS[{1: "tower", 2: "sentences", 3: "polish"}[stage]]
        rng = random.Random(f"train {seed}, step {self.steps}, worker {self.rank}")  # no number, so never a held-out seed
        asked = locations.Loss(self.tokenizer, softness={1: 1.0, 2: 0.8, 3: 0.45}[stage])
        saved = shown = time.time()
        average = None
        while self._agreed(self.spent[stage]) < minutes:
            begin = time.time()
            for group, rate in zip(self.optimiser.param_groups, rates(stage, self.spent[stage] / minutes)):
                group["lr"] = rate
            losses = self._losses(stage, rng, asked)
            self.optimiser.zero_grad()
            sum(losses).backward()
            self._share_gradients()
            if stage > 1:
                self.smoother.gradient()
            nn.utils.clip_grad_norm_([p for g in self.optimiser.param_groups for p in g["params"]], 1.0)
            self.optimiser.step()
            self.smoother.rows()
            self.steps += 1
            self.spent[stage] += min(time.time() - begin, 60) / 60
            values = torch.stack(losses).detach()
            average = values if average is None else 0.95 * average + 0.05 * values
            if self.rank:
                continue
            if time.time() - shown > 20:
                shown = time.time()
                parts = ", ".join(f"{v:.3f}" for v in average.tolist())
                print(f"stage {stage}, {minutes - self.spent[stage]:.1f} min left, step {self.steps}, losses {parts}", flush=True)
            if time.time() - saved > SAVE_SECONDS:
                saved = time.time()
                self._store()
        if minutes and self.rank == 0:
            self._store()

    def _agreed(self, spent: float) -> float:
        """The first worker's clock counts for all."""
        clock = torch.tensor(spent, dtype=torch.float64)
        distributed.broadcast(clock, 0)
        return clock.item()

    def _share_gradients(self) -> None:
        """Puts the workers' mean in place of each worker's own."""
        gradients = [p.grad for g in self.optimiser.param_groups for p in g["params"] if p.grad is not None]
        flat = torch.cat([g.flatten() for g in gradients])
        distributed.all_reduce(flat)
        for gradient, mean in zip(gradients, (flat / self.arguments.workers).split([g.numel() for g in gradients])):
            gradient.copy_(mean.view_as(gradient))

    def _losses(self, stage: int, rng: random.Random, asked: locations.Loss) -> list[torch.Tensor]:
        """Stage 1: cells and background, edges. Later also: short questions, long questions."""
        drawn = [scenes.scene(rng) for _ in range(self.pictures)]
        seen = self.look(network.pixels([scenes.draw(s, network.SIZE, network.SIZE) for s in drawn]))
        features, *heads = seen
        losses = cell_losses(drawn, *heads)
        if stage == 1:
            return losses
        tasks = [("<CAPTION>", "<OD>"), (questions.other_task,)]
        losses = [0.5 * loss for loss in losses]
        for kinds, lengths in zip(tasks, (SHORT, LONG)):
            rows = [questions.ask(t if isinstance(t, str) else t(rng), s, rng) for t in kinds for s in drawn]
            prompts, labels = self._tokens(rows, lengths)
            logits = self.speak(features, prompts, labels, len(kinds))
            losses.append(asked(logits, labels) * len(kinds) / 2)
        return losses

    def _tokens(self, rows: list[questions.Question], lengths: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        prompts = network.padded([self.tokenizer.encode(q.prompt).ids for q in rows], network.PAD, lengths[0])
        return prompts, network.padded([self.tokenizer.encode(q.answer).ids for q in rows], -100, lengths[1])

    def _speak(self, features: torch.Tensor, prompts: torch.Tensor, labels: torch.Tensor, times: int) -> torch.Tensor:
        """Logits [rows, answer, vocabulary]; features [pictures, 192, cells, cells] are used for `times` questions each."""
        inner = self.model.model
        image = inner.multi_modal_projector(features).repeat(times, 1, 1)
        words = inner.language_model.shared(prompts)
        attended = torch.cat([torch.ones(image.shape[:2], dtype=torch.long), (prompts != network.PAD).long()], 1)
        start = torch.full_like(labels[:, :1], network.END)
        before = torch.cat([start, labels[:, :-1].masked_fill(labels[:, :-1] < 0, network.PAD)], 1)
        out = inner.language_model(
            inputs_embeds=torch.cat([image, words], 1), attention_mask=attended, decoder_input_ids=before, use_cache=False
        )
        return self.model.lm_head(out.last_hidden_state)

    def _store(self) -> None:
        folder = self.arguments.state
        state = dict(
            model=self.model.state_dict(), tower=self.tower.state_dict(), optimiser=self.optimiser.state_dict(),
            spent=self.spent, steps=self.steps,
        )  # fmt: skip
        torch.save(state, folder / "state.new")
        (folder / "state.new").replace(folder / "state.pt")
        network.save(folder / "checkpoint", self.model, self.tokenizer)

    def _restore(self) -> None:
        state = torch.load(self.arguments.state / "state.pt", weights_only=False)
        self.model.load_state_dict(state["model"])
        self.tower.load_state_dict(state["tower"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.spent, self.steps = state["spent"], state["steps"]


def rates(stage: int, done: float) -> tuple[float, float]:
    """Learning rates of tower and language model when the share `done` of a stage is over."""
    warm = min(1.0, done / 0.03 + 0.01)
    if stage == 1:
        return 1.5e-3 * warm * (0.3 + 0.7 * 0.5 * (1 + math.cos(math.pi * done))), 0.0
    if stage == 2:
        return 1e-3 * warm, 1e-3 * warm
    left = 0.5 * (1 + math.cos(math.pi * done)) + 0.005
    return 1e-3 * left, 1e-3 * left


def cell_losses(
    drawn: list[scenes.Scene], cells: torch.Tensor, edges: torch.Tensor, background: torch.Tensor
) -> list[torch.Tensor]:
    """Cross-entropy of cells and background; distance and overlap of the boxes that the cells on a thing tell."""
    n = network.CELLS
    names, boxes = torch.full((len(drawn), n, n), len(scenes.NAMES)), torch.zeros(len(drawn), 4, n, n)
    middle = (torch.arange(n) + 0.5) / n
    for i, scene in enumerate(drawn):
        for thing in scene.things:
            x0, y0, x1, y1 = thing.box
            on = ((middle > y0) & (middle < y1))[:, None] & ((middle > x0) & (middle < x1))
            on[min(n - 1, int((y0 + y1) / 2 * n)), min(n - 1, int((x0 + x1) / 2 * n))] = True
            names[i][on] = scenes.NAMES.index(thing.name)
            boxes[i][:, on] = torch.tensor(thing.box)[:, None]
    colours = torch.tensor([scenes.BACKGROUNDS.index(s.background) for s in drawn])
    named = nn.functional.cross_entropy(cells.float(), names) + 0.3 * nn.functional.cross_entropy(background.float(), colours)
    on = names < len(scenes.NAMES)
    rows = torch.stack([middle.expand(n, n), middle[:, None].expand(n, n)] * 2)  # a cell tells edges from its own middle
    told, true = (edges.float() + rows).movedim(1, -1)[on], boxes.movedim(1, -1)[on]
    inside = (torch.minimum(told, true)[:, 2:] - torch.maximum(told, true)[:, :2]).clamp(min=0).prod(1)
    both = (told[:, 2:] - told[:, :2]).clamp(min=0).prod(1) + (true[:, 2:] - true[:, :2]).prod(1) - inside
    return [named, 10 * (told - true).abs().mean() + (1 - inside / both).mean()]


if __name__ == "__main__":
    main()
