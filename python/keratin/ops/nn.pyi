# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).

from keratin.ops import batch_normalization as batch_normalization
from keratin.ops import binary_crossentropy as binary_crossentropy
from keratin.ops import categorical_crossentropy as categorical_crossentropy
from keratin.ops import celu as celu
from keratin.ops import ctc_loss as ctc_loss
from keratin.ops import dot_product_attention as dot_product_attention
from keratin.ops import elu as elu
from keratin.ops import gelu as gelu
from keratin.ops import glu as glu
from keratin.ops import hard_shrink as hard_shrink
from keratin.ops import hard_sigmoid as hard_sigmoid
from keratin.ops import hard_silu as hard_silu
from keratin.ops import hard_swish as hard_swish
from keratin.ops import hard_tanh as hard_tanh
from keratin.ops import layer_normalization as layer_normalization
from keratin.ops import leaky_relu as leaky_relu
from keratin.ops import log_sigmoid as log_sigmoid
from keratin.ops import log_softmax as log_softmax
from keratin.ops import moments as moments
from keratin.ops import multi_hot as multi_hot
from keratin.ops import nce_loss as nce_loss
from keratin.ops import normalize as normalize
from keratin.ops import one_hot as one_hot
from keratin.ops import relu as relu
from keratin.ops import relu6 as relu6
from keratin.ops import rms_normalization as rms_normalization
from keratin.ops import sampled_softmax_loss as sampled_softmax_loss
from keratin.ops import selu as selu
from keratin.ops import sigmoid as sigmoid
from keratin.ops import silu as silu
from keratin.ops import soft_shrink as soft_shrink
from keratin.ops import softmax as softmax
from keratin.ops import softplus as softplus
from keratin.ops import softsign as softsign
from keratin.ops import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from keratin.ops import sparse_plus as sparse_plus
from keratin.ops import sparse_sigmoid as sparse_sigmoid
from keratin.ops import sparsemax as sparsemax
from keratin.ops import squareplus as squareplus
from keratin.ops import swish as swish
from keratin.ops import tanh_shrink as tanh_shrink
from keratin.ops import threshold as threshold


__all__ = [
    "batch_normalization", "binary_crossentropy", "categorical_crossentropy", "celu", "ctc_loss",
    "dot_product_attention", "elu", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "layer_normalization", "leaky_relu", "log_sigmoid", "log_softmax", "moments", "multi_hot",
    "nce_loss", "normalize", "one_hot", "relu", "relu6", "rms_normalization", "sampled_softmax_loss", "selu",
    "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_categorical_crossentropy",
    "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh_shrink", "threshold",
]
