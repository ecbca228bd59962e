"""Makes PyTorch's results for the operations that attend, normalize and pool, as the conformance suite reads them.

    apt-get install -y python3-torch
    python3 tools/goldens/generate.py libs/rnn-core/src/conformance/goldens

A tensor is {"shape": [...], "data": [...]}, row-major float32 with nine digits, which name a float exactly.
Time comes first: [T, B, F]. `gradients` are those of sum(y * dy) by the inputs.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn

folder = Path(sys.argv[1])


def packed(tensor):
    values = tensor.detach().float()
    return {"shape": list(values.shape), "data": [float(f"{value:.9g}") for value in values.flatten().tolist()]}


def drawn(*shape):
    return torch.randn(*shape, requires_grad=True)


def write(name, y, inputs, **rest):
    """Differentiates y against a random cotangent, and writes the case."""
    dy = torch.randn_like(y)
    gradients = torch.autograd.grad(y, list(inputs.values()), dy)
    case = {
        **rest,
        "inputs": {key: packed(value) for key, value in inputs.items()},
        "dy": packed(dy),
        "y": packed(y),
        "gradients": {key: packed(value) for key, value in zip(inputs, gradients)},
    }
    (folder / f"{name}.json").write_text(json.dumps(case, separators=(",", ":")) + "\n")


def additive_attention(time_q, time_k, batch, hidden, width, lengths):
    """Bahdanau et al. 2015: weights = softmax over the valid keys of vector . tanh(query + key)."""
    query, keys, values = drawn(time_q, batch, hidden), drawn(time_k, batch, hidden), drawn(time_k, batch, width)
    vector = drawn(hidden)
    scores = torch.tanh(query[:, None] + keys[None]) @ vector  # [Tq, Tk, B]
    valid = torch.arange(time_k)[:, None] < torch.tensor(lengths)
    weights = scores.masked_fill(~valid, float("-inf")).softmax(1).transpose(1, 2)  # [Tq, B, Tk]
    context = torch.einsum("tbs,sbv->tbv", weights, values)
    inputs = {"query": query, "keys": keys, "values": values, "vector": vector}
    write("attention-additive", context, inputs, lengths=lengths, weights=packed(weights))


def layer_norm(time, batch, features):
    epsilon = nn.LayerNorm(features).eps
    x, gain, bias = drawn(time, batch, features), drawn(features), drawn(features)
    y = nn.functional.layer_norm(x, [features], gain, bias, epsilon)
    write("layer-norm", y, {"x": x, "gain": gain, "bias": bias}, epsilon=epsilon)


def pools(time, batch, features, lengths):
    """Over the valid steps of each sequence alone: every one is cut to its length first."""
    x = drawn(time, batch, features)
    parts = [x[:length, b] for b, length in enumerate(lengths)]
    write("pool-mean", torch.stack([part.mean(0) for part in parts]), {"x": x}, lengths=lengths)
    write("pool-max", torch.stack([part.max(0).values for part in parts]), {"x": x}, lengths=lengths)


torch.manual_seed(11)
additive_attention(4, 7, 3, 6, 5, [7, 1, 4])
layer_norm(5, 3, 9)
pools(6, 4, 5, [6, 1, 3, 5])
