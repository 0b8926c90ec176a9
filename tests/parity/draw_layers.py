# SPDX-License-Identifier: Apache-2.0
"""Layers with their options, and ids for an Embedding."""
import numpy as np

from expressions import Call

# Those that keep the shape; glu halves it, which Keras's Dense and Activation do not say of their outputs.
ACTIVATIONS = ["relu", "leaky_relu", "relu6", "softmax", "celu", "elu", "selu", "softplus", "softsign", "squareplus",
               "soft_shrink", "sparse_plus", "silu", "gelu", "tanh", "tanh_shrink", "sigmoid", "sparse_sigmoid",
               "exponential", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "linear", "mish",
               "log_softmax", "log_sigmoid", "sparsemax"]

RECURRENT = ("layers.GRU", "layers.LSTM", "layers.SimpleRNN")
WRAPPING = ("layers.Bidirectional", "layers.TimeDistributed")

# Layers that Keras's masks do not pass: what comes out has none.
DROP_MASKS = ("layers.Flatten", "layers.Reshape", "layers.GlobalMaxPooling1D", "layers.Conv1D", "layers.MaxPooling1D",
              "layers.AveragePooling1D", "layers.UpSampling1D", "layers.ZeroPadding1D", "layers.Cropping1D",
              "layers.RMSNormalization", "layers.Permute", "layers.RepeatVector", *RECURRENT, *WRAPPING)


def draw_embedding(dice, vocabulary, width, has_steps=True):
    layer = Call("layers.Embedding", input_dim=vocabulary, output_dim=width)
    options = layer.keywords
    if dice.chance(0.7):
        options["embeddings_initializer"] = draw_initializer(dice)
    if dice.chance(0.25):
        options["embeddings_regularizer"] = draw_regularizer(dice, rows=vocabulary, columns=width)
    if dice.chance(0.1):
        options["activity_regularizer"] = draw_regularizer(dice)
    if dice.chance(0.2):
        options["embeddings_constraint"] = _draw_constraint(dice, axes=2)
    if dice.chance(0.45) and has_steps:
        options["mask_zero"] = True
    if dice.chance(0.1):
        options["weights"] = dice.normal(scale=0.1, size=(vocabulary, width)).astype("float32")
    if dice.chance(0.04):
        options["trainable"] = False
    if dice.chance(0.1):
        options["name"] = "table"
    return layer


def draw_ids(dice, vocabulary, shape, masked):
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


def draw_steps(dice, shape, value):
    """How inputs of floats are made; of two axes some steps are `value`, which a mask leaves out."""
    def make_x(count):
        x = dice.normal(size=(count, *shape)).astype("float32")
        if len(shape) == 2:
            x[dice.random((count, shape[0])) < 0.3] = value
            x[:, 0][np.all(x == value, axis=(1, 2))] = 0.5  # a step of every sample is there
        return x

    return make_x


def draw_inner(dice, shape):
    kinds = ["Dense"] * 3 + ["Activation"] * 2 + ["Dropout", "Reshape"]
    kinds += ["BatchNormalization", "LayerNormalization"] + ["plain"] * 4
    of_steps = ["SpatialDropout1D", "Masking", "Conv1D", "Conv1D", "MaxPooling1D", "AveragePooling1D",
                "GRU", "LSTM", "SimpleRNN", "Bidirectional", "TimeDistributed"]
    kind = dice.of(kinds + of_steps * (len(shape) == 2))
    if f"layers.{kind}" in RECURRENT:
        return _draw_recurrent(dice, kind, static=shape[0] is not None)
    if kind == "Bidirectional":
        inner = _draw_recurrent(dice, dice.of(["GRU", "LSTM", "SimpleRNN"]), static=shape[0] is not None)
        inner.keywords.pop("go_backwards", None)
        return Call("layers.Bidirectional", layer=inner, merge_mode=dice.of(["concat", "concat", "sum", "mul", "ave"]))
    if kind == "TimeDistributed":
        inner = draw_dense(dice)
        inner.keywords.pop("activity_regularizer", None)  # Keras forgets that one
        return Call("layers.TimeDistributed", layer=inner)
    if kind == "Reshape" and None in shape:
        kind = "Dense"
    if kind == "Dense":
        return draw_dense(dice)
    if kind in ("Conv1D", "MaxPooling1D", "AveragePooling1D"):
        return draw_windows(dice, kind, shape[0])
    if kind in ("BatchNormalization", "LayerNormalization"):
        return draw_normalization(dice, kind, shape)
    if kind == "plain":
        return draw_plain(dice, shape)
    if kind == "Activation":
        return Call("layers.Activation", activation=dice.of(ACTIVATIONS))
    if kind == "Reshape":
        target = dice.of([shape, (*shape[:-1], -1), (1, *shape), (-1, shape[-1])])
        return Call("layers.Reshape", target_shape=target if len(target) < 4 else (-1, shape[-1]))
    return Call("layers.Masking", mask_value=0.0) if kind == "Masking" else Call(f"layers.{kind}", rate=0.0)


