# SPDX-License-Identifier: Apache-2.0
"""What a layer computes in and keeps: float32, and for the table of an Embedding other types. Keras: `keras.dtype_policies`."""
from keratin import _core, _native
from keratin._refusal import shown

__all__ = ["DTypePolicy", "Int4DTypePolicy", "QuantizedDTypePolicy", "deserialize", "get", "serialize"]


class DTypePolicy:
    """A policy by its name. Layers take "float32"; an Embedding takes the others too.

    Example:

    >>> keratin.layers.Dense(3, dtype=keratin.DTypePolicy("float32")).dtype_policy.compute_dtype
    'float32'

    Args:
        name: None or "float32"; "float16", "bfloat16", "mixed_float16" or "mixed_bfloat16".
    """

    _quantizes = False

    def __init__(self, name=None):
        name = "float32" if name is None else name
        if not isinstance(name, str):
            raise TypeError(f"[DTypePolicy] the name must be a string. Received: {shown(name, 200)}")
        is_quantized = isinstance(_core.dtype_policy(name), dict)
        if is_quantized != self._quantizes:
            raise ValueError(f"[{type(self).__name__}] a quantized policy is a QuantizedDTypePolicy or an Int4DTypePolicy; "
                             f"dtype_policies.get makes it of its name. Received: {name!r}")
        self._name = name
        self._source_name = name.rpartition("_from_")[2]

    @property
    def name(self):
        return self._name

    @property
    def compute_dtype(self):
        return self._source_name.removeprefix("mixed_")

    @property
    def variable_dtype(self):
        return "float32" if self._source_name.startswith("mixed_") else self._source_name

    @property
    def quantization_mode(self):
        return None

    def get_config(self):
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        with _native.told_by(cls.__name__):
            return cls(**_native.arguments_in(config))

    def __eq__(self, other):
        return type(other) is type(self) and other.name == self.name

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f'<{type(self).__name__} "{self.name}">'


class QuantizedDTypePolicy(DTypePolicy):
    """The policy of a layer whose weights are integer codes: "int8_from_float32".

    Args:
        mode: "int8", or "int4" for one scale a row.
        source_name: the policy it had before; by default "float32".
    """

    _quantizes = True

    def __init__(self, mode, source_name=None):
        super().__init__(f"{mode}_from_{'float32' if source_name is None else source_name}")
        self._mode = mode

    @property
    def quantization_mode(self):
        return self._mode.partition("/")[0]

    def get_config(self):
        return {"mode": self._mode, "source_name": self._source_name}


class Int4DTypePolicy(QuantizedDTypePolicy):
    """The policy of a layer whose weights are codes of four bits: "int4/128_from_float32".

    Args:
        mode: "int4/128", of which 128 numbers share a scale; "int4/-1" for one scale a row.
        source_name: the policy it had before; by default "float32".
    """

    def __init__(self, mode, source_name=None):
        if not isinstance(mode, str) or not mode.startswith("int4/"):
            raise ValueError(f"[Int4DTypePolicy] the mode must be 'int4/' and a block size. Received: {shown(mode, 200)}")
        super().__init__(mode.replace("None", "-1"), source_name)

    @property
    def block_size(self):
        return int(self._mode.partition("/")[2])


_CLASSES = {cls.__name__: cls for cls in (DTypePolicy, QuantizedDTypePolicy, Int4DTypePolicy)}


def serialize(dtype_policy):
    """The config of a policy, with its class."""
    module = "keras" if type(dtype_policy) is DTypePolicy else "keras.dtype_policies"
    return {"module": module, "class_name": type(dtype_policy).__name__, "config": dtype_policy.get_config(),
            "registered_name": None}


@_native.refusing
def deserialize(config, custom_objects=None):
    """The policy that a serialized config describes."""
    cls = _CLASSES.get(config.get("class_name", "DTypePolicy"), DTypePolicy)
    return cls.from_config(_native.entry(config, "config", dict))


def get(identifier):
    """The policy from None, a name, a config or a policy."""
    if isinstance(identifier, DTypePolicy):
        return identifier
    if isinstance(identifier, str):
        config = _core.dtype_policy(identifier)
        return deserialize(config) if isinstance(config, dict) else DTypePolicy(identifier)
    return deserialize(identifier) if isinstance(identifier, dict) else DTypePolicy(identifier)
