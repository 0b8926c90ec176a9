# SPDX-License-Identifier: Apache-2.0
"""Draws a program from a seed: `draw(seed)`. The layers are here; the rest of what can be drawn is in
draw_task.py (outputs, losses, metrics, weights of samples) and draw_optimizer.py.
"""
import numpy as np

import draw_optimizer
import draw_task
from dice import Dice
from program import Call, Program

# Those that keep the shape; glu halves it, which Keras's Dense and Activation do not say of their outputs.
ACTIVATIONS = ["relu", "leaky_relu", "relu6", "softmax", "celu", "elu", "selu", "softplus", "softsign", "squareplus",
               "soft_shrink", "sparse_plus", "silu", "gelu", "tanh", "tanh_shrink", "sigmoid", "sparse_sigmoid",
               "exponential", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "linear", "mish",
               "log_softmax", "log_sigmoid", "sparsemax"]
DROPS_MASK = ("layers.Flatten", "layers.Reshape", "layers.GlobalMaxPooling1D")


def draw(seed):
    dice = Dice(seed)
    program = Program(seed=seed, layers=[])
    make_x, shape = _draw_first(dice, program)
    shape = _draw_middle(dice, program.layers, shape)
    # Only the number of steps of the ids may be open to the model.
    shape = tuple(make_x(1).shape[1] if size is None else size for size in shape)
    make_y = draw_task.draw(dice, program, shape)
    program.by_fit = dice.chance(0.3)
    program.batch_size = dice.between(1, 8)
    program.epochs = 3 if program.by_fit else 1
    # By fit the last batch of each epoch is mostly a short one.
    count = 9 * program.batch_size + dice.between(1, program.batch_size) if program.by_fit else 30 * program.batch_size
    program.x, program.y = make_x(count), make_y(count)
    program.validation_split = 0.2 if program.by_fit and dice.chance(0.3) else 0.0
    draw_task.draw_weights(dice, program)
    kept = _follow_mask(program)
    program.optimizer = draw_optimizer.draw(dice)
    _choose_backends(program, kept)
    return program


# -- layers ----------------------------------------------------------------------------------------


def _draw_first(dice, program):
    """The first layers; how inputs are made, and the shape behind the layers, without the batch."""
    kind = dice.of(["ids"] * 6 + ["steps", "values"])
    if kind == "ids":
        return _draw_embedding(dice, program)
    shape = (dice.between(2, 6),) if kind == "values" else (dice.between(1, 6), dice.between(1, 5))
    begin = dice.of(["Input", "build", "input_shape"])
    first = _draw_dense(dice) if kind == "values" or dice.chance(0.3) else Call(
        "layers.Masking", mask_value=dice.of([0.0, -1.0]))
    if begin == "Input":
        program.layers.append(Call("Input", shape=shape))
    elif begin == "build":
        program.build_shape = (None, *shape)
    else:
        first.keywords["input_shape"] = shape
    program.layers.append(first)
    value = first.keywords.get("mask_value", 0.0)

    def make_x(count):
        x = dice.normal(size=(count, *shape)).astype("float32")
        if len(shape) == 2:
            x[dice.random((count, shape[0])) < 0.3] = value
            x[:, 0][np.all(x == value, axis=(1, 2))] = 0.5  # a step of every sample is there
        return x

    return make_x, _after(first, shape)


def _draw_embedding(dice, program):
    vocabulary, width = dice.of([dice.between(2, 12), dice.between(10, 60), dice.between(60, 400)]), dice.between(1, 8)
    shape = dice.of([(dice.between(1, 7),)] * 6 + [(), (dice.between(1, 3), dice.between(1, 3))])
    layer = Call("layers.Embedding", input_dim=vocabulary, output_dim=width)
    options = layer.keywords
    if dice.chance(0.7):
        options["embeddings_initializer"] = _draw_initializer(dice)
    if dice.chance(0.25):
        options["embeddings_regularizer"] = _draw_regularizer(dice, rows=vocabulary, columns=width)
    if dice.chance(0.1):
        options["activity_regularizer"] = _draw_regularizer(dice)
    if dice.chance(0.2):
        options["embeddings_constraint"] = _draw_constraint(dice, axes=2)
    if dice.chance(0.45) and shape:
        options["mask_zero"] = True
    if dice.chance(0.1):
        options["weights"] = dice.normal(scale=0.1, size=(vocabulary, width)).astype("float32")
    if dice.chance(0.04):
        options["trainable"] = False
    if dice.chance(0.1):
        options["name"] = "table"
    known = _draw_begin_of_ids(dice, program, layer, shape)
    return _ids(dice, vocabulary, shape, bool(options.get("mask_zero"))), (*known, width)


