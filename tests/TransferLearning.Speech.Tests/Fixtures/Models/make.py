"""Makes spectrogram_transformer.json and whisper_openai.pt in this folder. Needs torch 1.13 or later.

The first holds the outputs of an Audio Spectrogram Transformer (Gong, Chung and Glass, 2021) written from its definition in plain torch, with
weights from the hash of ../Parity/speech/README.md. The second is a small Whisper in the form of openai/whisper: 'dims' and 'model_state_dict',
half precision.
"""
import json
import math
import os
import struct

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = (1 << 64) - 1
SALT, GAIN = "spectrogram", 4.0
AST = {"model_type": "audio-spectrogram-transformer", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
       "intermediate_size": 32, "num_mel_bins": 12, "max_length": 20, "patch_size": 4, "frequency_stride": 3, "time_stride": 2,
       "layer_norm_eps": 1e-12, "num_labels": 3}


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def fill(name, kind, shape):
    seed = 0xCBF29CE484222325
    for b in (SALT + "/" + name).encode():
        seed = ((seed ^ b) * 0x100000001B3) & MASK
    count, values = math.prod(shape), []
    bound = float32(math.sqrt(GAIN / math.prod(shape[1:])))
    for i in range(count):
        z = (seed + i + 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        c = (((z ^ z >> 31) >> 40) - (1 << 23)) * 2.0 ** -23
        values.append({"matrix": c * bound, "small": c * float32(0.1), "scale": c * 0.5 + 1}[kind])
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def ast_shapes(c):
    d, inner, p = c["hidden_size"], c["intermediate_size"], c["patch_size"]
    down = (c["num_mel_bins"] - p) // c["frequency_stride"] + 1
    across = (c["max_length"] - p) // c["time_stride"] + 1
    base = "audio_spectrogram_transformer."
    yield base + "embeddings.cls_token", [1, 1, d], "matrix"
    yield base + "embeddings.distillation_token", [1, 1, d], "matrix"
    yield base + "embeddings.position_embeddings", [1, down * across + 2, d], "matrix"
    yield base + "embeddings.patch_embeddings.projection.weight", [d, 1, p, p], "matrix"
    yield base + "embeddings.patch_embeddings.projection.bias", [d], "small"
    for i in range(c["num_hidden_layers"]):
        layer = base + "encoder.layer.%d." % i
        for part, (rows, columns) in (("attention.attention.query", (d, d)), ("attention.attention.key", (d, d)),
                                      ("attention.attention.value", (d, d)), ("attention.output.dense", (d, d)),
                                      ("intermediate.dense", (inner, d)), ("output.dense", (d, inner))):
            yield layer + part + ".weight", [rows, columns], "matrix"
            yield layer + part + ".bias", [rows], "small"
        for part in ("layernorm_before", "layernorm_after"):
            yield layer + part + ".weight", [d], "scale"
            yield layer + part + ".bias", [d], "small"
    for part in (base + "layernorm", "classifier.layernorm"):
        yield part + ".weight", [d], "scale"
        yield part + ".bias", [d], "small"
    yield "classifier.dense.weight", [c["num_labels"], d], "matrix"
    yield "classifier.dense.bias", [c["num_labels"]], "small"


def ast(c, w, x):
    """x [N, bands, frames] -> hidden states, logits"""
    base, heads, d = "audio_spectrogram_transformer.", c["num_attention_heads"], c["hidden_size"]

    def norm(x, name):
        return F.layer_norm(x, [d], w[name + ".weight"], w[name + ".bias"], c["layer_norm_eps"])

    def linear(x, name):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    def split(x):
        return x.reshape(x.shape[0], x.shape[1], heads, d // heads).transpose(1, 2)

    e = base + "embeddings."
    patches = F.conv2d(x[:, None], w[e + "patch_embeddings.projection.weight"], w[e + "patch_embeddings.projection.bias"],
                       stride=(c["frequency_stride"], c["time_stride"])).flatten(2).transpose(1, 2)
    n = len(x)
    x = torch.cat([w[e + "cls_token"].expand(n, 1, d), w[e + "distillation_token"].expand(n, 1, d), patches], 1)
    x = x + w[e + "position_embeddings"]
    for i in range(c["num_hidden_layers"]):
        layer = base + "encoder.layer.%d." % i
        h = norm(x, layer + "layernorm_before")
        q, k, v = (split(linear(h, layer + "attention.attention." + part)) for part in ("query", "key", "value"))
        h = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(d // heads), -1) @ v
        x = x + linear(h.transpose(1, 2).reshape(n, -1, d), layer + "attention.output.dense")
        h = F.gelu(linear(norm(x, layer + "layernorm_after"), layer + "intermediate.dense"))
        x = x + linear(h, layer + "output.dense")
    x = norm(x, base + "layernorm")
    return x, linear(norm((x[:, 0] + x[:, 1]) / 2, "classifier.layernorm"), "classifier.dense")


def spectrogram_transformer():
    rows = list(ast_shapes(AST))
    weights = {name: fill(name, kind, shape).double() for name, shape, kind in rows}
    x = fill("input", "scale", [2, AST["num_mel_bins"], AST["max_length"]]).double()
    hidden, logits = ast(AST, weights, x)
    record = {"salt": SALT, "gain": GAIN, "config": AST, "state_dict": [[n, s, k] for n, s, k in rows],
              "hidden_shape": list(hidden.shape), "hidden_token_5": hidden[1, 5].tolist(), "logits": logits.tolist()}
    with open(os.path.join(HERE, "spectrogram_transformer.json"), "w") as f:
        json.dump(record, f, indent=0)


def whisper_openai():
    c = dict(n_mels=6, n_vocab=20, n_audio_ctx=10, n_audio_state=8, n_audio_head=2, n_audio_layer=1, n_text_ctx=12, n_text_state=8,
             n_text_head=2, n_text_layer=1)
    d, state = 8, {}

    def put(name, *shape):
        state[name] = (torch.arange(math.prod(shape)).reshape(shape).float() * 0.37 + len(state)).sin().half()

    def block(prefix, cross):
        for part in ["attn", "cross_attn"] if cross else ["attn"]:
            for matrix in ("query", "key", "value", "out"):
                put(prefix + part + "." + matrix + ".weight", d, d)
                if matrix != "key":
                    put(prefix + part + "." + matrix + ".bias", d)
            put(prefix + part + "_ln.weight", d)
            put(prefix + part + "_ln.bias", d)
        put(prefix + "mlp.0.weight", 4 * d, d)
        put(prefix + "mlp.0.bias", 4 * d)
        put(prefix + "mlp.2.weight", d, 4 * d)
        put(prefix + "mlp.2.bias", d)
        put(prefix + "mlp_ln.weight", d)
        put(prefix + "mlp_ln.bias", d)

    put("decoder.positional_embedding", c["n_text_ctx"], d)
    put("encoder.positional_embedding", c["n_audio_ctx"], d)
    put("decoder.token_embedding.weight", c["n_vocab"], d)
    block("decoder.blocks.0.", True)
    put("decoder.ln.weight", d)
    put("decoder.ln.bias", d)
    put("encoder.conv1.weight", d, c["n_mels"], 3)
    put("encoder.conv1.bias", d)
    put("encoder.conv2.weight", d, d, 3)
    put("encoder.conv2.bias", d)
    block("encoder.blocks.0.", False)
    put("encoder.ln_post.weight", d)
    put("encoder.ln_post.bias", d)
    torch.save({"dims": c, "model_state_dict": state}, os.path.join(HERE, "whisper_openai.pt"))


spectrogram_transformer()
whisper_openai()
