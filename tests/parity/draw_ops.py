# SPDX-License-Identifier: Apache-2.0
"""Operations of `keras.ops` and operators between layers: expressions, and the shapes they give without the batch."""
from expressions import Item, Name, Operator, Slice, apply

ALL = Slice(None, None, None)


def op(name, *arguments, **keywords):
    return apply(Name(f"ops.{name}"), *arguments, **keywords)


def draw_unary(dice, x, shape):
    """Of one value: the expression and its shape."""
    if dice.chance(0.45):
        return dice.of(_elementwise(dice, x)), shape
    return dice.of(_of_vectors(dice, x, *shape) if len(shape) == 1 else _of_steps(dice, x, *shape))


def _elementwise(dice, x):
    names = ["tanh", "sigmoid", "sin", "cos", "arctan", "softplus", "relu", "negative", "square", "erf", "softmax",
             "log_softmax", "log_sigmoid"]
    positive = Operator(op("square", x), "+", 0.5)
    number = dice.real(0.1, 2.0)
    return [op(name, x) for name in names] + [
        op("log", positive), op("log1p", op("square", x)), op("sqrt", positive), op("rsqrt", positive),
        op("exp", op("negative", op("square", x))), op("reciprocal", positive), op("clip", x, -0.7, 0.8),
        op("logaddexp", x, 0.3), op("maximum", x, -0.2), op("minimum", 0.4, x), op("cast", x, "float32"),
        op("where", Operator(x, ">", 0.1), x, op("multiply", 0.3, x)), op("expm1", op("tanh", x)),
        Operator(x, "*", number), Operator(number, "-", x), Operator(x, "+", number), Operator(number, "/", positive),
        Operator(x, "/", number), Operator(x, "**", 2), Operator(op("sigmoid", x), "**", number),
    ]


def _of_vectors(dice, x, width):
    mean = dice.of(["mean", "sum", "max", "min", "logsumexp"])
    return [
        (op("expand_dims", x, axis=1), (1, width)), (Item(x, (ALL, Slice(None, 1, None))), (1,)),
        (Item(x, (ALL, Slice(-1, None, None))), (1,)), (Item(x, (Ellipsis, Slice(None, None, 2))), (-(-width // 2),)),
        (Item(x, (ALL, None)), (1, width)), (op("flip", x, axis=-1), (width,)), (op("cumsum", x, axis=-1), (width,)),
        (op(mean, x, axis=-1, keepdims=True), (1,)), (op("reshape", x, (-1, 1, width)), (1, width)),
        (op("reshape", x, (-1, width, 1)), (width, 1)), (op("take", x, [width - 1, 0], axis=1), (2,)),
        (op("tile", x, (1, 2)), (2 * width,)), (op("repeat", x, 2, axis=-1), (2 * width,)),
        (op("pad", x, ((0, 0), (1, 0))), (1 + width,)), (op("stack", [x, op("tanh", x)], axis=1), (2, width)),
        (op("concatenate", [x, op("sin", x)], axis=-1), (2 * width,)),
    ]


def _of_steps(dice, x, steps, width):
    pooled = dice.of(["mean", "sum", "max", "min", "logsumexp", "mean"])
    choices = [
        (op("transpose", x, (0, 2, 1)), (width, steps)), (op("swapaxes", x, 1, 2), (width, steps)),
        (op("moveaxis", x, 1, 2), (width, steps)), (op(pooled, x, axis=1), (width,)),
        (op(pooled, x, axis=-1), (steps,)),
        (op(pooled, x, axis=1, keepdims=True), (1, width)), (op("reshape", x, (-1, steps * width)), (steps * width,)),
        (Item(x, (ALL, 0)), (width,)), (Item(x, (ALL, -1)), (width,)), (Item(x, (ALL, ALL, 0)), (steps,)),
        (Item(x, (Ellipsis, -1)), (steps,)), (op("cumsum", x, axis=1), (steps, width)),
        (op("flip", x, axis=1), (steps, width)), (op("softmax", x, axis=1), (steps, width)),
        (op("take", x, [steps - 1, 0], axis=1), (2, width)), (op("repeat", x, 2, axis=1), (2 * steps, width)),
        (op("pad", x, ((0, 0), (0, 1), (0, 0))), (steps + 1, width)),
        (op("squeeze", Item(x, (ALL, Slice(0, 1, None))), 1), (width,)),
        (op("matmul", x, op("transpose", x, (0, 2, 1))), (steps, steps)),
        (Operator(x, "@", op("swapaxes", x, 1, 2)), (steps, steps)),
        (op("where", op("greater", x, 0.0), x, op("mean", x, axis=1, keepdims=True)), (steps, width)),
        (Operator(x, "-", op("mean", x, axis=-1, keepdims=True)), (steps, width)),
        (Operator(x, "/", op("sqrt", Operator(op("sum", op("square", x), axis=-1, keepdims=True), "+", 0.3))),
         (steps, width)),
    ]
    if steps > 1:
        choices += [(Item(x, (ALL, Slice(1, None, None))), (steps - 1, width)), (op("var", x, axis=1), (width,)),
                    (Operator(Item(x, (ALL, Slice(1, None, None))), "-", Item(x, (ALL, Slice(None, -1, None)))),
                     (steps - 1, width))]
    if width % 2 == 0:
        choices.append((Item(op("split", x, 2, axis=-1), 1), (steps, width // 2)))
    return choices


def draw_binary(dice, a, b):
    """Of two values of one shape."""
    positive = Operator(op("square", b), "+", 0.5)
    return dice.of([
        Operator(a, "+", b), Operator(a, "-", b), Operator(a, "*", b), Operator(a, "/", positive),
        op("add", a, b), op("subtract", a, b), op("multiply", a, b), op("divide", a, positive), op("maximum", a, b),
        op("minimum", a, b), op("logaddexp", a, b), op("where", op("less", a, b), a, Operator(0.5, "*", b)),
        Operator(op("sigmoid", a), "**", op("sigmoid", b)),
    ])
