"""Writes the small pytorch_model.bin that the tests of the checkpoint reader read.

    python write_bin_fixture.py

It holds what such files hold in practice: tensors in every floating-point type, two names for one tied table, a
parameter, views that start inside their storage or run across it, and a tensor of whole numbers.
"""

from collections import OrderedDict
from pathlib import Path

import torch

FIXTURE = Path(__file__).parent.parent / "tests" / "fixtures" / "pytorch_model.bin"


def main() -> None:
    table = torch.arange(12, dtype=torch.float32).reshape(6, 2)
    storage = torch.arange(10, dtype=torch.float32)
    tensors = OrderedDict(
        {
            "language_model.model.shared.weight": table,
            "language_model.model.encoder.embed_tokens.weight": table,
            "image_projection": torch.nn.Parameter(torch.arange(6, dtype=torch.float16).reshape(2, 3)),
            "image_proj_norm.weight": torch.tensor([0.5, -1.25, 3.0], dtype=torch.bfloat16),
            "image_proj_norm.bias": torch.tensor([1e-3, 2.0, -7.5], dtype=torch.float64),
            "view.offset": storage[4:8],
            "view.turned": torch.arange(6, dtype=torch.float32).reshape(2, 3).T,
            "scalar": torch.tensor(7.0),
            "ids": torch.arange(3),
        }
    )
    torch.save(tensors, FIXTURE)
    print(f"{FIXTURE.name}: {FIXTURE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
