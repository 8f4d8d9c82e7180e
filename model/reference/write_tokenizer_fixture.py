"""Writes tests/fixtures/tokenizer.json: the released tokenizer, pruned to what the golden prompts need.

    python model/reference/write_tokenizer_fixture.py PATH/TO/released/tokenizer.json

Ids stay those of the released vocabulary. Kept are the tokens of the 256 bytes, the five special ones, and the merges
that encoding the prompts of golden.json goes through; byte-pair encoding picks the same merges in the same order
whatever others there are. Needs the package `tokenizers`.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, pre_tokenizers

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"


def used_merges(word: str, ranks: dict[tuple[str, str], int]) -> set[tuple[str, str]]:
    """The merges that encoding one pre-token goes through."""
    parts, used = list(word), set()
    while True:
        pairs = [pair for pair in zip(parts, parts[1:]) if pair in ranks]
        if not pairs:
            return used
        best = min(pairs, key=ranks.__getitem__)
        used.add(best)
        merged, position = [], 0
        while position < len(parts):
            if tuple(parts[position : position + 2]) == best:
                merged.append("".join(best))
                position += 2
            else:
                merged.append(parts[position])
                position += 1
        parts = merged


def main() -> None:
    released = json.loads(Path(sys.argv[1]).read_text())
    golden = json.loads((FIXTURES / "golden.json").read_text())
    model = released["model"]
    merges = [tuple(merge.split(" ")) for merge in model["merges"]]
    ranks = {merge: rank for rank, merge in enumerate(merges)}
    split = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    words = {word for case in golden["prompts"].values() for word, _ in split(case["prompt"])}
    used = set().union(*(used_merges(word, ranks) for word in words))

    specials = {token["content"] for token in released["added_tokens"]}
    kept = specials | set(pre_tokenizers.ByteLevel.alphabet()) | {a + b for a, b in used}
    # A pair's halves are bytes or the result of merges that were used before it.
    assert all(half in kept for merge in used for half in merge)
    model["vocab"] = {token: number for token, number in model["vocab"].items() if token in kept}
    model["merges"] = [" ".join(merge) for merge in merges if merge in used]

    path = FIXTURES / "tokenizer.json"
    path.write_text(json.dumps(released, ensure_ascii=False, indent=0) + "\n")
    pruned = Tokenizer.from_file(str(path))
    for case in golden["prompts"].values():
        if "<loc_" not in case["prompt"]:
            assert pruned.encode(case["prompt"]).ids == case["ids"], case
    print(f"{path}: {len(model['vocab'])} tokens, {len(used)} merges, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
