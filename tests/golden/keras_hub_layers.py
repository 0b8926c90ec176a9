# SPDX-License-Identifier: Apache-2.0
"""The layers of KerasHub that know no model: importing the package would bring TensorFlow Text, tokenizers and more, so that
its folders are packages here without what stands in their __init__."""
import importlib.util
import pathlib
import sys
import types

from keras.src import backend
from keras.src.backend.common import masking

for _name in ("get_keras_mask", "set_keras_mask"):  # where KerasHub 0.32 looks for them
    if not hasattr(backend, _name):
        setattr(backend, _name, getattr(masking, _name))
_ROOT = pathlib.Path(importlib.util.find_spec("keras_hub").origin).parent
for _name in ("keras_hub", "keras_hub.src", "keras_hub.src.layers", "keras_hub.src.layers.modeling", "keras_hub.src.utils",
              "keras_hub.src.vllm"):
    sys.modules[_name] = types.ModuleType(_name)
    sys.modules[_name].__path__ = [str(_ROOT.joinpath(*_name.split(".")[1:]))]

from keras_hub.src.layers.modeling.position_embedding import PositionEmbedding  # noqa: E402, F401
from keras_hub.src.layers.modeling.rotary_embedding import RotaryEmbedding  # noqa: E402, F401
from keras_hub.src.layers.modeling.sine_position_encoding import SinePositionEncoding  # noqa: E402, F401
from keras_hub.src.layers.modeling.token_and_position_embedding import TokenAndPositionEmbedding  # noqa: E402, F401
