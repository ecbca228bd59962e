# A training step of a recurrent language model in PyTorch, one thread a process: forward, backward, Adam. Alone, or under
# DistributedDataParallel with gloo. The case is JSON; the talk is that of ../contenders/serve.mjs.

import json
import os
import re
import socket
import sys
import time

import torch
import torch.distributed as distributed
import torch.multiprocessing as multiprocessing
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, cell, vocabulary, hidden, layers):
        super().__init__()
        recurrent = {"lstm": nn.LSTM, "gru": nn.GRU}[cell]
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.recurrent = recurrent(hidden, hidden, layers)
        self.output = nn.Linear(hidden, vocabulary)

    def forward(self, ids):
        states, _ = self.recurrent(self.embedding(ids))
        return self.output(states)


class Training:
    """One process's share; its batch is `batch` sequences of `time` symbols."""

    def __init__(self, case, rank=0):
        torch.set_num_threads(1)
        torch.manual_seed(case["seed"])
        model = LanguageModel(case["cell"], case["vocabulary"], case["hidden"], case["layers"])
        self.model = nn.parallel.DistributedDataParallel(model) if case["processes"] > 1 else model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=case["learningRate"])
        torch.manual_seed(case["seed"] + 1 + rank)
        shape = (case["time"], case["batch"])
        self.ids, self.targets = (torch.randint(case["vocabulary"], shape) for _ in range(2))
        self.loss = None

    def step(self):
        self.optimizer.zero_grad()
        logits = self.model(self.ids)
        self.loss = nn.functional.cross_entropy(logits.flatten(0, 1), self.targets.flatten())
        self.loss.backward()
        self.optimizer.step()

    def timed_ms(self):
        start = time.perf_counter()
        self.step()
        return 1000 * (time.perf_counter() - start)


def mapped_libraries():
    """Files of the matrix libraries that this process has loaded (Linux)."""
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps if re.search(r"/lib\w*(blas|mkl|blis|dnnl)\w*[.-]", line)}
    except OSError:
        return []
    return sorted({os.path.realpath(file) for file in files})


def facts():
    one_dnn = re.search(r"MKL-DNN v([\d.]+)", torch.__config__.show())
    return {
        "version": torch.__version__,
        "oneDNN": one_dnn and one_dnn.group(1),
        "libraries": mapped_libraries(),
        "threads": torch.get_num_threads(),
    }


def join(rank, case):
    if case["processes"] > 1:
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(case["port"]))
        distributed.init_process_group("gloo", rank=rank, world_size=case["processes"])


def follow(rank, case):
    """The processes beside the first one: as many steps as it says, until it says none."""
    join(rank, case)
    training = Training(case, rank)
    steps = torch.zeros(1, dtype=torch.int64)
    while distributed.broadcast(steps, 0) or steps.item() > 0:
        for _ in range(steps.item()):
            training.step()


def lead(case):
    if case["processes"] > 1:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            case["port"] = free.getsockname()[1]
    ranks = range(1, case["processes"])
    context = multiprocessing.get_context("spawn")
    others = [context.Process(target=follow, args=(rank, case), daemon=True) for rank in ranks]
    for other in others:
        other.start()
    join(0, case)
    training = Training(case)
    print(json.dumps(facts()), flush=True)
    for line in requests():
        steps = int(line)
        if others:
            distributed.broadcast(torch.tensor([steps]), 0)
        if steps == 0:
            break
        times = [training.timed_ms() for _ in range(steps)]
        print(json.dumps({"ms": times, "loss": training.loss.item()}), flush=True)
    for other in others:
        other.join()


def requests():
    """Numbers of steps, and a zero at the end, which the other processes hear too."""
    yield from iter(sys.stdin.readline, "")
    yield "0"


if __name__ == "__main__":
    lead(json.loads(sys.argv[1]))