def misreads_masks(layer, shape):
    """Keras takes the mask of steps for one of elements; or fails, on PyTorch and with one channel."""
    return layer.path == "layers.Softmax" or (layer.path == "layers.BatchNormalization" and shape[-1] == 1)


def draw_plain(dice, shape):
    """One of those that have few options."""
    choices = [
        Call("layers.LeakyReLU", negative_slope=dice.real(0.01, 1.0)), Call("layers.ELU", alpha=dice.real(0.1, 2.0)),
        Call("layers.Rescaling", scale=dice.real(0.1, 2.0), offset=-dice.real(0.1, 1.0)),
        Call("layers.ActivityRegularization", l2=dice.real(1e-4, 1e-1)), Call("layers.UnitNormalization"),
        Call("layers.RMSNormalization", epsilon=dice.real(1e-3, 1.0)),
        Call("layers.GroupNormalization", groups=dice.of([1, -1]), epsilon=dice.real(1e-3, 1.0),
             beta_initializer=_draw_offset(dice)),
        *(Call(f"layers.{name}", rate=0.0) for name in ("GaussianDropout", "AlphaDropout")),
        Call("layers.GaussianNoise", stddev=0.0), Call("layers.Identity"), _draw_relu(dice),
        Call("layers.Softmax", axis=dice.of([-1, *range(1, len(shape) + 1)]))]
    if len(shape) == 1:
        choices.append(Call("layers.RepeatVector", n=dice.between(1, 4)))
    if len(shape) == 2 and None not in shape:
        choices.append(Call("layers.Permute", dims=dice.of([(2, 1), (2, 1), (1, 2)])))
    if None not in shape:
        choices.append(Call("layers.PReLU", alpha_initializer=draw_initializer(dice, vector=True)))
    if len(shape) == 2:
        choices.append(Call("layers.UpSampling1D", size=dice.between(1, 3)))
        choices.append(Call("layers.ZeroPadding1D", padding=(dice.between(0, 2), dice.between(0, 2))))
        if shape[0] is not None and shape[0] > 2:
            choices.append(Call("layers.Cropping1D", cropping=(dice.between(0, 1), dice.between(0, 1))))
    return dice.of(choices)


def _draw_relu(dice):
    options = {"max_value": dice.real(0.5, 3.0), "negative_slope": dice.real(0.01, 0.5), "threshold": dice.real(0.1, 1.0)}
    return Call("layers.ReLU", **{name: value for name, value in options.items() if dice.chance(0.4)})


def draw_windows(dice, kind, steps):
    """A layer that lays windows on steps, so many that one lies there; their number may be open."""
    options = {}
    paddings = ["same"] + ["causal"] * (kind == "Conv1D") + ["valid"] * 2 * (steps is not None)
    options["padding"] = dice.of(paddings)
    size = dice.between(1, 4 if options["padding"] != "valid" else min(4, steps))
    options["kernel_size" if kind == "Conv1D" else "pool_size"] = size
    if dice.chance(0.4):
        options["strides"] = dice.between(1, 3)
    if kind != "Conv1D":
        return Call(f"layers.{kind}", **options)
    if options.get("strides", 1) == 1 and dice.chance(0.3):
        most = 3 if options["padding"] != "valid" or size == 1 else (steps - 1) // (size - 1)
        options["dilation_rate"] = dice.between(1, max(1, min(3, most)))
    dense = draw_dense(dice).keywords
    options["filters"] = dense.pop("units")
    for name in ("kernel_constraint", "kernel_regularizer"):
        dense.pop(name, None)  # of matrices
    return Call("layers.Conv1D", **options, **dense)


def draw_normalization(dice, kind, shape):
    options = {}
    for name in ("center", "scale"):
        if dice.chance(0.15):
            options[name] = False
    for name in ("beta", "gamma"):
        if dice.chance(0.3):
            options[f"{name}_initializer"] = draw_initializer(dice, vector=True)
        if dice.chance(0.1):
            options[f"{name}_regularizer"] = draw_regularizer(dice)
        if dice.chance(0.08):
            options[f"{name}_constraint"] = _draw_constraint(dice, 1)
    if dice.chance(0.4):
        options["epsilon"] = dice.real(1e-3, 1.0)
    if kind == "BatchNormalization" and dice.chance(0.5):
        options["momentum"] = dice.real(0.3, 1.0)
    if kind == "LayerNormalization" and len(shape) == 2 and None not in shape and dice.chance(0.3):
        options["axis"] = dice.of([1, [1, 2]])
        options.pop("beta_constraint", None), options.pop("gamma_constraint", None)
        options.pop("beta_initializer", None), options.pop("gamma_initializer", None)
    if kind == "LayerNormalization":
        options.pop("center", None)
        options["beta_initializer"] = _draw_offset(dice)
    if dice.chance(0.05):
        options["trainable"] = False
    return Call(f"layers.{kind}", **options)


