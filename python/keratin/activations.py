# SPDX-License-Identifier: Apache-2.0
"""Functions between layers, of arrays. Keras: `keras.activations`.

float32 comes out, whatever goes in. Each function is also what a layer takes: `Dense(3, activation=relu)`.
"""
from keratin import _core, _native
from keratin.keras_tensor import KerasTensor, apply, in_pass


class Activation(_native.Native):
    """An activation with arguments that are not the defaults, as a function.

    Example:

    >>> steep = keratin.activations.deserialize({"class_name": "leaky_relu", "config": {"negative_slope": 0.5}})
    >>> layer = keratin.layers.Dense(3, activation=steep)
    """

    _concept = _core.Activation
    _module = "keratin.activations"

    def __init__(self, class_name, **options):
        self._class_name = class_name
        self._make(**options)

    def __call__(self, x):
        """The values."""
        return _apply(self._core, x)


def _apply(core, x):
    x = in_pass(x)
    if type(x) is not KerasTensor:
        return core(x)
    if core.class_name == "linear":
        return x
    if core.class_name == "mish":  # which is no operation by itself
        return apply("Multiply", (x, apply("Tanh", (apply("Softplus", (x,)),))))
    name = "exp" if core.class_name == "exponential" else core.class_name
    return apply("".join(word.capitalize() for word in name.split("_")), (x,), core.get_config())


def _call(name, x, **options):
    return _apply(_core.Activation.deserialize({"class_name": name, "config": options}), x)


def relu(x, negative_slope=0.0, max_value=None, threshold=0.0):
    """x above `threshold`, at most `max_value`; below it `negative_slope * (x - threshold)`."""
    return _call("relu", x, negative_slope=negative_slope, max_value=max_value, threshold=threshold)


def leaky_relu(x, negative_slope=0.2):
    """x, or `negative_slope * x` where it is negative."""
    return _call("leaky_relu", x, negative_slope=negative_slope)


def relu6(x):
    """x between 0 and 6."""
    return _call("relu6", x)


def softmax(x, axis=-1):
    """`exp(x) / sum(exp(x))` along `axis`."""
    return _call("softmax", x, axis=axis)


def celu(x, alpha=1.0):
    """x, or `alpha * (exp(x / alpha) - 1)` where it is negative."""
    return _call("celu", x, alpha=alpha)


def elu(x, alpha=1.0):
    """x, or `alpha * (exp(x) - 1)` where it is negative."""
    return _call("elu", x, alpha=alpha)


def selu(x):
    """elu scaled so that mean 0 and variance 1 are kept (Klambauer et al., 2017)."""
    return _call("selu", x)


def softplus(x):
    """`log(1 + exp(x))`."""
    return _call("softplus", x)


def softsign(x):
    """`x / (1 + abs(x))`."""
    return _call("softsign", x)


def squareplus(x, b=4):
    """`(x + sqrt(x**2 + b)) / 2`."""
    return _call("squareplus", x, b=b)


def soft_shrink(x, threshold=0.5):
    """x moved towards 0 by `threshold`; 0 where it does not reach."""
    return _call("soft_shrink", x, threshold=threshold)


def sparse_plus(x):
    """0 up to -1, `(x + 1)**2 / 4` between, x from 1 on."""
    return _call("sparse_plus", x)


def silu(x):
    """`x * sigmoid(x)`."""
    return _call("silu", x)


def gelu(x, approximate=False):
    """x times the normal distribution of x; `approximate`: by way of tanh."""
    return _call("gelu", x, approximate=approximate)


def glu(x, axis=-1):
    """`a * sigmoid(b)`, a and b the halves of x along `axis`."""
    return _call("glu", x, axis=axis)


def tanh(x):
    """The hyperbolic tangent."""
    return _call("tanh", x)


def tanh_shrink(x):
    """`x - tanh(x)`."""
    return _call("tanh_shrink", x)