def _draw_begin_of_ids(dice, program, layer, shape):
    """Who says the shape of the ids: Input (perhaps without the number of steps), the layer, or build."""
    known = tuple(None if dice.chance(0.15) else size for size in shape) if len(shape) == 1 else shape
    begin = dice.of(["Input", "build"] + ["input_length"] * (len(shape) == 1))
    if begin == "Input":
        program.layers.append(Call("Input", shape=known, dtype="int32"))
    else:
        if begin == "input_length":
            known = shape
            layer.keywords["input_length"] = shape[0]
        program.build_shape = (None, *known)  # Keras 3 does not know input_length
    program.layers.append(layer)
    return known


def _ids(dice, vocabulary, shape, masked):
    skew, dtype = dice.uniform(0.0, 2.5), dice.of(["int32", "int32", "int64", "float32", "uint8", "int16"])
    dtype = "int32" if dtype == "uint8" and vocabulary > 256 else dtype
    probabilities = np.arange(1, vocabulary + 1) ** -skew
    probabilities = dice.permutation(probabilities / probabilities.sum())

    def make_x(count):
        x = dice.choice(vocabulary, size=(count, *shape), p=probabilities)
        if masked and len(shape) == 1:
            lengths = dice.integers(1, shape[0] + 1, size=(count, 1))  # padded behind, or before
            steps = np.arange(shape[0]) if dice.chance(0.5) else np.arange(shape[0])[::-1]
            x = np.where(steps < lengths, x, 0)
            # Of a sample that is all padding the mean is 0 / 0 in both, and then so is everything.
            x[:, -1 if steps[0] else 0][np.all(x == 0, axis=1)] = vocabulary - 1
        return x.astype(dtype)

    return make_x


def _draw_middle(dice, layers, shape):
    """Layers between the first and the task; ends at (width,), or at (steps, width)."""
    for _ in range(dice.of([0, 0, 1, 1, 2])):
        layer = _draw_inner(dice, shape)
        if _has_mask(layers) and layer.path == "layers.Reshape" and _after(layer, shape) == shape:
            continue  # on JAX that gives the same array, with the mask that hangs on it
        layers.append(layer)
        shape = _after(layer, shape)
    if len(shape) > 1 and dice.chance(0.8 if len(shape) == 2 else 1.0):
        static = None not in shape
        pooling = dice.of(["GlobalAveragePooling1D"] * 2 + ["GlobalMaxPooling1D"] + ["Flatten"] * 2 * static
                          if len(shape) == 2 else ["Flatten"])
        layers.append(Call(f"layers.{pooling}"))
        if pooling != "Flatten" and dice.chance(0.2):
            layers[-1].keywords["keepdims"] = True
            layers.append(Call("layers.Flatten"))
        shape = (int(np.prod(shape)),) if pooling == "Flatten" else (shape[-1],)
        if dice.chance(0.3):
            layers.append(_draw_dense(dice))
            shape = _after(layers[-1], shape)
    return shape


def _has_mask(layers):
    return any(layer.path == "layers.Masking" or layer.keywords.get("mask_zero") for layer in layers)


