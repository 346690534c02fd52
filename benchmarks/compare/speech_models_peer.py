"""wav2vec2-base of torchaudio, and whisper-tiny in plain torch modules: the peers of SpeechNetworkJobs.cs, the same operations and shapes."""
import json
import math
import statistics
import sys
import time

import torch
import torch.nn.functional as F
import torchaudio
from torch import nn

BATCH, SAMPLES, TOKENS = 4, 32000, 64
WIDTH, LAYERS, HEADS, VOCABULARY = 384, 4, 6, 51865


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)

    def forward(self, x, keys, values):
        weights = torch.softmax(self.split(self.query(x)) @ keys.transpose(-1, -2) / math.sqrt(WIDTH // HEADS), -1)
        return self.out((weights @ values).transpose(1, 2).reshape(x.shape))


class Layer(nn.Module):
    def __init__(self, reads):
        super().__init__()
        self.own, self.norm = Attention(), nn.LayerNorm(WIDTH)
        self.read, self.read_norm = (Attention(), nn.LayerNorm(WIDTH)) if reads else (None, None)
        self.first, self.second, self.last_norm = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x, cache=None, source=None):
        h = self.norm(x)
        keys, values = self.own.split(self.own.key(h)), self.own.split(self.own.value(h))
        if cache is not None:
            if "keys" in cache:
                keys, values = torch.cat([cache["keys"], keys], 2), torch.cat([cache["values"], values], 2)
            cache["keys"], cache["values"] = keys, values
        x = x + self.own(h, keys, values)
        if self.read is not None:
            x = x + self.read(self.read_norm(x), *source)
        return x + self.second(F.gelu(self.first(self.last_norm(x))))


class Whisper(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv1d(80, WIDTH, 3, padding=1), nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.places, self.norm = nn.Parameter(torch.randn(1500, WIDTH)), nn.LayerNorm(WIDTH)
        self.encoder = nn.ModuleList(Layer(False) for _ in range(LAYERS))
        self.words, self.positions, self.last = nn.Embedding(VOCABULARY, WIDTH), nn.Parameter(torch.randn(448, WIDTH)), nn.LayerNorm(WIDTH)
        self.decoder = nn.ModuleList(Layer(True) for _ in range(LAYERS))

    def encode(self, mel):
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2) + self.places
        for layer in self.encoder:
            x = layer(x)
        return self.norm(x)

    def write(self, sources):
        # The first step reads four tokens at once; without a mask, which costs nothing to leave out here.
        ids, caches, past = torch.tensor([[50258, 50259, 50359, 50363]]), [{} for _ in self.decoder], 0
        for _ in range(TOKENS):
            x = self.words(ids) + self.positions[past:past + ids.shape[1]]
            for layer, cache, source in zip(self.decoder, caches, sources):
                x = layer(x, cache, source)
            past += ids.shape[1]
            ids = (self.last(x[:, -1:]) @ self.words.weight.T).argmax(-1)


def jobs(name):
    if name.startswith("speech-wav2vec2"):
        model = torchaudio.models.wav2vec2_base(encoder_projection_dropout=0.0, encoder_layer_drop=0.0, aux_num_out=32)
        sounds = torch.randn(BATCH, SAMPLES)
        if name.endswith("infer"):
            model.eval()
            return lambda: model(sounds)
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01)
        targets = (torch.arange(BATCH * 10) % 31 + 1).view(BATCH, 10)

        def step():
            optimizer.zero_grad()
            logits = model(sounds)[0].log_softmax(-1).transpose(0, 1)
            F.ctc_loss(logits, targets, torch.full((BATCH,), len(logits)), torch.full((BATCH,), 10)).backward()
            optimizer.step()

        return step
    model, mel = Whisper().eval(), torch.randn(1, 80, 3000)
    if name.endswith("encode"):
        return lambda: model.encode(mel)
    with torch.inference_mode():
        memory = model.encode(mel)
        sources = [(layer.read.split(layer.read.key(memory)), layer.read.split(layer.read.value(memory))) for layer in model.decoder]
    return lambda: model.write(sources)


def main():
    name, steps = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(1)
    step, seconds = jobs(name), []
    for _ in range(steps + 1):
        start = time.perf_counter()
        if name.endswith("train"):
            step()
        else:
            with torch.inference_mode():
                step()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": statistics.median(seconds[1:])}))


if __name__ == "__main__":
    main()
