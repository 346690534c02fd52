"""Writes position_grids.json: position embeddings before and after torchvision's interpolate_embeddings (0.14), small sizes.

    python3 make_position_grids.py
"""
import json
import pathlib

import torch
from torchvision.models.vision_transformer import interpolate_embeddings

PATCH = 2
CASES = [(2, 3), (3, 2), (4, 7), (7, 4), (5, 1), (1, 4), (6, 11)]  # patches in a row, before and after


def main():
    torch.manual_seed(0)
    cases = []
    for before, after in CASES:
        stored = torch.randn(1, 1 + before * before, 3)
        state = interpolate_embeddings(after * PATCH, PATCH, {"encoder.pos_embedding": stored.clone()})
        resized = state["encoder.pos_embedding"]
        cases.append({
            "stored": {"shape": list(stored.shape), "values": stored.flatten().tolist()},
            "side": after,
            "resized": {"shape": list(resized.shape), "values": resized.flatten().tolist()},
        })
    path = pathlib.Path(__file__).with_name("position_grids.json")
    path.write_text(json.dumps({"made_with": f"torch {torch.__version__}", "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
