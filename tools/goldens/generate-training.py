"""PyTorch's results for two trainings: gradients clipped by value and then by norm; layers normalized, and added to their inputs.

    apt-get install -y python3-torch
    python3 tools/goldens/generate-training.py libs/training/src/conformance/goldens

Writes train-adam-clip-value.json and train-adam-normalized.json. Tensors are {"shape": [...], "data": [...]}, row-major, nine
digits, which name a float exactly.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

SEED = 1703  # of the first weights and of the tokens
VOCABULARY, HIDDEN, TIME, BATCH, STEPS = 9, 6, 6, 4, 8


class LanguageModel(nn.Module):
    """Layers of `kind` on an embedding; normalized: LayerNorm of each layer's output, then its input on top where it is as wide."""

    def __init__(self, kind, embedding, layers, normalized):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, embedding)
        widths = [embedding] + [HIDDEN] * (layers - 1)
        self.layers = nn.ModuleList(kind(width, HIDDEN) for width in widths)
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in widths) if normalized else None
        self.output = nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, ids):
        y = self.embedding(ids)
        for i, layer in enumerate(self.layers):
            below, (y, _) = y, layer(y)
            if self.norms is not None:
                y = self.norms[i](y)
                y = y + below if y.shape == below.shape else y
        return self.output(y)

    def named(self):
        """As one nn.LSTM of many layers would name them."""
        for name, value in self.named_parameters():
            whole, *rest = name.split(".")
            if whole == "layers":
                yield f"rnn.{rest[1].removesuffix('_l0')}_l{rest[0]}", value
            elif whole == "norms":
                yield f"rnn.norm_l{rest[0]}.{rest[1]}", value
            else:
                yield name, value


def tensor(values):
    flat = values.detach().flatten().tolist()
    data = [float(f"{value:.9g}") for value in flat] if values.is_floating_point() else flat
    return {"shape": list(values.shape), "data": data}


def tensors(model, of=lambda value: value):
    return {name: tensor(of(value)) for name, value in model.named()}


def train(name, kind, embedding=5, layers=1, normalized=False, clip_value=None, clip_norm=None):
    torch.manual_seed(SEED)
    model = LanguageModel(kind, embedding, layers, normalized)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    tokens = torch.randint(0, VOCABULARY, (STEPS * TIME + 1, BATCH))
    initial, first_gradients, losses, norms = tensors(model), None, [], []
    for first in range(0, STEPS * TIME, TIME):
        ids, targets = tokens[first : first + TIME], tokens[first + 1 : first + TIME + 1]
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
        loss.backward()
        gradients = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
        first_gradients = first_gradients or tensors(model, lambda value: value.grad)
        losses.append(loss.item())
        norms.append(gradients.norm().item())
        if clip_value:
            assert gradients.abs().max() > clip_value, "clipping changes nothing"
            clip_grad_value_(model.parameters(), clip_value)
        if clip_norm:
            assert clip_grad_norm_(model.parameters(), clip_norm) > clip_norm, "clipping changes nothing"
        optimizer.step()
    options = {key: value for key, value in optimizer.defaults.items() if isinstance(value, (int, float, tuple))}
    case = {
        "cell": kind.__name__,
        "vocabulary": VOCABULARY,
        "embedding": embedding,
        "hidden": HIDDEN,
        "layers": layers,
        "normalized": normalized,
        "time": TIME,
        "batch": BATCH,
        "steps": STEPS,
        "clip_norm": clip_norm,
        "clip_value": clip_value,
        "stateful": False,
        "optimizer": {"name": "Adam", **options},
        "tokens": tensor(tokens),
        "initial": initial,
        "first_gradients": first_gradients,
        "losses": losses,
        "gradient_norms": norms,
        "final": tensors(model),
    }
    (Path(sys.argv[1]) / f"{name}.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")


train("train-adam-clip-value", nn.GRU, clip_value=0.02, clip_norm=0.08)
train("train-adam-normalized", nn.LSTM, embedding=HIDDEN, layers=2, normalized=True)
