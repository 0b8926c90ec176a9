# SPDX-License-Identifier: Apache-2.0
# Made by `./dev stubs` (tools/make_stubs.py).
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self


_ActivationLike = str | Callable[..., Any] | None
_InitializerLike = str | Mapping[str, Any] | Callable[..., Any] | None
_RegularizerLike = str | Mapping[str, Any] | Callable[[Any], Any] | None
_ConstraintLike = str | Mapping[str, Any] | Callable[[Any], Any] | None
_Shape = Sequence[int | None]

__all__ = [
    "Activation", "ActivityRegularization", "AdaptiveLogSoftmaxWithLoss", "Add", "AdditiveAttention",
    "AlphaDropout", "Attention", "Average", "AveragePooling1D", "AveragePooling2D", "AvgPool1D", "AvgPool2D",
    "BatchNormalization", "Bidirectional", "BruteForceRetrieval", "CategoryEncoding", "Concatenate", "Conv1D",
    "Conv1DTranspose", "Conv2D", "Convolution1D", "Convolution1DTranspose", "Convolution2D", "Cropping1D",
    "Dense", "DepthwiseConv1D", "Discretization", "DistributedEmbedding", "Dot", "DotInteraction", "Dropout",
    "DynamicEmbedding", "ELU", "EinsumDense", "EmbedReduce", "Embedding", "FeatureConfig", "FeatureCross",
    "Flatten", "GRU", "GRUCell", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalMaxPool1D", "GlobalMaxPool2D",
    "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalSumPooling1D", "GroupNormalization",
    "GroupQueryAttention", "GroupedQueryAttention", "HardNegativeMining", "HashedCrossing", "Hashing",
    "HierarchicalSoftmax", "Identity", "Input", "InputLayer", "IntegerLookup", "LSTM", "LSTMCell", "Lambda",
    "Layer", "LayerNormalization", "LeakyReLU", "Masking", "MaxPool1D", "MaxPool2D", "MaxPooling1D",
    "MaxPooling2D", "Maximum", "Minimum", "MultiHeadAttention", "Multiply", "NCE", "Normalization", "PReLU",
    "Permute", "PositionEmbedding", "RMSNormalization", "RNN", "ReLU", "RemoveAccidentalHits", "RepeatVector",
    "Rescaling", "Reshape", "Retrieval", "ReversibleEmbedding", "RotaryEmbedding", "SampledSoftmax",
    "SamplingProbabilityCorrection", "SeparableConv1D", "SeparableConvolution1D", "SimpleRNN", "SimpleRNNCell",
    "SinePositionEncoding", "Softmax", "SpatialDropout1D", "SpatialDropout2D", "StackedRNNCells",
    "StringLookup", "Subtract", "TableConfig", "TextVectorization", "TimeDistributed",
    "TokenAndPositionEmbedding", "UnitNormalization", "UpSampling1D", "ZeroPadding1D", "add", "average",
    "concatenate", "deserialize", "dot", "maximum", "minimum", "multiply", "serialize", "subtract",
]