def _draw_inner(dice, shape):
    kinds = ["Dense"] * 3 + ["Activation"] * 2 + ["Dropout", "Reshape"]
    kind = dice.of(kinds + ["SpatialDropout1D", "Masking"] * (len(shape) == 2))
    if kind == "Reshape" and None in shape:
        kind = "Dense"
    if kind == "Dense":
        return _draw_dense(dice)
    if kind == "Activation":
        return Call("layers.Activation", activation=dice.of(ACTIVATIONS))
    if kind == "Reshape":
        target = dice.of([shape, (*shape[:-1], -1), (1, *shape), (-1, shape[-1])])
        return Call("layers.Reshape", target_shape=target if len(target) < 4 else (-1, shape[-1]))
    return Call("layers.Masking", mask_value=0.0) if kind == "Masking" else Call(f"layers.{kind}", rate=0.0)


def _after(layer, shape):
    """The shape behind the layer."""
    if layer.path == "layers.Dense":
        return (*shape[:-1], layer.keywords["units"])
    if layer.path == "layers.Reshape":
        target = layer.keywords["target_shape"]
        left_over = int(np.prod(shape)) // int(np.prod([size for size in target if size != -1]))
        return tuple(left_over if size == -1 else size for size in target)
    return shape


def _draw_dense(dice):
    layer = Call("layers.Dense", units=dice.between(1, 6))
    options = layer.keywords
    if dice.chance(0.6):
        options["activation"] = dice.of(ACTIVATIONS)
    if dice.chance(0.15):
        options["use_bias"] = False
    elif dice.chance(0.3):
        options["bias_initializer"] = _draw_initializer(dice, vector=True)
    if dice.chance(0.4):
        options["kernel_initializer"] = _draw_initializer(dice)
    for name in ("kernel", "bias", "activity"):
        if dice.chance(0.1):
            # How many rows a kernel has is not known here.
            columns = layer.keywords["units"] if name == "kernel" else 0
            options[f"{name}_regularizer"] = _draw_regularizer(dice, columns=columns)
    for name, axes in (("kernel", 2), ("bias", 1)):
        if dice.chance(0.08):
            options[f"{name}_constraint"] = _draw_constraint(dice, axes)
    if dice.chance(0.04):
        options["trainable"] = False
    return layer


def _draw_initializer(dice, vector=False):
    seed = dice.between(0, 10**6)
    choices = [
        Call("initializers.RandomUniform", minval=-dice.real(0.01, 1.0), maxval=dice.real(0.01, 1.0), seed=seed),
        Call("initializers.RandomNormal", mean=0.0, stddev=dice.real(0.01, 1.0), seed=seed),
        Call("initializers.TruncatedNormal", stddev=dice.real(0.01, 1.0), seed=seed),
        Call("initializers.Constant", value=dice.real(0.01, 1.0)),
    ]
    if vector:
        return dice.of([*choices, "ones", "zeros"])
    choices += [Call(f"initializers.{name}", seed=seed)
                for name in ("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal")]
    choices += [
        Call("initializers.VarianceScaling", scale=dice.real(0.1, 2.0), mode=dice.of(["fan_in", "fan_out", "fan_avg"]),
             distribution=dice.of(["truncated_normal", "untruncated_normal", "uniform"]), seed=seed),
        Call("initializers.Orthogonal", gain=dice.real(0.5, 2.0), seed=seed),
    ]
    return dice.of(choices)


def _draw_regularizer(dice, rows=0, columns=0):
    factor = dice.real(1e-4, 1e-1)
    choices = [Call("regularizers.L1", l1=factor), Call("regularizers.L2", l2=factor),
               Call("regularizers.L1L2", l1=factor, l2=dice.real(1e-4, 1e-1)), "l1", "l2"]
    if not rows and not columns and dice.chance(0.6):
        return Call("regularizers.L2", l2=factor)  # L1 of biases and outputs is for JAX alone, which is slow
    # Of one vector alone Keras makes 0 / 0, Keratin 0. Of vectors of one number the derivative is 0: what float
    # arithmetic leaves of it is rounding, and its sign decides the next step.
    modes = ["rows"] * (rows > 1 and columns > 1) + ["columns"] * (columns > 1 and rows != 1)
    if modes and dice.chance(0.3):
        return Call("regularizers.OrthogonalRegularizer", factor=factor, mode=dice.of(modes))
    return dice.of(choices)