def threshold(x, threshold, default_value):
    """x where it is above `threshold`, else `default_value`."""
    return _call("threshold", x, threshold=threshold, default_value=default_value)


def sigmoid(x):
    """`1 / (1 + exp(-x))`."""
    return _call("sigmoid", x)


def sparse_sigmoid(x):
    """`(x + 1) / 2`, between 0 and 1."""
    return _call("sparse_sigmoid", x)


def exponential(x):
    """`exp(x)`."""
    return _call("exponential", x)


def hard_sigmoid(x):
    """`x / 6 + 0.5`, between 0 and 1."""
    return _call("hard_sigmoid", x)


def keras2_hard_sigmoid(x):
    """`0.2 * x + 0.5`, between 0 and 1: `hard_sigmoid` of Keras 1 and 2, which models that they saved have."""
    return _call("keras2_hard_sigmoid", x)


def hard_silu(x):
    """`x * hard_sigmoid(x)`."""
    return _call("hard_silu", x)


def hard_tanh(x):
    """x between -1 and 1."""
    return _call("hard_tanh", x)


def hard_shrink(x, threshold=0.5):
    """x, or 0 where its absolute value is at most `threshold`."""
    return _call("hard_shrink", x, threshold=threshold)


def linear(x):
    """x."""
    return _call("linear", x)


def mish(x):
    """`x * tanh(softplus(x))`."""
    return _call("mish", x)


def log_softmax(x, axis=-1):
    """`log(softmax(x))` along `axis`."""
    return _call("log_softmax", x, axis=axis)


def log_sigmoid(x):
    """`log(sigmoid(x))`."""
    return _call("log_sigmoid", x)


def sparsemax(x, axis=-1):
    """The nearest point of the probability simplex, along `axis` (Martins and Astudillo, 2016)."""
    return _call("sparsemax", x, axis=axis)


swish = silu
hard_swish = hard_silu

_FUNCTIONS = {name: globals()[name] for name, _ in _core.Activation.names()}
_FUNCTIONS.update(swish=silu, hard_swish=hard_silu)
for _name, _function in _FUNCTIONS.items():
    if _function is not threshold:  # which has arguments without a default
        _function._core = _core.Activation.deserialize(_name)

_LAYERS = ("ELU", "LeakyReLU", "ReLU", "Softmax")  # which Keras takes for functions

__all__ = [*_FUNCTIONS, "Activation", "get", "serialize", "deserialize"]


def serialize(activation):
    """The name of a function, or the config of an `Activation`: what `deserialize` takes."""
    if isinstance(activation, Activation):
        return activation._core.serialize()
    name = getattr(activation, "__name__", None)
    if name is None:
        raise ValueError(f"Could not serialize activation: {_native.shown(activation)}")
    return name


@_native.refusing
def deserialize(config, custom_objects=None):
    """The function that a name or a serialized config describes."""
    if isinstance(config, dict) and config.get("class_name") == "function":
        config = _native.entry(config, "config", (str, dict))  # how Keras writes a function
    name = config
    if isinstance(config, dict):
        name = _native.entry(config, "class_name", str)
        if name in _FUNCTIONS:
            return Activation(name, **_native.entry(config, "config", dict, {}))
        if name in _LAYERS:
            core = _core.Activation.deserialize(config)
            return Activation(core.class_name, **core.get_config())
    if isinstance(name, str) and name in (custom_objects or {}):
        return custom_objects[name]
    if isinstance(name, str) and name in _FUNCTIONS:
        return _FUNCTIONS[name]
    _core.Activation.deserialize(config)  # says what is wrong


def get(identifier):
    """A function from None (linear), a name, a config or a function."""
    if identifier is None:
        return linear
    with _native.told_by("Activation get"):
        if isinstance(identifier, (str, dict)):
            return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("[Activation get] Could not interpret activation function identifier: "
                     f"{_native.shown(identifier)}")
