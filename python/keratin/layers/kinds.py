# SPDX-License-Identifier: Apache-2.0
"""What a table and a kernel may become: quantized, or with an update of low rank that is trained in their place."""
import numpy as np

from keratin import _core, dtype_policies, initializers, quantizers
from keratin._arguments import integer
from keratin._custom import core_of
from keratin.layers.native_layer import NativeLayer


class OfKinds(NativeLayer, listed=False):
    """A layer whose `_of`, "embeddings" or "kernel", may be of another kind. The class that says so is the one that is quantized."""

    def _kinds(self, base, lora_rank, lora_alpha, quantization_config):
        """The options of a kind that are given. `base`: the keywords that all layers take."""
        if isinstance(base.get("dtype"), dict):
            base["dtype"] = dtype_policies.get(base["dtype"])
        kinds = {name: value for name, value in (("lora_rank", lora_rank), ("lora_alpha", lora_alpha)) if value is not None}
        if quantization_config is not None:
            kinds["quantization_config"] = quantizers.serialize(quantizers.get(quantization_config))
        if "lora_rank" in kinds:
            kinds["lora_rank"] = integer(self._class_name, "lora_rank", kinds["lora_rank"])
        return kinds

    def _named(self, name):
        weights = self._own_core.weights
        found = next((weight for weight in weights if weight.name == name), None)
        if found is None:
            raise AttributeError(f"{type(self).__name__} '{self.name}' has no weight '{name}'" +
                                 ("." if weights else ": it is not built yet."))
        return self._variable(found)

    def _variable(self, weight):
        variable = super()._variable(weight)
        if weight.name.startswith("lora_"):
            variable._regularizer = self._options.get(f"{self._of}_regularizer")
        if weight.dtype != "float32":
            variable._regularizer = variable._constraint = None
        return variable

    # -- LoRA -----------------------------------------------------------------------------------

    @property
    def lora_rank(self):
        return self._options.get("lora_rank")

    @property
    def lora_alpha(self):
        return self._options.get("lora_alpha", self.lora_rank)

    @property
    def lora_enabled(self):
        """Whether the weight stands still, and an update of low rank is trained."""
        return _core.lora_enabled(self._own_core)

    def _lora_update(self):
        scale = np.float32(self.lora_alpha / self.lora_rank)
        return scale * (self._named(f"lora_{self._of}_a").numpy() @ self._named(f"lora_{self._of}_b").numpy())

    def enable_lora(self, rank, lora_alpha=None, a_initializer="he_uniform", b_initializer="zeros"):
        """Freezes the table, or the kernel, and adds to it lora_alpha / rank times the product of two weights, which are
        trained in its place: `lora_embeddings_a`, (input_dim, rank), and `lora_embeddings_b`, (rank, output_dim), of which a
        step costs the rows touched; or `lora_kernel_a`, as the kernel but `rank` wide, and `lora_kernel_b`. A file gets the
        weight with the update in it, and reading one makes the update zero.

        Args:
            rank: 1 or more; of a table output_dim at most.
            lora_alpha: by default rank.
            a_initializer, b_initializer: draw the two.
        """
        rank = integer(self._class_name, "rank", rank)
        alpha = rank if lora_alpha is None else lora_alpha
        _core.enable_lora(self._own_core, rank, float(alpha), core_of(_core.Initializer, initializers.get(a_initializer)),
                          core_of(_core.Initializer, initializers.get(b_initializer)))
        self._options.update(lora_rank=rank, lora_alpha=alpha)
        if self._is_called_back():
            self._find_parts()

    # -- quantized ------------------------------------------------------------------------------

    g_idx = property(lambda self: self._named("g_idx"))

    _part_of = None  # the layer whose config tells of this one

    def quantize(self, mode=None, type_check=True, config=None):
        """The weight becomes integer codes, which are not trained: of a table lookups and poolings read them as they lie; by a
        kernel of int8 inputs are multiplied that become codes too.

        Args:
            mode: "int8": a byte an element, and a scale for each row of a table, each output of a kernel. "int4": half a byte; a
                scale and a zero point for each 128 columns of a row, each 128 inputs of an output.
            type_check: False: also of a class that derives from this one.
            config: a `keratin.quantizers.QuantizationConfig`, for other groups and quantizers.
        """
        if self._part_of is not None:  # Keras changes a part too, and cannot open what it then saves
            raise NotImplementedError(f"[{self._class_name}] '{self.name}' is a part of {type(self._part_of).__name__} "
                                      f"'{self._part_of.name}', whose config does not say that a part is quantized.")
        config = quantizers.resolved(mode, config)
        owner = next(cls for cls in type(self).__mro__ if "_of" in vars(cls))
        if (type_check and type(self) is not owner) or self._is_called_back():
            raise NotImplementedError(f"[{type(self).__name__}] a class that derives from {owner.__name__} is not quantized" +
                                      (", where it has a `call` of its own." if self._is_called_back() else
                                       " unless type_check is False."))
        _core.quantize(self._own_core, config.serialize())
        self._options["quantization_config"] = config.serialize()
        self._keywords["dtype"] = self._own_core.dtype

    @property
    def quantization_mode(self):
        return self.dtype_policy.quantization_mode

    @property
    def quantization_config(self):
        return quantizers.get(self._options.get("quantization_config"))

    @property
    def dtype_policy(self):
        return dtype_policies.get(self._own_core.dtype)

    @dtype_policy.setter
    def dtype_policy(self, policy):
        if policy is None:
            raise ValueError(f"[{type(self).__name__}] the dtype policy must be a name or a policy. Received: None")
        policy = dtype_policies.get(policy)
        if policy == self.dtype_policy:
            return
        if policy.quantization_mode is None or policy._source_name != self.dtype_policy.name:
            raise ValueError(f"[{type(self).__name__}] the dtype policy is fixed when the layer is made, but for a quantized one of "
                             f"it. Received: {policy.name!r}")
        self.quantize(config=quantizers.of_policy(policy))

    dtype = variable_dtype = property(lambda self: self.dtype_policy.variable_dtype)
    compute_dtype = property(lambda self: self.dtype_policy.compute_dtype)


def _inputs_quantizer(layer):
    config = layer.quantization_config
    if config is None:
        config = quantizers.of_policy(layer.dtype_policy) if layer.quantization_mode else None
    return None if config is None else config.activation_quantizer


class OfKernel(OfKinds, listed=False):
    """A layer with a kernel and maybe a bias."""

    inputs_quantizer = property(_inputs_quantizer, doc="What inputs become codes by, of a quantized layer; None: they stay.")

    @property
    def kernel(self):
        """The kernel, a Variable. As in Keras an array with a LoRA update; and of a quantized layer one of the codes, an int8 an
        element."""
        if self._own_core.is_quantized:
            codes = _core.codes(self._own_core)
            return codes + self._lora_update() if self.lora_enabled else codes
        return _core.kernel_of(self._own_core) if self.lora_enabled else self._named("kernel")

    @property
    def bias(self):
        return self._named("bias") if self._has_bias() else None

    lora_kernel_a = property(lambda self: self._named("lora_kernel_a"))
    lora_kernel_b = property(lambda self: self._named("lora_kernel_b"))
    kernel_scale = property(lambda self: self._named("kernel_scale"))
    kernel_zero = property(lambda self: self._named("zero_point"))
