"""Forward-pass and generation goldens of BART, from the paper's and Hugging Face's definition.

usage: gen_bart.py --config CONFIG --out FOLDER

The layers are Marian's (post-norm, biases everywhere); what differs: positions are learned and their table begins
with two rows that nothing uses, a layer norm follows the sum of embeddings in encoder and decoder, the activation is
the exact GELU, embeddings are not scaled.  Unlike the other text goldens this one was compared with nobody else's code.
"""
import argparse
import json
import os

import torch
import torch.nn.functional as F
from torch import nn

from bert_family import Box, Namespace, key_bias
from fixture import Ids, dump, fill_checks, fill_model, state_entries
from gen_text import MARIAN_TINY, config_record, counts, generation, seq2seq_cases
from seq2seq import MarianLayer, causal_bias

UNUSED = 2
BART_TINY = dict({k: v for k, v in MARIAN_TINY.items() if k != "normalize_before"}, activation_function="gelu", scale_embedding=False,
                 pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, forced_eos_token_id=2)


class Stack(nn.Module):
    def __init__(self, c, decoder):
        super().__init__()
        self.embed_positions = nn.Embedding(c.max_position_embeddings + UNUSED, c.d_model)
        self.layers = nn.ModuleList(MarianLayer(c, decoder) for _ in range(c.decoder_layers if decoder else c.encoder_layers))
        self.layernorm_embedding = nn.LayerNorm(c.d_model)

    def forward(self, words, bias, memory=None, memory_bias=None, collect=None):
        x = self.layernorm_embedding(words + self.embed_positions.weight[UNUSED:UNUSED + words.shape[1]])
        for layer in self.layers:
            x = layer(x, bias, memory, memory_bias)
            if collect is not None:
                collect.append(x)
        return x


class Bart(nn.Module):
    """lm_head.weight, encoder/decoder.embed_tokens.weight are all model.shared.weight."""

    def __init__(self, c):
        super().__init__()
        self.register_buffer("final_logits_bias", torch.zeros(1, c.vocab_size))
        self.model = Box(shared=nn.Embedding(c.vocab_size, c.d_model), encoder=Stack(c, False), decoder=Stack(c, True))

    def encode(self, ids, mask=None, collect=None):
        mask = torch.ones_like(ids) if mask is None else mask
        x = self.model.shared(ids)
        return self.model.encoder(x, key_bias(mask, x.dtype), collect=collect)

    def decode(self, ids, memory, mask=None, collect=None):
        mask = torch.ones(memory.shape[:2], dtype=torch.long) if mask is None else mask
        x = self.model.shared(ids)
        h = self.model.decoder(x, causal_bias(ids.shape[1], x.dtype), memory, key_bias(mask, x.dtype), collect)
        return F.linear(h, self.model.shared.weight) + self.final_logits_bias


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--config", required=True)
    ap.add_argument("--out", required=True)
    args = ap.parse_args()
    config = json.load(open(args.config))
    salt, cfg, gain, overrides = config["salt"], BART_TINY, 8.0, {"shared.weight": 3.0, "embed_positions.weight": 3.0}
    ids = Ids(salt)
    rec = config_record("bart", cfg, config, gain, overrides)
    rec["model"] = "bart_tiny"
    m = fill_model(Bart(Namespace(**cfg)).eval(), salt, gain, overrides)
    rec["param_count"] = counts(m)
    rec["state_dict"] = state_entries(m)
    rec["fill_checks"] = fill_checks(m)
    rec["tied"] = {k: "model.shared.weight" for k in
                   ("model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight")}
    rec["ignored_in_checkpoints"] = []
    rec["cases"] = seq2seq_cases(m, cfg, ids, "bart", 3, cfg["vocab_size"], False)
    gain2 = 6.0
    overrides2 = {"shared.weight": 12.0, "embed_positions.weight": 12.0, "q_proj.weight": 300.0, "k_proj.weight": 300.0,
                  "v_proj.weight": 60.0, "out_proj.weight": 60.0, "fc2.weight": 3.0}
    fill_model(m, salt, gain2, overrides2)
    bias = 2.5
    with torch.no_grad():
        m.final_logits_bias[0, cfg["eos_token_id"]] = bias
    rec["generation"] = {"gain": gain2, "gain_overrides": overrides2, "num_beams": 4,
                         "set_after_fill": [["final_logits_bias", [0, cfg["eos_token_id"]], bias]], "banned": [],
                         "forced_eos_token_id": cfg["forced_eos_token_id"],
                         "cases": generation(m, ids, "bart", cfg, [], cfg["forced_eos_token_id"], 3, cfg["vocab_size"], pool=320)}
    dump(os.path.join(args.out, "models", "bart_tiny.json"), rec)
    print("bart_tiny", len(rec["generation"]["cases"]), "generation cases")


if __name__ == "__main__":
    main()
