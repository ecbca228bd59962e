"""PyTorch's result for a training whose gradients are clipped, by value and then by norm.

    apt-get install -y python3-torch
    python3 tools/goldens/generate-training.py libs/training/src/conformance/goldens

Writes train-adam-clip-value.json. Tensors are {"shape": [...], "data": [...]}, row-major, nine digits, which name a float exactly.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

SEED = 1703  # of the first weights and of the tokens
VOCABULARY, EMBEDDING, HIDDEN, TIME, BATCH, STEPS = 9, 5, 6, 6, 4, 8
CLIP_VALUE, CLIP_NORM = 0.02, 0.08  # either of them bites at every step


class LanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, EMBEDDING)
        self.rnn = nn.GRU(EMBEDDING, HIDDEN)
        self.output = nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, ids):
        return self.output(self.rnn(self.embedding(ids))[0])


def tensor(values):
    flat = values.detach().flatten().tolist()
    data = [float(f"{value:.9g}") for value in flat] if values.is_floating_point() else flat
    return {"shape": list(values.shape), "data": data}


def weights(model):
    return {name: tensor(value) for name, value in model.named_parameters()}


torch.manual_seed(SEED)
model = LanguageModel()
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
tokens = torch.randint(0, VOCABULARY, (STEPS * TIME + 1, BATCH))
initial, first_gradients, losses, norms = weights(model), None, [], []
for step in range(STEPS):
    ids = tokens[step * TIME : (step + 1) * TIME]
    targets = tokens[step * TIME + 1 : (step + 1) * TIME + 1]
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(ids).flatten(0, 1), targets.flatten())
    loss.backward()
    gradients = [parameter.grad for parameter in model.parameters()]
    first_gradients = first_gradients or {name: tensor(value.grad) for name, value in model.named_parameters()}
    losses.append(loss.item())
    norms.append(torch.cat([gradient.flatten() for gradient in gradients]).norm().item())
    assert max(gradient.abs().max() for gradient in gradients) > CLIP_VALUE
    clip_grad_value_(model.parameters(), CLIP_VALUE)
    assert clip_grad_norm_(model.parameters(), CLIP_NORM) > CLIP_NORM
    optimizer.step()

case = {
    "cell": "GRU",
    "vocabulary": VOCABULARY,
    "embedding": EMBEDDING,
    "hidden": HIDDEN,
    "layers": 1,
    "time": TIME,
    "batch": BATCH,
    "steps": STEPS,
    "clip_norm": CLIP_NORM,
    "clip_value": CLIP_VALUE,
    "stateful": False,
    "optimizer": {
        "name": "Adam",
        **{key: value for key, value in optimizer.defaults.items() if isinstance(value, (int, float, tuple))},
    },
    "tokens": tensor(tokens),
    "initial": initial,
    "first_gradients": first_gradients,
    "losses": losses,
    "gradient_norms": norms,
    "final": weights(model),
}
(Path(sys.argv[1]) / "train-adam-clip-value.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")