class FeatureConfig:
    name: Any
    table: Any
    input_shape: Any
    output_shape: Any
    def __init__(self, name: str, table: Any, input_shape: _Shape | None, output_shape: Any) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class TableConfig:
    name: Any
    vocabulary_size: Any
    embedding_dim: Any
    initializer: Any
    optimizer: Any
    combiner: Any
    placement: Any
    max_ids_per_partition: Any
    max_unique_ids_per_partition: Any
    def __init__(
        self,
        name: str,
        vocabulary_size: int,
        embedding_dim: int,
        initializer: _InitializerLike = None,
        optimizer: Any = 'adam',
        combiner: str = 'mean',
        placement: str = 'auto',
        max_ids_per_partition: int = 256,
        max_unique_ids_per_partition: int = 256,
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class Layer:
    def __init__(
        self,
        *,
        activity_regularizer: _RegularizerLike = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    @property
    def name(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def trainable(self) -> bool: ...
    @trainable.setter
    def trainable(self, value: bool) -> None: ...
    def quantize(self, mode: str | None = None, type_check: bool = True, config: Any = None) -> Any: ...
    @property
    def built(self) -> bool: ...
    @built.setter
    def built(self, value: bool) -> None: ...
    @property
    def supports_masking(self) -> bool: ...
    @supports_masking.setter
    def supports_masking(self, value: bool) -> None: ...
    @property
    def input(self) -> Any: ...
    @property
    def output(self) -> Any: ...
    @property
    def weights(self) -> list[Any]: ...
    @property
    def losses(self) -> list[Any]: ...
    @property
    def metrics(self) -> Any: ...
    def get_weights(self) -> list[NDArray[Any]]: ...
    def set_weights(self, weights: Sequence[ArrayLike]) -> None: ...
    def count_params(self) -> int: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def call(self, *args: Any, **kwargs: Any) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...
    @property
    def dtype(self) -> Any: ...
    @property
    def dtype_policy(self) -> Any: ...
    @property
    def compute_dtype(self) -> Any: ...
    @property
    def variable_dtype(self) -> Any: ...
    @property
    def activity_regularizer(self) -> Any: ...
    @activity_regularizer.setter
    def activity_regularizer(self, value: Any) -> None: ...
    def build(self, input_shape: _Shape | None) -> None: ...
    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any: ...
    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any: ...
    def compute_mask(self, inputs: Any, previous_mask: ArrayLike | None) -> Any: ...
    def get_build_config(self) -> dict[str, Any]: ...
    def build_from_config(self, config: Any) -> None: ...
    @property
    def variables(self) -> list[Any]: ...
    @property
    def trainable_weights(self) -> list[Any]: ...
    @property
    def trainable_variables(self) -> list[Any]: ...
    @property
    def non_trainable_weights(self) -> list[Any]: ...
    @property
    def non_trainable_variables(self) -> list[Any]: ...
    def add_weight(
        self,
        *args: Any,
        shape: _Shape | None = None,
        initializer: _InitializerLike = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        regularizer: _RegularizerLike = None,
        constraint: _ConstraintLike = None,
        aggregation: str = 'none',
        overwrite_with_gradient: bool = False,
        name: str | None = None,
    ) -> Any: ...
    def add_loss(self, loss: Any) -> Any: ...


class Lambda(Layer):
    arguments: Any
    function: Any
    mask: Any
    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: ArrayLike | None = None,
        arguments: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def output_shape(self) -> Any: ...
    def call(self, inputs: Any, mask: ArrayLike | None = None, training: bool | None = None) -> Any: ...
    def compute_output_shape(self, input_shape: _Shape | None) -> Any: ...
    def compute_mask(self, inputs: Any, previous_mask: ArrayLike | None = None) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any, custom_objects: dict[str, Any] | None = None) -> Self: ...


class Activation(Layer):
    def __init__(self, activation: _ActivationLike, **kwargs: Any) -> None: ...


class ActivityRegularization(Layer):
    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None: ...


class AlphaDropout(Layer):
    def __init__(self, rate: float, noise_shape: _Shape | None = None, seed: Any = None, **kwargs: Any) -> None: ...


class CategoryEncoding(Layer):
    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = 'multi_hot',
        sparse: bool | None = False,
        **kwargs: Any,
    ) -> None: ...
    def __call__(self, inputs: Any, count_weights: ArrayLike | None = None, training: bool | None = None) -> Any: ...


class Conv1DTranspose(Layer):
    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] | None = 1,
        padding: str = 'valid',
        output_padding: int | Sequence[int] | None = None,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: _ActivationLike = None,
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class Cropping1D(Layer):
    def __init__(self, cropping: int | Sequence[int] = ..., **kwargs: Any) -> None: ...


class DepthwiseConv1D(Layer):
    def __init__(
        self,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] | None = 1,
        padding: str = 'valid',
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        activation: _ActivationLike = None,
        use_bias: bool = True,
        depthwise_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        depthwise_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        depthwise_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class DistributedEmbedding(Layer):
    def __init__(
        self,
        feature_configs: Any,
        *,
        table_stacking: str = 'auto',
        update_stats: bool = False,
        **kwargs: Any,
    ) -> None: ...
    def get_embedding_tables(self) -> Any: ...
    def preprocess(self, inputs: Any, weights: Any = None, training: bool | None = False) -> Any: ...
    def __call__(self, inputs: Any, weights: Any = None, training: bool | None = None) -> Any: ...
    def call(self, inputs: Any, weights: Any = None, training: bool | None = None) -> Any: ...
    def build(self, input_shapes: Any) -> None: ...  # type: ignore[override]
    def compute_output_shape(self, input_shapes: Any) -> Any: ...
    def compute_mask(self, inputs: Any, mask: ArrayLike | None = None) -> Any: ...  # type: ignore[override]
    def get_build_config(self) -> dict[str, Any]: ...
    def get_config(self) -> dict[str, Any]: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...


class DotInteraction(Layer):
    def __init__(self, self_interaction: bool = False, skip_gather: bool = False, **kwargs: Any) -> None: ...
    def compute_output_shape(self, input_shape: _Shape | None) -> Any: ...


class Dropout(Layer):
    def __init__(self, rate: float, noise_shape: _Shape | None = None, seed: Any = None, **kwargs: Any) -> None: ...


class DynamicEmbedding(Layer):
    def __init__(
        self,
        output_dim: int,
        embeddings_initializer: _InitializerLike = 'uniform',
        embeddings_regularizer: _RegularizerLike = None,
        embeddings_constraint: _ConstraintLike = None,
        max_tokens: int = 2147483648,
        num_oov_indices: int = 1,
        min_frequency: int = 1,
        max_waiting: int = 16777216,
        eviction: str | None = None,
        mask_zero: bool = False,
        precision: str | None = 'float32',
        stochastic_rounding: bool = True,
        **kwargs: Any,
    ) -> None: ...
    @property
    def embeddings(self) -> Any: ...
    def keys(self) -> Any: ...
    def find(self, keys: ArrayLike) -> Any: ...
    def times(self, keys: ArrayLike) -> Any: ...
    def insert(self, keys: ArrayLike) -> Any: ...
    def forget(self, keys: ArrayLike) -> Any: ...
    def evict(self, count: int, eviction: str | None = 'least_used') -> Any: ...


