# SPDX-License-Identifier: Apache-2.0
"""merging.json: for every layer of several inputs its config, outputs, mask and the gradients of all inputs, and
what it makes of shapes that are not known, from Keras."""
import numpy as np
from golden import array, keras, write

import jax  # noqa: E402
from keras.src.backend.common.masking import get_keras_mask, set_keras_mask  # noqa: E402

rng = np.random.default_rng(30)
L = keras.layers


def floats(*shape):
    return rng.standard_normal(shape).astype("float32")


def given(value):
    return None if value is None else array(np.asarray(value))


def case(layer, xs, masks=None):
    masks = masks or [None] * len(xs)

    def run(xs):
        values = [keras.ops.convert_to_tensor(x) for x in xs]
        for value, mask in zip(values, masks):
            if mask is not None:
                set_keras_mask(value, keras.ops.convert_to_tensor(mask))
        return layer(values)

    y = run(xs)
    mask = get_keras_mask(y)
    floating = all(x.dtype.kind == "f" for x in xs)
    g = floats(*y.shape)
    gradients = jax.grad(lambda xs: (run(xs) * g).sum())(xs) if floating else [None] * len(xs)
    return {
        "layer": keras.layers.serialize(layer),
        "x": [array(x) for x in xs],
        "masks": [given(m) for m in masks],
        "y": array(np.asarray(y)),
        "y_mask": given(mask),
        "y_gradient": array(g),
        "x_gradients": [given(x) for x in gradients],
    }


def shapes(layer, *shapes):
    """Of symbolic values: a number, None or a refusal."""
    try:
        y = layer([keras.Input(batch_shape=shape) for shape in shapes])
        output = list(y.shape)
    except ValueError:
        output = None
    return {"layer": keras.layers.serialize(layer), "shapes": [list(s) for s in shapes], "output_shape": output}


# The last sample is masked whole by both.
mask_a = np.array([[1, 1, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]], bool)
mask_b = np.array([[1, 0, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0]], bool)
mask_c = np.array([[0, 0, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0]], bool)
ints = [rng.integers(-9, 9, (3, 4)).astype("int32") for _ in range(2)]
cases = []
for name in ("Add", "Average", "Multiply", "Maximum", "Minimum", "Subtract"):
    make = getattr(L, name)
    two = [floats(3, 4, 2), floats(3, 4, 2)]
    cases += [
        case(make(name="merged"), two),
        case(make(), two, [mask_a, mask_b]),
        case(make(), two, [mask_a, None]),
        case(make(), two, [None, mask_b]),
        case(make(), [floats(3, 4, 2), floats(3, 1, 2)], [mask_a, mask_b[:, :1]]),
        case(make(), [floats(3, 4, 2), floats(3, 2)]),
        case(make(), [floats(3, 2), floats(3, 4, 2)], [None, mask_a]),
        case(make(), [floats(3), floats(3, 2, 2)]),
        case(make(), ints),
        case(make(), [floats(3, 4), np.zeros((3, 4), "float32")]),
        case(make(), [np.round(floats(3, 9)), np.round(floats(3, 9))]),  # equal ones share the gradient
        case(make(), [floats(0, 4), floats(0, 4)]),
    ]
    if name != "Subtract":
        three = [floats(3, 4, 2), floats(3, 4, 2), floats(3, 4, 2)]
        cases += [
            case(make(), three),
            case(make(), three, [mask_a, mask_b, mask_c]),
            case(make(), three, [mask_a, mask_b, None]),
            case(make(), three, [None, mask_b, mask_c]),
            case(make(), [floats(3, 4)]),
            case(make(), [floats(3, 4, 2)], [mask_a]),
        ]
for axis in (-1, 1, 2, 0, -2):
    two = [floats(3, 4, 2), floats(3, 4, 2)]
    cases += [
        case(L.Concatenate(axis), two),
        case(L.Concatenate(axis=axis), two, [mask_a, mask_b]),
        case(L.Concatenate(axis), two, [mask_a, None]),
        case(L.Concatenate(axis), two, [None, mask_b]),
        case(L.Concatenate(axis), two * 2, [None, mask_b, mask_c, None]),
    ]
cases += [
    case(L.Concatenate(), [floats(3, 2), floats(3, 1), floats(3, 7)]),
    case(L.Concatenate(1), [floats(3, 2, 2), floats(3, 4, 2)], [mask_a[:, :2], mask_b]),
    case(L.Concatenate(), [floats(3, 4, 0), floats(3, 4, 2)]),
    case(L.Concatenate(), ints),
    case(L.Concatenate(), [floats(3, 4)]),
    case(L.Dot(axes=1), [floats(4, 6), floats(4, 6)]),
    case(L.Dot(axes=-1, normalize=True), [floats(4, 6), floats(4, 6)]),
    case(L.Dot(axes=1, normalize=True), [floats(2, 3), np.zeros((2, 3), "float32")]),
    case(L.Dot(axes=(1, 2)), [floats(2, 3, 5), floats(2, 4, 3)]),
    case(L.Dot(axes=(2, 1), normalize=True), [floats(2, 3, 5), floats(2, 5, 4)]),
    case(L.Dot(axes=(-2, -1)), [floats(2, 3, 2), floats(2, 4, 2, 3)]),
    case(L.Dot(axes=(2, 1)), [floats(2, 4, 3, 2), floats(2, 3)]),
    case(L.Dot(axes=1), [floats(2, 3), floats(2, 3, 4)]),
    case(L.Dot(axes=(1, 3)), [floats(2, 3), floats(2, 2, 2, 3)]),
    case(L.Dot(axes=2), [floats(3, 4, 2), floats(3, 4, 2)], [mask_a, mask_b]),
    case(L.Dot(axes=1), [floats(0, 3), floats(0, 3)]),
    case(L.Dot(axes=1), ints),
    case(L.Dot(axes=1, normalize=True), [np.abs(x) + 1 for x in ints]),
]

N = None
unknown = [
    shapes(L.Add(), (N, 3), (N, 3)),
    shapes(L.Add(), (N, 3), (4, 3)),
    shapes(L.Add(), (2, 3), (4, 3)),
    shapes(L.Add(), (N, 3), (N, 4)),
    shapes(L.Multiply(), (N, N, 3), (N, 5, 3)),
    shapes(L.Multiply(), (N, N, 3), (N, 1, 1)),
    shapes(L.Average(), (N, 3), (N, 2, 3)),
    shapes(L.Average(), (N,), (N, 2, 3)),
    shapes(L.Maximum(), (N, 1, 3), (N, 2, 1), (N, 1, 1)),
    shapes(L.Subtract(), (N, 3), (N, 3), (N, 3)),
    shapes(L.Subtract(), (N, 3)),
    shapes(L.Concatenate(), (N, 3), (N, 4), (N, 5)),
    shapes(L.Concatenate(), (N, 3), (N, N)),
    shapes(L.Concatenate(), (N, 2, 3), (N, 4, 3)),
    shapes(L.Concatenate(1), (N, 2, 3), (N, 4, 3)),
    shapes(L.Concatenate(), (N, 2, 3), (N, 3)),
    shapes(L.Dot(axes=1), (N, 3), (N, 3)),
    shapes(L.Dot(axes=1), (N, 3), (N, 4)),
    shapes(L.Dot(axes=(1, 2)), (N, 3, N), (7, 4, 3)),
    shapes(L.Dot(axes=(2, -1)), (N, 3, 4), (N, 5, 6, 4)),
    shapes(L.Dot(axes=1), (N, 3), (N, 3), (N, 3)),
]
write("merging", cases, shapes=unknown)
