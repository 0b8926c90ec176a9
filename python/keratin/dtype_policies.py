# SPDX-License-Identifier: Apache-2.0
"""What a layer computes in and keeps: always float32. Keras: `keras.dtype_policies`."""
from keratin import _native
from keratin._dtype import float32_only

__all__ = ["DTypePolicy", "deserialize", "get", "serialize"]


class DTypePolicy:
    """The policy "float32", the only one there is.

    Example:

    >>> keratin.layers.Dense(3, dtype=keratin.DTypePolicy("float32")).dtype_policy.compute_dtype
    'float32'

    Args:
        name: None or "float32".
    """

    name = compute_dtype = variable_dtype = property(lambda self: "float32")
    quantization_mode = property(lambda self: None)

    def __init__(self, name=None):
        float32_only("DTypePolicy", name)

    def get_config(self):
        return {"name": self.name}

    @classmethod
    def from_config(cls, config):
        with _native.told_by("DTypePolicy"):
            return cls(**_native.arguments_in(config))

    def __eq__(self, other):
        return isinstance(other, DTypePolicy)

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return '<DTypePolicy "float32">'


def serialize(dtype_policy):
    """The config of a policy, with its class."""
    return {"module": "keras", "class_name": "DTypePolicy", "config": dtype_policy.get_config(),
            "registered_name": None}


@_native.refusing
def deserialize(config, custom_objects=None):
    """The policy that a serialized config describes."""
    return DTypePolicy.from_config(_native.entry(config, "config", dict))


def get(identifier):
    """The policy from None, a name, a config or a policy."""
    if isinstance(identifier, DTypePolicy):
        return identifier
    return deserialize(identifier) if isinstance(identifier, dict) else DTypePolicy(identifier)