class ELU(Layer):
    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None: ...


class Flatten(Layer):
    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None: ...


class GaussianDropout(Layer):
    def __init__(self, rate: float, seed: Any = None, **kwargs: Any) -> None: ...


class GaussianNoise(Layer):
    def __init__(self, stddev: float | None, seed: Any = None, **kwargs: Any) -> None: ...


class HashedCrossing(Layer):
    def __init__(
        self,
        num_bins: int | None,
        output_mode: str = 'int',
        sparse: bool | None = False,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None: ...
    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any: ...
    def compute_output_shape(self, input_shape: _Shape | None) -> Any: ...


class Hashing(Layer):
    def __init__(
        self,
        num_bins: int | None,
        mask_value: int | str | None = None,
        salt: int | Sequence[int] | None = None,
        output_mode: str = 'int',
        sparse: bool | None = False,
        **kwargs: Any,
    ) -> None: ...


class Identity(Layer):
    def __init__(self, **kwargs: Any) -> None: ...


class InputLayer(Layer):
    def __init__(
        self,
        shape: _Shape | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: _Shape | None = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def output(self) -> Any: ...
    @property
    def dtype(self) -> Any: ...


class LeakyReLU(Layer):
    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None: ...


class Masking(Layer):
    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None: ...


class PReLU(Layer):
    def __init__(
        self,
        alpha_initializer: _InitializerLike = 'Zeros',
        alpha_regularizer: _RegularizerLike = None,
        alpha_constraint: _ConstraintLike = None,
        shared_axes: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def alpha(self) -> Any: ...


class Permute(Layer):
    def __init__(self, dims: _Shape, **kwargs: Any) -> None: ...


class RMSNormalization(Layer):
    def __init__(self, axis: int | Sequence[int] | None = -1, epsilon: Any = 1e-06, **kwargs: Any) -> None: ...
    @property
    def scale(self) -> Any: ...


class ReLU(Layer):
    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float | Sequence[float] | None = 0.0,
        **kwargs: Any,
    ) -> None: ...


class RepeatVector(Layer):
    def __init__(self, n: int, **kwargs: Any) -> None: ...


class Rescaling(Layer):
    def __init__(self, scale: ArrayLike, offset: ArrayLike = 0.0, **kwargs: Any) -> None: ...


class Reshape(Layer):
    def __init__(self, target_shape: _Shape, **kwargs: Any) -> None: ...


class Retrieval(Layer):
    k: Any
    return_scores: Any
    def __init__(self, k: int = 10, return_scores: bool = True, **kwargs: Any) -> None: ...
    def update_candidates(self, candidate_embeddings: ArrayLike, candidate_ids: ArrayLike | None = None) -> Any: ...
    def call(self, inputs: Any) -> Any: ...
    def compute_score(self, query_embedding: Any, candidate_embedding: Any) -> Any: ...
    def get_config(self) -> dict[str, Any]: ...


class SeparableConv1D(Layer):
    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] | None = 1,
        padding: str = 'valid',
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        depth_multiplier: int = 1,
        activation: _ActivationLike = None,
        use_bias: bool = True,
        depthwise_initializer: _InitializerLike = 'glorot_uniform',
        pointwise_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        depthwise_regularizer: _RegularizerLike = None,
        pointwise_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        depthwise_constraint: _ConstraintLike = None,
        pointwise_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def depthwise_kernel(self) -> Any: ...
    @property
    def pointwise_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class Softmax(Layer):
    def __init__(self, axis: int | Sequence[int] | None = -1, **kwargs: Any) -> None: ...


class SpatialDropout1D(Layer):
    def __init__(
        self,
        rate: float,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None: ...


class SpatialDropout2D(Layer):
    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None: ...


class UnitNormalization(Layer):
    def __init__(self, axis: int | Sequence[int] | None = -1, **kwargs: Any) -> None: ...


class UpSampling1D(Layer):
    def __init__(self, size: int = 2, **kwargs: Any) -> None: ...


class ZeroPadding1D(Layer):
    def __init__(self, padding: int | Sequence[int] = 1, data_format: str | None = None, **kwargs: Any) -> None: ...


class Add(Layer):
    ...


class Average(Layer):
    ...


class AveragePooling1D(Layer):
    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None = None,
        padding: str = 'valid',
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...


class BatchNormalization(Layer):
    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        momentum: float = 0.99,
        epsilon: Any = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: _InitializerLike = 'zeros',
        gamma_initializer: _InitializerLike = 'ones',
        moving_mean_initializer: _InitializerLike = 'zeros',
        moving_variance_initializer: _InitializerLike = 'ones',
        beta_regularizer: _RegularizerLike = None,
        gamma_regularizer: _RegularizerLike = None,
        beta_constraint: _ConstraintLike = None,
        gamma_constraint: _ConstraintLike = None,
        renorm: bool = False,
        renorm_clipping: Mapping[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None: ...
    @property
    def moving_mean(self) -> Any: ...
    @property
    def moving_variance(self) -> Any: ...
    @property
    def moving_stddev(self) -> Any: ...
    @property
    def renorm_mean(self) -> Any: ...
    @property
    def renorm_stddev(self) -> Any: ...
    @property
    def gamma(self) -> Any: ...
    @property
    def beta(self) -> Any: ...


class BruteForceRetrieval(Layer):
    def __init__(
        self,
        candidate_embeddings: ArrayLike | None = None,
        candidate_ids: ArrayLike | None = None,
        k: int = 10,
        return_scores: bool = True,
        **kwargs: Any,
    ) -> None: ...
    def compute_score(self, query_embedding: Any, candidate_embedding: Any) -> Any: ...
    def call(self, inputs: Any, training: bool | None = None) -> Any: ...
    def update_candidates(
        self,
        candidate_embeddings: ArrayLike | None,
        candidate_ids: ArrayLike | None = None,
    ) -> Any: ...
    @property
    def candidate_embeddings(self) -> Any: ...
    @candidate_embeddings.setter
    def candidate_embeddings(self, value: Any) -> None: ...
    @property
    def candidate_ids(self) -> Any: ...
    @candidate_ids.setter
    def candidate_ids(self, value: Any) -> None: ...


class Concatenate(Layer):
    def __init__(self, axis: int | Sequence[int] | None = -1, **kwargs: Any) -> None: ...


class Conv1D(Layer):
    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] | None = 1,
        padding: str = 'valid',
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = 1,
        groups: int = 1,
        activation: _ActivationLike = None,
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class Conv2D(Layer):
    def __init__(
        self,
        filters: int,
        kernel_size: int | Sequence[int],
        strides: int | Sequence[int] | None = ...,
        padding: str = 'valid',
        data_format: str | None = None,
        dilation_rate: int | Sequence[int] = ...,
        groups: int = 1,
        activation: _ActivationLike = None,
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class Discretization(Layer):
    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: Any = 0.01,
        output_mode: str = 'int',
        sparse: bool | None = False,
        dtype: Any = None,
        name: str | None = None,
    ) -> None: ...
    @property
    def bin_boundaries(self) -> Any: ...
    @classmethod
    def from_config(cls, config: Any) -> Self: ...
    def adapt(self, data: Any, steps: int | None = None) -> Any: ...
    def reset_state(self) -> None: ...
    def update_state(self, data: Any) -> None: ...
    def finalize_state(self) -> Any: ...


class Dot(Layer):
    def __init__(self, axes: int | Sequence[int] | None, normalize: bool = False, **kwargs: Any) -> None: ...


class Embedding(Layer):
    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: _InitializerLike = 'uniform',
        embeddings_regularizer: _RegularizerLike = None,
        *positional: Any,
        activity_regularizer: _RegularizerLike = None,
        embeddings_constraint: _ConstraintLike = None,
        mask_zero: bool = False,
        input_length: int | None = None,
        weights: ArrayLike | Sequence[ArrayLike] | None = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        rows_drawn: str | None = 'automatic',
        precision: str | None = 'float32',
        stochastic_rounding: bool = True,
        storage: str | PathLike[str] | None = None,
        **kwargs: Any,
    ) -> None: ...
    def build(self, input_shape: _Shape | None = None) -> None: ...
    @property
    def embeddings(self) -> Any: ...
    @property
    def lora_embeddings_a(self) -> Any: ...
    @property
    def lora_embeddings_b(self) -> Any: ...
    @property
    def embeddings_scale(self) -> Any: ...
    @property
    def embeddings_zero(self) -> Any: ...
    def quantize(self, mode: str | None = None, type_check: bool = True, config: Any = None) -> Any: ...
    @property
    def rows_in_use(self) -> Any: ...
    def flush(self) -> Any: ...
    @property
    def rows_drawn(self) -> Any: ...
    @property
    def precision(self) -> Any: ...
    @property
    def stochastic_rounding(self) -> Any: ...
    @property
    def storage(self) -> Any: ...
    @property
    def lora_rank(self) -> Any: ...
    @property
    def lora_alpha(self) -> Any: ...
    @property
    def lora_enabled(self) -> Any: ...
    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: str = 'he_uniform',
        b_initializer: str = 'zeros',
    ) -> Any: ...
    @property
    def g_idx(self) -> Any: ...
    @property
    def quantization_mode(self) -> Any: ...
    @property
    def quantization_config(self) -> Any: ...


