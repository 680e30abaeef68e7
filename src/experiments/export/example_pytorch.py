"""SK-reg in PyTorch: the penalty 0.05 * alpha * sum of w' S w over vectors w of a Conv2d weight.

With `convs` the network's Conv2d layers, from the image on:

    precisions = [load_precision(layer) for layer in (1, 2, 3)]
    loss = cross_entropy + sum(map(smooth_kernel_penalty, [c.weight for c in convs], precisions))

Of weights saved as .npy (M, C, K, K): python3 example_pytorch.py conv1.npy conv2.npy conv3.npy
"""
import sys
from pathlib import Path

import numpy as np
import torch

ALPHA = 2.57  # Feinman & Lake 2019; search it on your own validation images


def load_precision(layer):
    """S (D, D) of a conv layer, counted from the image on as 1, 2, ...; its determinant is 1."""
    return torch.from_numpy(np.load(Path(__file__).parent / f"conv{layer}_precision.npy"))


def smooth_kernel_penalty(weight, precision, alpha=ALPHA):
    """Of a Conv2d weight (M, C, K, K), on its device."""
    if len(precision) == weight[0].numel():  # a vector is a whole filter: row, column, channel
        weight = weight.permute(0, 2, 3, 1)
    vectors = weight.reshape(-1, len(precision))  # else one channel of a filter: row, column
    return 0.05 * alpha * (vectors @ precision.to(weight) * vectors).sum()


if __name__ == "__main__":
    for layer, file in enumerate(sys.argv[1:], start=1):
        weight = torch.from_numpy(np.load(file)).double()
        penalty = smooth_kernel_penalty(weight, load_precision(layer))
        print(f"conv{layer}  penalty {penalty.item():.9g}")
    if len(sys.argv) < 2:
        print(__doc__)