def _draw_constraint(dice, axes):
    axis = dice.between(0, axes - 1)
    return dice.of([
        Call("constraints.MaxNorm", max_value=dice.real(0.05, 2.0), axis=axis),
        Call("constraints.NonNeg"),
        Call("constraints.UnitNorm", axis=axis),
        Call("constraints.MinMaxNorm", min_value=dice.real(0.01, 0.3), max_value=dice.real(0.3, 2.0),
             rate=dice.of([1.0, 0.5]), axis=axis),
    ])


# -- what follows from the layers ------------------------------------------------------------------


def _follow_mask(program):
    """Whether a mask reaches the outputs. Where a layer drops one, Keratin is told to do so too."""
    masked = False
    for layer in program.layers:
        if masked and layer.path in DROPS_MASK:
            program.mask_policy = "keras3"
        if layer.path in (*DROPS_MASK, "layers.GlobalAveragePooling1D"):
            masked = False
        masked |= layer.path == "layers.Masking" or bool(layer.keywords.get("mask_zero"))
    return masked


def _choose_backends(program, mask_reaches_loss):
    """Where Keras's backends differ from each other, the one that Keratin follows (docs/keras-differences.md)."""
    only_jax = (_acts_on_every_call(program) or _meets_kinks(program) or _weights_changed_in_place(program)
                or _counts_before_validation(program))
    if not mask_reaches_loss:
        only_torch = "Orthogonal(" in repr(program.layers)  # on JAX its QR is compiled for minutes
        program.backends = ["jax"] if only_jax else ["torch"] if only_torch else ["torch", "jax"]
        return
    program.backends = ["torch"]  # JAX loses the mask of predictions in losses and metrics
    if program.sample_weight is not None:  # which the mask cannot widen where it is changed in place
        program.sample_weight = np.broadcast_to(program.sample_weight, program.y.shape[:2]).copy()
    # Whatever else is for JAX alone goes.
    program.metrics, program.weighted_metrics = program.metrics + program.weighted_metrics, []
    if _counts_before_validation(program):
        program.validation_split = 0.0
    if isinstance(program.optimizer, Call):
        program.optimizer.keywords.pop("gradient_accumulation_steps", None)
    for layer in program.layers if _meets_kinks(program) else ():
        for name in [name for name in layer.keywords if "regularizer" in name]:
            del layer.keywords[name]
        if layer.keywords.get("activation") == "leaky_relu":
            layer.keywords["activation"] = "relu"


def _acts_on_every_call(program):
    """With gradient accumulation: averages and constraints act on every call on JAX, on each step elsewhere."""
    options = getattr(program.optimizer, "keywords", {})
    constrained = any("constraint" in name for layer in program.layers for name in layer.keywords)
    return bool(options.get("gradient_accumulation_steps") and (options.get("use_ema") or constrained))


def _weights_changed_in_place(program):
    """On torch a loss that ignores a class scales the weights of samples in place; then metrics see those."""
    weighted = program.sample_weight is not None or program.class_weight
    return bool(weighted and program.weighted_metrics and "ignore_class" in repr(program.loss))


def _counts_before_validation(program):
    """On torch the result of a count is a view of its variable; validation starts that anew, then `fit` reads it."""
    counts = ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
    return bool(program.validation_split and any(name in repr((program.metrics, program.weighted_metrics))
                                                 for name in counts))


def _meets_kinks(program):
    """Whether a regularizer takes |x| of an exact 0, whose derivative is 1 on JAX and 0 on torch, or leaky_relu,
    whose derivative there is 1 and the slope: behind padding, or where Ftrl made a column 0, it meets one."""
    optimizer = getattr(program.optimizer, "path", program.optimizer).lower()
    for layer in program.layers:
        if layer.keywords.get("activation") == "leaky_relu":
            return True
        for name, value in layer.keywords.items():
            if "regularizer" not in name or "l2" == value or getattr(value, "path", "").endswith(".L2"):
                continue
            zeros = "NonNeg" in repr(layer.keywords.get(name.replace("regularizer", "constraint")))
            if name.startswith(("bias", "activity")) or zeros or "ftrl" in optimizer:
                return True
    return False
