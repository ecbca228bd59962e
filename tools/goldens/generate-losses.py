"""PyTorch's results for the losses with class weights, smoothing or weights of places, and for LSTMs with a projection.

    python3 tools/goldens/generate-losses.py libs/rnn-core/src/conformance/goldens

Writes the files that `FILES` names. Tensors are {"shape": [...], "data": [...]}, row-major, nine digits.
"""

import json
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional

SEED = 1406  # of everything random


def tensor(values):
    values = values.detach().contiguous()
    if values.is_floating_point():
        data = [float(f"{value:.9g}") for value in values.flatten().tolist()]
    else:
        data = values.flatten().tolist()
    return {"shape": list(values.shape), "data": data}


def gradient_of(loss, operand):
    return tensor(torch.autograd.grad(loss, operand, retain_graph=True)[0])


def cross_entropy():
    """A target of -1 does not count."""
    time, batch, classes = 5, 3, 7
    logits = (2 * torch.randn(time, batch, classes)).requires_grad_()
    targets = torch.randint(0, classes, (time, batch))
    targets[1, 2] = targets[4, 0] = -1
    class_weights = 0.25 + 2 * torch.rand(classes)
    counted = targets[targets >= 0]
    cases = []
    for weighted, smoothing in [(True, 0.0), (False, 0.1), (True, 0.25)]:
        loss = functional.cross_entropy(
            logits.reshape(-1, classes),
            targets.reshape(-1),
            weight=class_weights if weighted else None,
            ignore_index=-1,
            label_smoothing=smoothing,
            reduction="sum",
        )
        weight = class_weights[counted].sum() if weighted else len(counted)
        cases.append({
            "weighted": weighted,
            "smoothing": smoothing,
            "loss_sum": float(loss),
            "weight": float(weight),
            "gradient": gradient_of(loss, logits),
        })
    return {
        "logits": tensor(logits),
        "targets": tensor(targets),
        "class_weights": tensor(class_weights),
        "cases": cases,
    }


def regression():
    """Places of weight 0 are padding."""
    shape = (4, 3, 5)
    y = torch.randn(shape, requires_grad=True)
    targets = torch.randn(shape)
    weights = torch.rand(shape) * (torch.rand(shape) > 0.3)
    targets[weights == 0] = 1e4
    losses = {
        "squared": lambda delta: functional.mse_loss(y, targets, reduction="none"),
        "absolute": lambda delta: functional.l1_loss(y, targets, reduction="none"),
        "huber": lambda delta: functional.huber_loss(y, targets, reduction="none", delta=delta),
    }
    cases = []
    for kind, of in losses.items():
        delta = 0.7
        loss = (weights * of(delta)).sum()
        cases.append({"kind": kind, "delta": delta, "loss_sum": float(loss), "gradient": gradient_of(loss, y)})
    return {
        "y": tensor(y),
        "targets": tensor(targets),
        "weights": tensor(weights),
        "weight": float(weights.sum()),
        "cases": cases,
    }


def projected_lstm(lengths=None, layers=1, bidirectional=False):
    """As the other golden layers: the loss is y · dy + hn · dhn + cn · dcn."""
    inputs, hidden, projection, time, batch = 4, 6, 3, 5, 3
    module = nn.LSTM(inputs, hidden, layers, bidirectional=bidirectional, proj_size=projection)
    states = layers * (2 if bidirectional else 1)
    x = torch.randn(time, batch, inputs, requires_grad=True)
    h0 = torch.randn(states, batch, projection, requires_grad=True)
    c0 = torch.randn(states, batch, hidden, requires_grad=True)
    sequences = x
    if lengths is not None:
        sequences = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    y, (hn, cn) = module(sequences, (h0, c0))
    if lengths is not None:
        y, _ = nn.utils.rnn.pad_packed_sequence(y, total_length=time)
    dy, dhn, dcn = torch.randn_like(y), torch.randn_like(hn), torch.randn_like(cn)
    ((y * dy).sum() + (hn * dhn).sum() + (cn * dcn).sum()).backward()
    weights = dict(module.named_parameters())
    learned = {**weights, "x": x, "h0": h0, "c0": c0}
    return {
        "hidden": hidden,
        "projection": projection,
        "layers": layers,
        "bidirectional": bidirectional,
        "batch": batch,
        **({} if lengths is None else {"lengths": lengths}),
        "weights": {name: tensor(weight) for name, weight in weights.items()},
        "x": tensor(x),
        "h0": tensor(h0),
        "c0": tensor(c0),
        "dy": tensor(dy),
        "dhn": tensor(dhn),
        "dcn": tensor(dcn),
        "y": tensor(y),
        "hn": tensor(hn),
        "cn": tensor(cn),
        "gradients": {name: tensor(value.grad) for name, value in learned.items()},
    }


FILES = {
    "loss-cross-entropy": cross_entropy,
    "loss-regression": regression,
    "layer-lstm-projected": lambda: projected_lstm(layers=2),
    "padded-lstm-projected-bidirectional": lambda: projected_lstm(lengths=[5, 2, 3], bidirectional=True),
}

if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    for name, make in FILES.items():
        torch.manual_seed(SEED)
        (folder / f"{name}.json").write_text(json.dumps(make(), separators=(",", ":")))
        print(name)