def _draw_offset(dice):
    """What is normalized sums up to 0 without: a layer that adds it up hands on how numbers were rounded, and nothing
    else, and Adam makes a whole step of that."""
    return Call("initializers.RandomUniform", minval=0.1, maxval=0.9, seed=dice.between(0, 10**6))


def _windows(steps, options):
    if steps is None:
        return None
    strides = options.get("strides", options.get("pool_size", 1))
    if options["padding"] == "valid":
        steps -= (options.get("kernel_size", options.get("pool_size")) - 1) * options.get("dilation_rate", 1)
    return (steps - 1) // strides + 1


def after(layer, shape):
    """The shape behind the layer."""
    steps = {"layers.UpSampling1D": lambda size: lambda steps: steps * size,
             "layers.ZeroPadding1D": lambda padding: lambda steps: steps + sum(padding),
             "layers.Cropping1D": lambda cropping: lambda steps: steps - sum(cropping)}.get(layer.path)
    if steps:
        return (None if shape[0] is None else steps(*layer.keywords.values())(shape[0]), *shape[1:])
    if "padding" in layer.keywords:
        return (_windows(shape[0], layer.keywords), layer.keywords.get("filters", shape[1]))
    if layer.path == "layers.Dense":
        return (*shape[:-1], layer.keywords["units"])
    if layer.path in RECURRENT:
        return (*shape[:layer.keywords.get("return_sequences", False)], layer.keywords["units"])
    if layer.path in WRAPPING:
        inner = after(layer.keywords["layer"], shape)
        return (*inner[:-1], inner[-1] * (1 + (layer.keywords.get("merge_mode") == "concat")))
    if layer.path == "layers.Permute":
        return tuple(shape[dim - 1] for dim in layer.keywords["dims"])
    if layer.path == "layers.RepeatVector":
        return (layer.keywords["n"], *shape)
    if layer.path == "layers.Reshape":
        target = layer.keywords["target_shape"]
        left_over = int(np.prod(shape)) // int(np.prod([size for size in target if size != -1]))
        return tuple(left_over if size == -1 else size for size in target)
    return shape


def draw_dense(dice):
    layer = Call("layers.Dense", units=dice.between(1, 6))
    options = layer.keywords
    if dice.chance(0.6):
        options["activation"] = dice.of(ACTIVATIONS)
    if dice.chance(0.15):
        options["use_bias"] = False
    elif dice.chance(0.3):
        options["bias_initializer"] = draw_initializer(dice, vector=True)
    if dice.chance(0.4):
        options["kernel_initializer"] = draw_initializer(dice)
    for name in ("kernel", "bias", "activity"):
        if dice.chance(0.1):
            # How many rows a kernel has is not known here.
            columns = layer.keywords["units"] if name == "kernel" else 0
            options[f"{name}_regularizer"] = draw_regularizer(dice, columns=columns)
    for name, axes in (("kernel", 2), ("bias", 1)):
        if dice.chance(0.08):
            options[f"{name}_constraint"] = _draw_constraint(dice, axes)
    if dice.chance(0.04):
        options["trainable"] = False
    return layer


def _draw_recurrent(dice, kind, static):
    layer = Call(f"layers.{kind}", units=dice.between(1, 6))
    options = layer.keywords
    flags = dict(return_sequences=0.6, go_backwards=0.2, zero_output_for_mask=0.2, unroll=0.1 * static)
    options.update({name: True for name, chance in flags.items() if dice.chance(chance)})
    if dice.chance(0.2):
        options["activation"] = dice.of(["sigmoid", "softsign", "hard_tanh", "softmax", "linear"])
    if kind != "SimpleRNN" and dice.chance(0.2):
        options["recurrent_activation"] = dice.of(["hard_sigmoid", "softmax", "tanh"])
    if kind == "GRU" and dice.chance(0.3):
        options["reset_after"] = False
    if kind == "LSTM" and dice.chance(0.2):
        options["unit_forget_bias"] = False
    if dice.chance(0.2):
        options["use_bias"] = False
    for name in ("kernel", "recurrent", "bias", *["activity"] * (kind != "SimpleRNN")):  # Keras forgets that one
        if dice.chance(0.1):
            options[f"{name}_regularizer"] = draw_regularizer(dice)
    for name in ("kernel", "recurrent"):
        if dice.chance(0.08):
            options[f"{name}_constraint"] = _draw_constraint(dice, 2)
    return layer


def draw_initializer(dice, vector=False):
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


def draw_regularizer(dice, rows=0, columns=0):
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


def without_kinks(layers):
    """Takes out of them what Keras's backends differ in: slopes at an exact 0."""
    for layer in layers:
        for name in [name for name in layer.keywords if "regularizer" in name]:
            del layer.keywords[name]
        if layer.keywords.get("activation") == "leaky_relu":
            layer.keywords["activation"] = "relu"
        if layer.path == "layers.LeakyReLU":
            layer.path, layer.keywords = "layers.ReLU", {}
