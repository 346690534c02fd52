"""GPT-2 small in plain torch modules: greedy decoding with a cache written by hand, the peer of the job text-generation."""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, LAYERS, HEADS, HIDDEN, VOCABULARY, POSITIONS = 768, 12, 12, 3072, 50257, 1024


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.projections, self.output = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.first, self.second = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, x, cache, past):
        q, k, v = self.projections(self.norm1(x)).view(x.shape[0], x.shape[1], 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        length = past + x.shape[1]
        cache[0][:, :, past:length], cache[1][:, :, past:length] = k, v
        scores = q @ cache[0][:, :, :length].transpose(-1, -2) / math.sqrt(WIDTH // HEADS)
        if x.shape[1] > 1:
            scores = scores + torch.full((x.shape[1], length), -math.inf).triu(past + 1)
        attended = (torch.softmax(scores, -1) @ cache[1][:, :, :length]).transpose(1, 2).reshape(x.shape)
        x = x + self.output(attended)
        h = self.first(self.norm2(x))
        return x + self.second(0.5 * h * (1 + torch.tanh(math.sqrt(2 / math.pi) * (h + 0.044715 * h ** 3))))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(POSITIONS, WIDTH)
        self.layers, self.norm = nn.ModuleList(Layer() for _ in range(LAYERS)), nn.LayerNorm(WIDTH)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, 0, 0.02)

    def forward(self, ids, caches, past):
        x = self.words(ids) + self.positions(torch.arange(past, past + ids.shape[1]))
        for layer, cache in zip(self.layers, caches):
            x = layer(x, cache, past)
        return F.linear(self.norm(x)[:, -1], self.words.weight)


@torch.inference_mode()
def write(model, prompts, tokens):
    start = time.perf_counter()
    ids, written, past = torch.tensor(prompts), [], 0
    shape = len(prompts), HEADS, ids.shape[1] + tokens, WIDTH // HEADS
    caches = [(torch.empty(shape), torch.empty(shape)) for _ in range(LAYERS)]
    for _ in range(tokens):
        logits = model(ids, caches, past)
        past += ids.shape[1]
        ids = logits.argmax(-1, keepdim=True)
        written.append(ids)
    torch.cat(written, 1).tolist()
    return time.perf_counter() - start


def main():
    tokens = int(sys.argv[1])
    torch.manual_seed(1)
    model = Gpt2().eval()
    prompt = [464, 2068, 7586, 21831, 18045, 625, 262, 16931]
    write(model, [prompt], 4)
    print(json.dumps({
        "withCache": write(model, [prompt], tokens),
        "batch": write(model, [prompt] * 8, tokens // 4),
        "first": write(model, [prompt * 64], 1),
    }))


if __name__ == "__main__":
    main()
