"""BERT-base in plain torch modules: the peer of TextJobs.cs, the same operations and shapes."""
import json
import math
import statistics
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH, LENGTH, WIDTH, LAYERS, HEADS, HIDDEN, VOCABULARY, DROPOUT = 8, 128, 768, 12, 12, 3072, 30522, 0.1


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.first, self.second = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x):
        split = lambda t: t.view(t.shape[0], t.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)
        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        weights = self.dropout(torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS), -1))
        attended = (weights @ v).transpose(1, 2).reshape(x.shape)
        x = self.norm1(x + self.dropout(self.output(attended)))
        return self.norm2(x + self.dropout(self.second(F.gelu(self.first(x)))))


class Bert(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.positions, self.types = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(512, WIDTH), nn.Embedding(2, WIDTH)
        self.norm, self.dropout = nn.LayerNorm(WIDTH, eps=1e-12), nn.Dropout(DROPOUT)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.pooler, self.classifier = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2)

    def forward(self, ids):
        x = self.words(ids) + self.positions(torch.arange(ids.shape[1])) + self.types(torch.zeros_like(ids))
        x = self.dropout(self.norm(x))
        for layer in self.layers:
            x = layer(x)
        return self.classifier(self.dropout(torch.tanh(self.pooler(x[:, 0]))))


def main():
    job, steps = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(1)
    model = Bert()
    ids = (torch.arange(BATCH * LENGTH) * 7919 % 30000 + 1).view(BATCH, LENGTH)
    labels = torch.arange(BATCH) % 2
    seconds = []
    if job == "text-bert-train":
        model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=5e-5, weight_decay=0.01)
    else:
        model.eval()
    for _ in range(steps + 1):
        start = time.perf_counter()
        if job == "text-bert-train":
            optimizer.zero_grad()
            F.cross_entropy(model(ids), labels).backward()
            optimizer.step()
        else:
            with torch.inference_mode():
                model(ids)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": statistics.median(seconds[1:])}))


if __name__ == "__main__":
    main()
