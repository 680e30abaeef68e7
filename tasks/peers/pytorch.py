"""The bench's work in PyTorch: `python3 pytorch.py BATCH…` prints a JSON line a figure.

The paper's phase 1 network with 20 classes; a training step is forward, backward and Adam. Images
are a fixed random batch on the device; "augmenting" warps them anew each step, as our own training
does. Without torch the exit code is 3.
"""

import json
import math
import multiprocessing
import os
import statistics
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(3)

# Output first: filters or units, channels or inputs, then the kernel's side.
SHAPES = {
    "conv1": (5, 3, 5, 5),
    "conv2": (10, 5, 5, 5),
    "conv3": (8, 10, 5, 5),
    "dense1": (128, 1568),
    "dense2": (20, 128),
}
PENALTIES = {"conv1": 0.05, "conv2": 0.05, "conv3": 0.05, "dense1": 0.01}


def create(device, layout, networks=None):
    """Weights and biases, with a leading axis where there are several networks."""
    lead = () if networks is None else (networks,)
    params = {}
    for name, shape in SHAPES.items():
        weight = torch.randn(lead + shape, device=device) * 0.05
        if weight.dim() == 4:
            weight = weight.contiguous(memory_format=layout)
        params[name] = weight.requires_grad_()
        params[name + "_bias"] = torch.zeros(lead + shape[:1], device=device, requires_grad=True)
    return params


def forward(p, x, training):
    x = F.pad(x, (1, 2, 1, 2))  # "same" as TensorFlow pads at stride 2
    x = F.max_pool2d(F.relu(F.conv2d(x, p["conv1"], p["conv1_bias"], stride=2)), 3, 3)
    x = F.max_pool2d(F.relu(F.conv2d(x, p["conv2"], p["conv2_bias"], padding=2)), 3, 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, p["conv3"], p["conv3_bias"], padding=2)), 3, 1)
    x = F.dropout(x.permute(0, 2, 3, 1).flatten(1), 0.2, training)
    x = F.dropout(F.relu(F.linear(x, p["dense1"], p["dense1_bias"])), 0.5, training)
    return F.linear(x, p["dense2"], p["dense2_bias"])


def loss(p, x, y):
    penalty = sum(weight * p[name].square().sum() for name, weight in PENALTIES.items())
    return F.cross_entropy(forward(p, x, True), y) + penalty


def augment(x):
    """Each image rotated by up to 30 degrees, shifted by up to 19 pixels, and perhaps mirrored."""
    count, _, height, width = x.shape
    angle = (torch.rand(count, device=x.device) * 2 - 1) * math.pi / 6
    mirror = torch.randint(0, 2, (count,), device=x.device) * 2 - 1
    shift = torch.randint(-19, 20, (2, count), device=x.device)
    cosine, sine = angle.cos(), angle.sin()
    rows = [
        torch.stack([mirror * cosine, -sine, 2 * shift[0] / width], 1),
        torch.stack([mirror * sine, cosine, 2 * shift[1] / height], 1),
    ]
    grid = F.affine_grid(torch.stack(rows, 1), x.shape, align_corners=False)
    return F.grid_sample(x, grid, padding_mode="border", align_corners=False)


def adam(params, **options):
    return torch.optim.Adam(params.values(), 1e-3, eps=1e-7, **options)


def one_network(mode, x, y, layout, warp=lambda x: x, **options):
    """A step of one network, as one writes it in PyTorch."""
    params = create(x.device, layout)
    x = x.contiguous(memory_format=layout)
    optimizer = adam(params, **options)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss(params, warp(x), y).backward()
        optimizer.step()

    def evaluate():
        with torch.no_grad():
            forward(params, x, False)

    return train if mode == "train" else evaluate


def many_networks(mode, x, y, networks, **options):
    """A step of several networks at once, each with its own images, through torch.func."""
    from torch.func import grad, vmap

    params = create(x.device, torch.contiguous_format, networks)
    x = x.repeat(networks, 1, 1, 1, 1)
    y = y.repeat(networks, 1)
    optimizer = adam(params, **options)
    gradients = vmap(grad(loss), randomness="different")
    outputs = vmap(lambda p, x: forward(p, x, False))

    def train():
        with torch.no_grad():
            found = gradients(params, x, y)
        for name, param in params.items():
            param.grad = found[name]
        optimizer.step()

    def evaluate():
        with torch.no_grad():
            outputs(params, x)

    return train if mode == "train" else evaluate