class FeatureCross(Layer):
    def __init__(
        self,
        projection_dim: int | None = None,
        diag_scale: float | None = 0.0,
        use_bias: bool = True,
        pre_activation: _ActivationLike = None,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        **kwargs: Any,
    ) -> None: ...
    def build(self, x0_shape: _Shape, x_shape: _Shape | None = None) -> None: ...  # type: ignore[override]
    def call(self, x0: Any, x: Any = None, training: bool | None = None) -> Any: ...
    def compute_output_shape(self, x0_shape: _Shape, x_shape: _Shape | None = None) -> Any: ...


class GlobalAveragePooling1D(Layer):
    ...


class GlobalAveragePooling2D(Layer):
    ...


class GlobalMaxPooling1D(Layer):
    ...


class GlobalMaxPooling2D(Layer):
    ...


class GlobalSumPooling1D(Layer):
    ...


class GroupNormalization(Layer):
    def __init__(
        self,
        groups: int = 32,
        axis: int | Sequence[int] | None = -1,
        epsilon: Any = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: _InitializerLike = 'zeros',
        gamma_initializer: _InitializerLike = 'ones',
        beta_regularizer: _RegularizerLike = None,
        gamma_regularizer: _RegularizerLike = None,
        beta_constraint: _ConstraintLike = None,
        gamma_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def gamma(self) -> Any: ...
    @property
    def beta(self) -> Any: ...


class HardNegativeMining(Layer):
    def __init__(self, num_hard_negatives: int, **kwargs: Any) -> None: ...
    def call(self, logits: ArrayLike, labels: ArrayLike, training: bool | None = None) -> Any: ...


class LayerNormalization(Layer):
    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        epsilon: Any = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: _InitializerLike = 'zeros',
        gamma_initializer: _InitializerLike = 'ones',
        beta_regularizer: _RegularizerLike = None,
        gamma_regularizer: _RegularizerLike = None,
        beta_constraint: _ConstraintLike = None,
        gamma_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def gamma(self) -> Any: ...
    @property
    def beta(self) -> Any: ...


class MaxPooling1D(Layer):
    def __init__(
        self,
        pool_size: int | Sequence[int] = 2,
        strides: int | Sequence[int] | None = None,
        padding: str = 'valid',
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...


class Maximum(Layer):
    ...


class Minimum(Layer):
    ...


class Multiply(Layer):
    ...


class Normalization(Layer):
    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: ArrayLike | None = None,
        variance: ArrayLike | None = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None: ...
    def adapt(self, data: Any) -> Any: ...
    @property
    def mean(self) -> Any: ...
    @property
    def variance(self) -> Any: ...
    def reset_state(self) -> None: ...
    def update_state(self, data: Any) -> None: ...
    def finalize_state(self) -> Any: ...


class RemoveAccidentalHits(Layer):
    def __init__(self, **kwargs: Any) -> None: ...
    def call(self, logits: ArrayLike, labels: ArrayLike, candidate_ids: Any, training: bool | None = None) -> Any: ...


class SamplingProbabilityCorrection(Layer):
    def __init__(self, epsilon: Any = 1e-06, **kwargs: Any) -> None: ...
    def call(self, logits: ArrayLike, candidate_sampling_probability: Any, training: bool | None = None) -> Any: ...


class Subtract(Layer):
    ...


class TimeDistributed(Layer):
    def __init__(self, layer: Any, **kwargs: Any) -> None: ...
    @property
    def layer(self) -> Any: ...


class AdaptiveLogSoftmaxWithLoss(Layer):
    def __init__(
        self,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        activity_regularizer: _RegularizerLike = None,
        **kwargs: Any,
    ) -> None: ...
    def predict(self, inputs: Any) -> NDArray[Any]: ...


class AdditiveAttention(Layer):
    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **kwargs: Any) -> None: ...
    @property
    def scale(self) -> Any: ...


class Attention(Layer):
    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = 'dot',
        dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def scale(self) -> Any: ...
    @property
    def concat_score_weight(self) -> Any: ...


class AveragePooling2D(Layer):
    def __init__(
        self,
        pool_size: int | Sequence[int],
        strides: int | Sequence[int] | None = None,
        padding: str = 'valid',
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...


class Bidirectional(Layer):
    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = 'concat',
        weights: ArrayLike | None = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def forward_layer(self) -> Any: ...
    @property
    def backward_layer(self) -> Any: ...
    @property
    def return_sequences(self) -> Any: ...
    @property
    def return_state(self) -> Any: ...
    @property
    def stateful(self) -> Any: ...
    @property
    def states(self) -> Any: ...
    def reset_state(self) -> None: ...
    def reset_states(self) -> Any: ...
    def compute_mask(self, sequences: Any, mask: ArrayLike | None = None) -> Any: ...  # type: ignore[override]


class Dense(Layer):
    def __init__(
        self,
        units: int,
        activation: _ActivationLike = None,
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None: ...
    def get_config(self) -> dict[str, Any]: ...
    @property
    def inputs_quantizer(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...
    @property
    def lora_kernel_a(self) -> Any: ...
    @property
    def lora_kernel_b(self) -> Any: ...
    @property
    def kernel_scale(self) -> Any: ...
    @property
    def kernel_zero(self) -> Any: ...
    @property
    def lora_rank(self) -> Any: ...
    @property
    def lora_alpha(self) -> Any: ...
    @property
    def lora_enabled(self) -> Any: ...
    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: str = 'he_uniform',
        b_initializer: str = 'zeros',
    ) -> Any: ...
    @property
    def g_idx(self) -> Any: ...
    @property
    def quantization_mode(self) -> Any: ...
    @property
    def quantization_config(self) -> Any: ...


class EinsumDense(Layer):
    def __init__(
        self,
        equation: str,
        output_shape: Any,
        activation: _ActivationLike = None,
        bias_axes: str | None = None,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        lora_rank: int | None = None,
        lora_alpha: float | None = None,
        quantization_config: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def partial_output_shape(self) -> Any: ...
    def quantize(self, mode: str | None = None, type_check: bool = True, config: Any = None) -> Any: ...
    @property
    def inputs_quantizer(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...
    @property
    def lora_kernel_a(self) -> Any: ...
    @property
    def lora_kernel_b(self) -> Any: ...
    @property
    def kernel_scale(self) -> Any: ...
    @property
    def kernel_zero(self) -> Any: ...
    @property
    def lora_rank(self) -> Any: ...
    @property
    def lora_alpha(self) -> Any: ...
    @property
    def lora_enabled(self) -> Any: ...
    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: str = 'he_uniform',
        b_initializer: str = 'zeros',
    ) -> Any: ...
    @property
    def g_idx(self) -> Any: ...
    @property
    def quantization_mode(self) -> Any: ...
    @property
    def quantization_config(self) -> Any: ...


class GRUCell(Layer):
    def __init__(
        self,
        units: int,
        activation: _ActivationLike = 'tanh',
        recurrent_activation: _ActivationLike = 'sigmoid',
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        recurrent_initializer: _InitializerLike = 'orthogonal',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        recurrent_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        recurrent_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def state_size(self) -> Any: ...
    @property
    def output_size(self) -> Any: ...
    def reset_dropout_mask(self) -> Any: ...
    def reset_recurrent_dropout_mask(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None = None) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class GroupedQueryAttention(Layer):
    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        use_gate: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...


class HierarchicalSoftmax(Layer):
    def __init__(
        self,
        units: int,
        counts: ArrayLike | None = None,
        kernel_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        **kwargs: Any,
    ) -> None: ...


class IntegerLookup(Layer):
    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int | None = -1,
        vocabulary: str | Sequence[Any] | None = None,
        vocabulary_dtype: str = 'int64',
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: str = 'int',
        sparse: bool | None = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = 'floormod',
        salt: int | Sequence[int] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...
    def get_vocabulary(self, include_special_tokens: bool = True) -> Any: ...
    def set_vocabulary(
        self,
        vocabulary: str | Sequence[Any] | None,
        idf_weights: Sequence[float] | None = None,
    ) -> Any: ...
    def vocabulary_size(self) -> Any: ...
    def adapt(self, data: Any, steps: int | None = None) -> Any: ...
    def reset_state(self) -> None: ...
    def update_state(self, data: Any) -> None: ...
    def finalize_state(self) -> Any: ...


class LSTMCell(Layer):
    def __init__(
        self,
        units: int,
        activation: _ActivationLike = 'tanh',
        recurrent_activation: _ActivationLike = 'sigmoid',
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        recurrent_initializer: _InitializerLike = 'orthogonal',
        bias_initializer: _InitializerLike = 'zeros',
        unit_forget_bias: bool = True,
        kernel_regularizer: _RegularizerLike = None,
        recurrent_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        recurrent_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def state_size(self) -> Any: ...
    @property
    def output_size(self) -> Any: ...
    def reset_dropout_mask(self) -> Any: ...
    def reset_recurrent_dropout_mask(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None = None) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class MaxPooling2D(Layer):
    def __init__(
        self,
        pool_size: int | Sequence[int] = ...,
        strides: int | Sequence[int] | None = None,
        padding: str = 'valid',
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...


class MultiHeadAttention(Layer):
    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: Any = None,
        attention_axes: int | Sequence[int] | None = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        use_gate: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def query_dense(self) -> Any: ...
    @property
    def key_dense(self) -> Any: ...
    @property
    def value_dense(self) -> Any: ...
    @property
    def output_dense(self) -> Any: ...


class NCE(Layer):
    def __init__(
        self,
        units: int,
        num_sampled: int,
        sampler: str = 'log_uniform',
        unigrams: Sequence[float] = ...,
        distortion: float = 1.0,
        unique: bool = True,
        remove_accidental_hits: bool = False,
        subtract_log_q: bool = True,
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...


class PositionEmbedding(Layer):
    def __init__(
        self,
        sequence_length: int,
        initializer: _InitializerLike = 'glorot_uniform',
        **kwargs: Any,
    ) -> None: ...
    @property
    def position_embeddings(self) -> Any: ...


class RotaryEmbedding(Layer):
    def __init__(
        self,
        max_wavelength: int = 10000,
        scaling_factor: float = 1.0,
        rope_type: str = 'linear',
        beta_fast: float = 32.0,
        beta_slow: float = 1.0,
        original_max_position_embeddings: int = 4096,
        truncate: bool = True,
        sequence_axis: int = 1,
        feature_axis: int = -1,
        denominator_dim: int | None = None,
        **kwargs: Any,
    ) -> None: ...


class SampledSoftmax(Layer):
    def __init__(
        self,
        units: int,
        num_sampled: int,
        sampler: str = 'log_uniform',
        unigrams: Sequence[float] = ...,
        distortion: float = 1.0,
        unique: bool = True,
        remove_accidental_hits: bool = True,
        subtract_log_q: bool = True,
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'uniform',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...


class SimpleRNNCell(Layer):
    def __init__(
        self,
        units: int,
        activation: _ActivationLike = 'tanh',
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        recurrent_initializer: _InitializerLike = 'orthogonal',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        recurrent_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        recurrent_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def state_size(self) -> Any: ...
    @property
    def output_size(self) -> Any: ...
    def reset_dropout_mask(self) -> Any: ...
    def reset_recurrent_dropout_mask(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None = None) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class SinePositionEncoding(Layer):
    def __init__(self, max_wavelength: int = 10000, **kwargs: Any) -> None: ...


class StringLookup(Layer):
    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str | None = '[UNK]',
        vocabulary: str | Sequence[Any] | None = None,
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: str = 'int',
        pad_to_max_tokens: bool = False,
        sparse: bool | None = False,
        encoding: str = 'utf-8',
        name: str | None = None,
        salt: int | Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None: ...
    def get_vocabulary(self, include_special_tokens: bool = True) -> Any: ...
    def set_vocabulary(
        self,
        vocabulary: str | Sequence[Any] | None,
        idf_weights: Sequence[float] | None = None,
    ) -> Any: ...
    def vocabulary_size(self) -> Any: ...
    def adapt(self, data: Any, steps: int | None = None) -> Any: ...
    def reset_state(self) -> None: ...
    def update_state(self, data: Any) -> None: ...
    def finalize_state(self) -> Any: ...


class TextVectorization(Layer):
    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable[..., Any] | None = 'lower_and_strip_punctuation',
        split: str | Callable[..., Any] | None = 'whitespace',
        ngrams: int | Sequence[int] | None = None,
        output_mode: str = 'int',
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: str | Sequence[Any] | None = None,
        idf_weights: Sequence[float] | None = None,
        sparse: bool | None = False,
        ragged: bool | None = False,
        encoding: str = 'utf-8',
        name: str | None = None,
        **kwargs: Any,
    ) -> None: ...
    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> Any: ...
    def get_vocabulary(self, include_special_tokens: bool = True) -> Any: ...
    def set_vocabulary(
        self,
        vocabulary: str | Sequence[Any] | None,
        idf_weights: Sequence[float] | None = None,
    ) -> Any: ...
    def vocabulary_size(self) -> Any: ...
    def reset_state(self) -> None: ...
    def update_state(self, data: Any) -> None: ...
    def finalize_state(self) -> Any: ...


class TokenAndPositionEmbedding(Layer):
    def __init__(
        self,
        vocabulary_size: int,
        sequence_length: int,
        embedding_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: _InitializerLike = 'uniform',
        mask_zero: bool = False,
        **kwargs: Any,
    ) -> None: ...
    @property
    def token_embedding(self) -> Any: ...
    @property
    def position_embedding(self) -> Any: ...


class EmbedReduce(Embedding):
    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: _InitializerLike = 'uniform',
        embeddings_regularizer: _RegularizerLike = None,
        embeddings_constraint: _ConstraintLike = None,
        mask_zero: bool = False,
        weights: ArrayLike | Sequence[ArrayLike] | None = None,
        combiner: str = 'mean',
        **kwargs: Any,
    ) -> None: ...
    def call(  # type: ignore[override]
        self,
        inputs: Any,
        weights: ArrayLike | Sequence[ArrayLike] | None = None,
        training: bool | None = None,
    ) -> Any: ...


class GRU(Layer):
    def __init__(
        self,
        units: int,
        activation: _ActivationLike = 'tanh',
        recurrent_activation: _ActivationLike = 'sigmoid',
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        recurrent_initializer: _InitializerLike = 'orthogonal',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        recurrent_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        recurrent_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: str = 'auto',
        **kwargs: Any,
    ) -> None: ...
    @property
    def states(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None = None) -> Any: ...
    def reset_state(self) -> None: ...
    def reset_states(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class LSTM(Layer):
    def __init__(
        self,
        units: int,
        activation: _ActivationLike = 'tanh',
        recurrent_activation: _ActivationLike = 'sigmoid',
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        recurrent_initializer: _InitializerLike = 'orthogonal',
        bias_initializer: _InitializerLike = 'zeros',
        unit_forget_bias: bool = True,
        kernel_regularizer: _RegularizerLike = None,
        recurrent_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        recurrent_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: str = 'auto',
        **kwargs: Any,
    ) -> None: ...
    @property
    def states(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None = None) -> Any: ...
    def reset_state(self) -> None: ...
    def reset_states(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class ReversibleEmbedding(Embedding):
    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: _InitializerLike = 'uniform',
        embeddings_regularizer: _RegularizerLike = None,
        embeddings_constraint: _ConstraintLike = None,
        mask_zero: bool = False,
        reverse_dtype: str | None = None,
        logit_soft_cap: float | None = None,
        **kwargs: Any,
    ) -> None: ...
    def call(  # type: ignore[override]
        self,
        inputs: Any,
        reverse: bool = False,
        mask: ArrayLike | None = None,
        training: bool | None = None,
    ) -> Any: ...
    def compute_output_shape(self, input_shape: _Shape | None, reverse: bool = False) -> Any: ...
    @property
    def reverse_embeddings(self) -> Any: ...
    @property
    def inputs_quantizer(self) -> Any: ...
    @property
    def reverse_embeddings_scale(self) -> Any: ...
    @property
    def reverse_embeddings_zero(self) -> Any: ...


class SimpleRNN(Layer):
    def __init__(
        self,
        units: int,
        activation: _ActivationLike = 'tanh',
        use_bias: bool = True,
        kernel_initializer: _InitializerLike = 'glorot_uniform',
        recurrent_initializer: _InitializerLike = 'orthogonal',
        bias_initializer: _InitializerLike = 'zeros',
        kernel_regularizer: _RegularizerLike = None,
        recurrent_regularizer: _RegularizerLike = None,
        bias_regularizer: _RegularizerLike = None,
        activity_regularizer: _RegularizerLike = None,
        kernel_constraint: _ConstraintLike = None,
        recurrent_constraint: _ConstraintLike = None,
        bias_constraint: _ConstraintLike = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: Any = None,
        **kwargs: Any,
    ) -> None: ...
    @property
    def states(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None = None) -> Any: ...
    def reset_state(self) -> None: ...
    def reset_states(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class StackedRNNCells(Layer):
    def __init__(self, cells: Any, **kwargs: Any) -> None: ...
    @property
    def cells(self) -> Any: ...
    @property
    def state_size(self) -> Any: ...
    @property
    def output_size(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None = None) -> Any: ...
    def compute_output_shape(self, inputs_shape: _Shape | None, states_shape: Any = None) -> Any: ...
    def reset_dropout_mask(self) -> Any: ...
    def reset_recurrent_dropout_mask(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


class RNN(Layer):
    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None: ...
    @property
    def cell(self) -> Any: ...
    @property
    def state_size(self) -> Any: ...
    def get_initial_state(self, batch_size: int | None) -> Any: ...
    def __call__(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: ArrayLike | None = None,
        training: bool | None = None,
    ) -> Any: ...
    def compute_output_shape(self, sequences_shape: _Shape | None, initial_state_shape: Any = None) -> Any: ...
    def compute_mask(self, sequences: Any, mask: ArrayLike | None = None) -> Any: ...  # type: ignore[override]
    @property
    def states(self) -> Any: ...
    def reset_state(self) -> None: ...
    def reset_states(self) -> Any: ...
    @property
    def kernel(self) -> Any: ...
    @property
    def recurrent_kernel(self) -> Any: ...
    @property
    def bias(self) -> Any: ...


AvgPool1D = AveragePooling1D

AvgPool2D = AveragePooling2D

Convolution1D = Conv1D

Convolution1DTranspose = Conv1DTranspose

Convolution2D = Conv2D

GlobalAvgPool1D = GlobalAveragePooling1D

GlobalAvgPool2D = GlobalAveragePooling2D

GlobalMaxPool1D = GlobalMaxPooling1D

GlobalMaxPool2D = GlobalMaxPooling2D

GroupQueryAttention = GroupedQueryAttention

MaxPool1D = MaxPooling1D

MaxPool2D = MaxPooling2D

SeparableConvolution1D = SeparableConv1D

def Input(
    shape: _Shape | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: _Shape | None = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> Any: ...

def add(inputs: Any, **kwargs: Any) -> None: ...

def average(inputs: Any, **kwargs: Any) -> Any: ...

def concatenate(inputs: Any, axis: int | Sequence[int] | None = -1, **kwargs: Any) -> Any: ...

def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any: ...

def dot(inputs: Any, axes: int | Sequence[int] | None = -1, **kwargs: Any) -> Any: ...

def maximum(inputs: Any, **kwargs: Any) -> Any: ...

def minimum(inputs: Any, **kwargs: Any) -> Any: ...

def multiply(inputs: Any, **kwargs: Any) -> Any: ...

def serialize(layer: Any) -> dict[str, Any]: ...

def subtract(inputs: Any, **kwargs: Any) -> Any: ...
