# SPDX-License-Identifier: Apache-2.0
"""How the table of an Embedding is quantized. Keras: `keras.quantizers`."""
import numpy as np

from keratin import _core, _native
from keratin._refusal import shown

__all__ = ["AbsMaxQuantizer", "Int4QuantizationConfig", "Int8QuantizationConfig", "QuantizationConfig",
           "QuantizationReport", "deserialize", "get", "pack_int4", "serialize", "unpack_int4"]


class _Plain:
    """An object that is its config."""

    def serialize(self):
        """The config with the class, as Keras writes it."""
        return {"module": "keras.quantizers", "class_name": type(self).__name__, "config": self.get_config(),
                "registered_name": None}

    @classmethod
    def from_config(cls, config):
        with _native.told_by(cls.__name__):
            return cls(**_native.arguments_in(config))

    def __eq__(self, other):
        return type(other) is type(self) and other.get_config() == self.get_config()

    def __hash__(self):
        return hash(repr(self.get_config()))

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.get_config().items())})"


class AbsMaxQuantizer(_Plain):
    """One scale for several numbers, of which the largest becomes the largest code.

    Args:
        axis: the axis along which numbers share a scale; of a table the last.
        value_range: the smallest and the largest code, within -128 and 127.
        epsilon: what is added to the largest size, so that zeros have a scale.
        output_dtype: "int8".
    """

    def __init__(self, axis=None, value_range=(-127, 127), epsilon=1e-7, output_dtype="int8"):
        self.axis = None if axis is None else (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
        self.value_range = tuple(value_range)
        self.epsilon = float(epsilon)
        self.output_dtype = output_dtype
        _core.checked_quantization(_entry("Int8QuantizationConfig", weight_quantizer=self.serialize()))

    def get_config(self):
        config = {"value_range": self.value_range, "epsilon": self.epsilon, "output_dtype": self.output_dtype}
        return config if self.axis is None else {**config, "axis": self.axis}


class QuantizationConfig(_Plain):
    """What the two configs have in common: make an `Int8QuantizationConfig` or an `Int4QuantizationConfig`."""

    def __init__(self, weight_quantizer=None, activation_quantizer=None):
        if type(self) is QuantizationConfig:
            raise TypeError("[QuantizationConfig] make an Int8QuantizationConfig or an Int4QuantizationConfig.")
        self.weight_quantizer, self.activation_quantizer = get(weight_quantizer), get(activation_quantizer)

    def _check(self):
        _core.checked_quantization(self.serialize())

    def get_config(self):
        return {"weight_quantizer": serialize(self.weight_quantizer),
                "activation_quantizer": serialize(self.activation_quantizer)}


class Int8QuantizationConfig(QuantizationConfig):
    """Codes from -127 to 127 and a scale for each row.

    Args:
        weight_quantizer: an AbsMaxQuantizer for the rows; None: the default one.
        activation_quantizer: one for inputs, which a lookup has none of; it stands in the config.
    """

    mode = "int8"

    def __init__(self, weight_quantizer=None, activation_quantizer="default"):
        super().__init__(weight_quantizer, AbsMaxQuantizer() if activation_quantizer == "default" else activation_quantizer)
        self._check()


class Int4QuantizationConfig(QuantizationConfig):
    """Codes from -8 to 7, two a byte.

    Args:
        weight_quantizer: an AbsMaxQuantizer for the rows, of value_range (-8, 7), where they have one scale each.
        activation_quantizer: one for inputs, which a lookup has none of; it stands in the config.
        block_size: so many columns of a row share a scale and a zero point; None or -1: a row has one scale.
    """

    mode = "int4"

    def __init__(self, weight_quantizer=None, activation_quantizer="default", block_size=128):
        super().__init__(weight_quantizer, None if activation_quantizer == "default" else activation_quantizer)
        self.block_size = block_size
        self._check()

    def get_config(self):
        return {**super().get_config(), "block_size": self.block_size}

    @classmethod
    def from_config(cls, config):
        # Keras: a config without it is of the time before there were groups.
        return super().from_config({"block_size": None, **_native.arguments_in(config)})


_CLASSES = {cls.__name__: cls for cls in (AbsMaxQuantizer, Int8QuantizationConfig, Int4QuantizationConfig)}


def _entry(class_name, **config):
    return {"class_name": class_name, "config": {"weight_quantizer": None, "activation_quantizer": None, **config}}


def serialize(quantizer):
    """The config of a quantizer or of a quantization, with its class; None of None."""
    return None if quantizer is None else quantizer.serialize()


@_native.refusing
def deserialize(config, custom_objects=None):
    """The object that a serialized config describes."""
    name = _native.entry(config, "class_name", str)
    known = {**_CLASSES, **(custom_objects or {})}
    if name not in known:
        raise ValueError(f"[quantizers] there is no class {name!r}. There are: {', '.join(_CLASSES)}")
    return known[name].from_config(_native.entry(config, "config", dict))


def get(identifier):
    """The object from None, a config or an object."""
    if identifier is None or isinstance(identifier, _Plain):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    raise ValueError(f"[quantizers] expected None, a config or an object of keratin.quantizers. Received: {shown(identifier, 200)}")


def resolved(mode, config):
    """The config that `quantize(mode, config=config)` asks for."""
    if isinstance(config, str):
        mode, config = config, None
    if config is None:
        if mode is None:
            raise ValueError("[quantize] give a mode or a config.")
        return deserialize(_core.quantization_of(mode))
    if not isinstance(config, QuantizationConfig):
        raise ValueError(f"[quantize] config must be a QuantizationConfig. Received: {shown(config, 200)}")
    if mode is not None and mode != config.mode:
        _core.quantization_of(mode)
        raise ValueError(f"[quantize] mode is {mode!r}, and that of config is {config.mode!r}")
    return config


def of_policy(policy):
    """The config of a layer that is built under a quantized policy."""
    if policy.quantization_mode == "int8":
        return Int8QuantizationConfig()
    return Int4QuantizationConfig(block_size=getattr(policy, "block_size", -1))


def pack_int4(arr, axis=0, dtype="int8"):
    """Codes from -8 to 7 as halves of bytes, the first of two in the lower one: the array, its shape, and how many
    there were along the axis."""
    codes = np.moveaxis(np.asarray(arr), axis, 0)
    if np.any((codes < -8) | (codes > 7)) or codes.dtype.kind not in "iu":
        raise ValueError("[pack_int4] the codes must be integers from -8 to 7.")
    count = codes.shape[0]
    codes = np.concatenate([codes, np.zeros((count % 2, *codes.shape[1:]), codes.dtype)]).astype(np.int8).view(np.uint8) & 15
    packed = np.moveaxis((codes[::2] | codes[1::2] << 4).view(dtype), 0, axis)
    return packed, packed.shape, count


def unpack_int4(packed, orig_len, axis=0, dtype="int8"):
    """The codes behind `pack_int4`, one an element: of uint8 from 0 to 15."""
    pairs = np.moveaxis(np.asarray(packed), axis, 0).view(np.uint8)
    codes = np.stack([pairs & 15, pairs >> 4], 1).reshape(-1, *pairs.shape[1:])[:orig_len]
    if np.dtype(dtype) == np.int8:
        codes = ((codes ^ 8).astype(np.int8) - 8).astype(np.int8)
    return np.moveaxis(codes, 0, axis)


class QuantizationReport:
    """What `Model.quantize` did, layer by layer.

    Args:
        mode: the mode it was called with.
    """

    SKIP_NO_SUPPORT = "no quantize support"
    SKIP_FILTERED = "filtered out"
    SKIP_ALREADY_QUANTIZED = "already quantized"
    SKIP_OUTSIDE_STRUCTURE = "outside quantization structure"

    def __init__(self, mode=None):
        self.mode, self.quantized, self.skipped = mode, [], []

    def add_quantized(self, path, mode, scheme):
        self.quantized.append((path, mode, scheme))

    def add_skipped(self, path, reason):
        self.skipped.append((path, reason))

    @property
    def num_quantized(self):
        return len(self.quantized)

    @property
    def num_skipped(self):
        return len(self.skipped)

    def skipped_by_reason(self, reason):
        """The paths of the layers that were skipped for that reason."""
        return [path for path, given in self.skipped if given == reason]

    def summary_warning(self, max_examples=5):
        """A warning of the layers that cannot be quantized; None where there are none."""
        paths = self.skipped_by_reason(self.SKIP_NO_SUPPORT)
        if not paths:
            return None
        examples = ", ".join(map(repr, paths[:max_examples])) + (", ..." if len(paths) > max_examples else "")
        return (f"`model.quantize()`: {len(paths)} layer(s) were skipped because they do not support quantization (e.g. "
                f"{examples}). Quantized {self.num_quantized} layer(s) in mode '{self.mode}'.")

    def render(self):
        """The report as text."""
        lines = [f"Quantization report (mode='{self.mode}')", "=" * 65, f"Quantized {self.num_quantized} layer(s):"]
        lines += [f"  - {path} ({mode}): {scheme}" for path, mode, scheme in self.quantized] or ["  (none)"]
        lines.append(f"Skipped {self.num_skipped} layer(s):")
        lines += [f"  - {path}: {reason}" for path, reason in self.skipped] or ["  (none)"]
        return "\n".join(lines)

    def __repr__(self):
        return f"QuantizationReport(mode={self.mode!r}, quantized={self.num_quantized}, skipped={self.num_skipped})"