def captured(step):
    """The step as a CUDA graph, which saves the launches."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def steps_per_second(step, wait, runs=5, seconds=0.4):
    """The median of some runs, after a warm-up."""

    def run(count):
        start = time.perf_counter()
        for _ in range(count):
            step()
        wait()
        return (time.perf_counter() - start) / count

    run(3)
    count = max(1, round(seconds / run(2)))
    return 1 / statistics.median(run(count) for _ in range(runs))


def cases(networks=20):
    """Name, device, networks, and the function of (mode, x, y) that makes the step."""
    last = torch.channels_last
    version = f"torch {torch.__version__}"
    yield f"{version} CPU", "cpu", 1, lambda *work: one_network(*work, torch.contiguous_format)
    yield f"{version} CPU channels-last", "cpu", 1, lambda *work: one_network(*work, last)
    yield f"{version} CPU channels-last augmenting", "cpu", 1, lambda *work: one_network(
        *work, last, augment
    )
    if not torch.cuda.is_available():
        return
    on_graph = {"capturable": True}  # Adam must count its steps on the device
    yield f"{version} CUDA", "cuda", 1, lambda *work: one_network(*work, last)
    yield f"{version} CUDA graph", "cuda", 1, lambda *work: captured(
        one_network(*work, last, **on_graph)
    )
    if hasattr(torch, "func"):
        vmap = f"{version} CUDA vmap of {networks}"
        yield vmap, "cuda", networks, lambda *work: many_networks(*work, networks)
        yield f"{vmap}, graph", "cuda", networks, lambda *work: captured(
            many_networks(*work, networks, **on_graph)
        )


def measure(batch):
    for name, device, networks, build in cases():
        wait = torch.cuda.synchronize if device == "cuda" else lambda: None
        x = torch.randn(batch, 3, 200, 200, device=device)
        y = torch.arange(batch, device=device) % 20
        for mode in ("train", "eval"):
            if mode == "eval" and name.endswith("augmenting"):
                continue  # the copies that are evaluated are warped once and for all
            figure = {"name": name, "mode": mode, "batch": batch}
            try:
                rate = steps_per_second(build(mode, x, y), wait)
                figure["imagesPerSecond"] = rate * networks * batch
            except (RuntimeError, TypeError) as error:  # an older torch, or memory: the others go on
                figure["error"] = str(error).splitlines()[0]
            print(json.dumps(figure), flush=True)


def train_alone(batch, augmenting, ready, rates):
    """One network on one thread, for as long as the others train theirs; puts its steps a second."""
    torch.set_num_threads(1)
    x, y = torch.randn(batch, 3, 200, 200), torch.arange(batch) % 20
    options = (torch.channels_last, augment) if augmenting else (torch.channels_last,)
    step = one_network("train", x, y, *options)
    for _ in range(3):
        step()
    ready.wait()
    start, steps, spent = time.perf_counter(), 0, 0
    while spent < 3:
        step()
        steps, spent = steps + 1, time.perf_counter() - start
    rates.put(steps / spent)


def measure_processes(batch):
    """Many networks as a careful user trains them: one process a core, one thread each."""
    count, context = os.cpu_count(), multiprocessing.get_context("spawn")
    for augmenting in (False, True):
        ready, rates = context.Barrier(count), context.Queue()
        work = (batch, augmenting, ready, rates)
        workers = [context.Process(target=train_alone, args=work) for _ in range(count)]
        for worker in workers:
            worker.start()
        total = sum(rates.get() for _ in workers)
        for worker in workers:
            worker.join()
        name = f"torch {torch.__version__} CPU channels-last, {count} processes"
        figure = {"name": name + " augmenting" * augmenting, "mode": "train", "batch": batch}
        print(json.dumps(figure | {"imagesPerSecond": total * batch}), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(os.cpu_count())
    for argument in sys.argv[1:]:
        measure(int(argument))
        measure_processes(int(argument))
