"""SK-reg in Keras 3: the penalty 0.05 * alpha * sum of w' S w over vectors w of a Conv2D kernel.

    keras.layers.Conv2D(10, 5, padding="same", kernel_regularizer=SmoothKernel(layer=2))

Of kernels saved as .npy (K, K, C, M): python3 example_keras.py conv1.npy conv2.npy conv3.npy
"""
import sys
from pathlib import Path

import keras
import numpy as np

ALPHA = 2.57  # Feinman & Lake 2019; search it on your own validation images


class SmoothKernel(keras.regularizers.Regularizer):
    """The penalty of a conv layer, counted from the image on as 1, 2, ..."""

    def __init__(self, layer, alpha=ALPHA):
        self.layer, self.alpha = layer, alpha
        # S (D, D), of determinant 1
        self.precision = np.load(Path(__file__).parent / f"conv{layer}_precision.npy")

    def __call__(self, kernel):
        # (K, K, C, M) -> (D, ...): a column is a whole filter or one channel of it, as D says.
        vectors = keras.ops.reshape(kernel, (len(self.precision), -1))
        precision = keras.ops.cast(self.precision, kernel.dtype)
        return 0.05 * self.alpha * keras.ops.sum(vectors * keras.ops.matmul(precision, vectors))

    def get_config(self):
        return {"layer": self.layer, "alpha": self.alpha}


if __name__ == "__main__":
    for layer, file in enumerate(sys.argv[1:], start=1):
        kernel = keras.ops.convert_to_tensor(np.load(file))
        print(f"conv{layer}  penalty {float(SmoothKernel(layer)(kernel)):.9g}")
    if len(sys.argv) < 2:
        print(__doc__)
