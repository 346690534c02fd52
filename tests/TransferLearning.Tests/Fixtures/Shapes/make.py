"""Lists what a checkpoint of a torchvision network holds, for networks too large for a golden of their numbers.

    python3 make.py [ARCHITECTURE ...]

Writes ARCHITECTURE.txt beside this script: one line per entry of the state dict, in order: name, shape, type.
Without arguments: every classifier of torchvision (0.14) that ../Parity/models has no golden of.
"""
import pathlib
import sys

import torch
import torchvision

HERE = pathlib.Path(__file__).parent


def unfilled(tensor, *_, **__):
    return tensor


def main():
    for name in ("normal_", "trunc_normal_", "kaiming_normal_", "kaiming_uniform_", "xavier_uniform_"):
        setattr(torch.nn.init, name, unfilled)  # only shapes matter here
    golden = {path.stem for path in (HERE.parent / "Parity" / "models").glob("*.json")}
    for name in sys.argv[1:] or sorted(set(torchvision.models.list_models(torchvision.models)) - golden):
        state = torchvision.models.get_model(name, weights=None).state_dict()
        lines = [f"{key} {list(value.shape)} {str(value.dtype).removeprefix('torch.')}" for key, value in state.items()]
        (HERE / f"{name}.txt").write_text("\n".join(lines) + "\n")
        print(name, len(lines))


if __name__ == "__main__":
    main()
