"""Write the SentencePiece models and goldens of this folder with sentencepiece 0.1.97.

Usage: generate.py DOCS_FOLDER

The models learn from the project's own documentation: small, with pieces for bytes and
pieces of the user's own.  golden.json holds texts, and for each model their ids and the
text that the ids give back.
"""
import json
import pathlib
import random
import sys

import sentencepiece

OPTIONS = {
    "bpe": dict(model_type="bpe", vocab_size=700, byte_fallback=True, remove_extra_whitespaces=False, split_digits=True),
    "unigram": dict(model_type="unigram", vocab_size=700, byte_fallback=True),
    "unigram_unknown": dict(model_type="unigram", vocab_size=400, split_by_whitespace=False),
    "unigram_suffix": dict(model_type="unigram", vocab_size=400, treat_whitespace_as_suffix=True),
}
RANGES = [(0x20, 0x7F)] * 4 + [(0xA0, 0x250), (0x370, 0x400), (0x4E00, 0x4F00), (0x1F600, 0x1F640), (0x300, 0x320)]
WORDS = ["<sep>", "the", "##", " ", "  ", "\t", "\n", "▁", "training", "weights", "ing", "a"]


def texts(lines):
    draw = random.Random(3)
    for _ in range(60):
        parts = []
        for _ in range(draw.randrange(1, 25)):
            first, last = draw.choice(RANGES)
            parts.append(draw.choice([chr(draw.randrange(first, last)), draw.choice(WORDS), draw.choice(draw.choice(lines).split(" "))]))
        yield "".join(parts)
    yield from draw.sample(lines, 20)
    yield from ["", " ", "   leading and trailing   ", "a" * 60, "na" * 40, "12345 67", "<s> </s> <unk> <0x41>"]


def main(docs):
    lines = [line for path in sorted(pathlib.Path(docs).glob("*.md")) for line in path.read_text("utf-8").splitlines() if line.strip()]
    pathlib.Path("lines.txt").write_text("\n".join(lines), "utf-8")
    models = {}
    for name, options in OPTIONS.items():
        sentencepiece.SentencePieceTrainer.train(
            input="lines.txt", model_prefix=name, normalization_rule_name="identity", character_coverage=0.99,
            user_defined_symbols=["<sep>", "the", "##"], hard_vocab_limit=False, minloglevel=2, **options)
        models[name] = sentencepiece.SentencePieceProcessor(model_file=name + ".model")
        pathlib.Path(name + ".vocab").unlink()
    pathlib.Path("lines.txt").unlink()
    entries = [{"text": text, **{name: model.encode(text) for name, model in models.items()},
                "decoded": {name: model.decode(model.encode(text)) for name, model in models.items()}} for text in texts(lines)]
    pathlib.Path("golden.json").write_text(json.dumps(entries, indent=None, separators=(",", ":")).replace("},{", "},\n{") + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
