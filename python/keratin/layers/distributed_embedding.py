# SPDX-License-Identifier: Apache-2.0
"""Many features in tables that they may share. KerasRS: `keras_rs.layers.DistributedEmbedding`, here on one machine."""
import numpy as np

from keratin import _core, _native, initializers, keras_tensor, optimizers
from keratin._refusal import shown
from keratin._structure import map_structure, pack_as
from keratin.layers.native_layer import NativeLayer

_PREPROCESSED, _HERE = "preprocessed_inputs_per_placement", "default_device"


def _by_fan_out():
    return initializers.VarianceScaling(mode="fan_out")


class _Config:
    """Arguments that may be changed until a layer is made of them."""

    def __eq__(self, other):
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None

    def __repr__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={shown(value)}' for name, value in vars(self).items())})"


class TableConfig(_Config):
    """A table of a DistributedEmbedding.

    Args:
        name: its name, which no other table of the layer has.
        vocabulary_size: size of the vocabulary, largest id + 1.
        embedding_dim: width of a vector.
        initializer: draws the table; VarianceScaling(mode="fan_out") by default.
        optimizer: what trains the table, whatever the model is compiled with: a name or an optimizer, of which the layer makes
            its own. None: what the model is compiled with.
        combiner: "mean", "sum" or "sqrtn", as EmbedReduce has it.
        placement: "auto" or "default_device", which is the same on one machine.
        max_ids_per_partition: the size of a buffer of TPUs, which stays in the config and has no part in any number.
        max_unique_ids_per_partition: likewise.
    """

    def __init__(self, name, vocabulary_size, embedding_dim, initializer=None, optimizer="adam", combiner="mean", placement="auto",
                 max_ids_per_partition=256, max_unique_ids_per_partition=256):
        self.name, self.vocabulary_size, self.embedding_dim = name, vocabulary_size, embedding_dim
        self.initializer = _by_fan_out() if initializer is None else initializer
        self.optimizer, self.combiner, self.placement = optimizer, combiner, placement
        self.max_ids_per_partition, self.max_unique_ids_per_partition = max_ids_per_partition, max_unique_ids_per_partition

    def get_config(self):
        """What from_config takes, of plain values."""
        config = dict(vars(self))
        for name in ("initializer", "optimizer"):
            if not isinstance(config[name], (str, dict)):
                config[name] = _native.serialize(config[name])
        return config

    @classmethod
    def from_config(cls, config):
        """The table of that config."""
        config = dict(config)
        for name, module in (("initializer", initializers), ("optimizer", optimizers)):
            if isinstance(config.get(name), dict):
                config[name] = module.get(config[name])
        return cls(**config)


class FeatureConfig(_Config):
    """A feature of a DistributedEmbedding: what is looked up in a table.

    Args:
        name: its name.
        table: a TableConfig; features that have the same one share the table.
        input_shape: (batch, ids), or (batch,) of one id each, which (batch, 1) takes too; None: any. The number of samples is
            not looked at.
        output_shape: (batch, embedding_dim).
    """

    def __init__(self, name, table, input_shape, output_shape):
        self.name, self.table = name, table
        self.input_shape, self.output_shape = input_shape, output_shape

    def get_config(self):
        """What from_config takes, of plain values."""
        return {"name": self.name, "table": self.table.get_config(), "input_shape": self.input_shape,
                "output_shape": self.output_shape}

    @classmethod
    def from_config(cls, config):
        """The feature of that config."""
        config = dict(config)
        if not isinstance(config["table"], TableConfig):
            config["table"] = TableConfig.from_config(config["table"])
        return cls(**config)


class DistributedEmbedding(NativeLayer):
    """Many features, each looked up in a table and reduced to a vector a sample: all of them in one pass of the threads, and so
    are the tables trained, each by its own optimizer. KerasRS: `keras_rs.layers.DistributedEmbedding`, here on one machine.

    Example:

    >>> L = keratin.layers
    >>> items = L.TableConfig("items", vocabulary_size=1000, embedding_dim=16, optimizer="adagrad")
    >>> layer = L.DistributedEmbedding({"watched": L.FeatureConfig("watched", items, (None, 20), (None, 16)),
    ...                                 "offered": L.FeatureConfig("offered", items, (None,), (None, 16))})
    >>> vectors = layer({"watched": np.random.randint(1000, size=(32, 20)), "offered": np.random.randint(1000, size=32)})
    >>> vectors["watched"].shape
    (32, 16)

    A training step costs what its ids cost. A table's optimizer takes its step with that of the model, by a learning rate of
    its own; its state is the last part of the state of the model's optimizer.

    Args:
        feature_configs: FeatureConfigs in a list, tuple or dict, one within another, or one alone.
        table_stacking: "auto" or None: there is nothing to stack on one machine.
        update_stats: False: of the buffers of TPUs there are no statistics here.
        **kwargs: name, trainable, dtype.

    Call arguments:
        inputs: ids of each feature, in the structure of feature_configs, or what `preprocess` gave. Rows of different lengths, a
            NumPy array of arrays, are filled up with ids that weigh nothing, and cut at the length in input_shape.
        weights: of each id, in the same structure; None: all are 1.

    Input shape:
        (batch, ids) of each feature, or (batch,) of one id each.

    Output shape:
        (batch, embedding_dim) of each feature, in the structure of feature_configs.
    """

    def __init__(self, feature_configs, *, table_stacking="auto", update_stats=False, **kwargs):
        if table_stacking not in ("auto", None):
            raise ValueError("[DistributedEmbedding] table_stacking must be 'auto' or None: tables are stacked on TPUs. Received: "
                             f"{_native.shown(table_stacking)}")
        if update_stats:
            raise ValueError("[DistributedEmbedding] update_stats must be False: the statistics are of buffers of TPUs. Received: "
                             f"{_native.shown(update_stats)}")
        for leaf in _features(feature_configs):
            if not isinstance(leaf, FeatureConfig) or not isinstance(leaf.table, TableConfig):
                raise ValueError("[DistributedEmbedding] feature_configs must be FeatureConfigs, each with a TableConfig, in lists, "
                                 f"tuples or dicts. Received: {_native.shown(leaf)} (of type {type(leaf).__name__})")
            if isinstance(leaf.table.optimizer, optimizers.Optimizer) and leaf.table.optimizer._is_own():
                raise ValueError(f"[DistributedEmbedding] the optimizer of table '{leaf.table.name}' must be one of Keratin's: one of "
                                 "your own can train a model, which is compiled with it, where optimizer=None. Received: "
                                 f"{_native.shown(leaf.table.optimizer)}")
        self._make(kwargs, feature_configs=feature_configs)

    def _make_core(self, config, options):
        return super()._make_core({**config, **_nested(self._features)}, options)

    @property
    def _features(self):
        return self._options["feature_configs"]

    def _leaves(self, what, given):
        """The parts of `given` that stand where the features do."""
        leaves = []
        _add_leaves(self._features, given, leaves, f"[DistributedEmbedding] layer '{self.name}': {what} must have the structure "
                                                   f"of feature_configs")
        return leaves

    def get_embedding_tables(self):
        """Copies of the tables by their names. ValueError before the layer is built."""
        return _core.embedding_tables(self._own_core)

    def preprocess(self, inputs, weights=None, training=False):
        """The inputs and their weights as one, for `inputs` of a call: KerasRS's form. Rows of different lengths are filled up.

        Args:
            inputs: as in a call.
            weights: as in a call.
            training: for programs that say it: nothing is kept here.
        """
        ids = self._leaves("inputs", inputs)
        weights = [None] * len(ids) if weights is None else self._leaves("weights", weights)
        pairs = [_filled_up(feature, one, weight) for feature, one, weight in zip(_features(self._features), ids, weights)]
        if any(weight is not None for _, weight in pairs):
            pairs = [(one, np.ones(np.shape(one), "float32") if weight is None else weight) for one, weight in pairs]
        paths = list(_paths(self._features))
        here = {"inputs": dict(zip(paths, (one for one, _ in pairs)))}
        if pairs[0][1] is not None:
            here["weights"] = dict(zip(paths, (weight for _, weight in pairs)))
        return {_PREPROCESSED: {_HERE: here}}

    def __call__(self, inputs, weights=None, training=None):
        if self._is_called_back():
            return self._own_call((inputs,), {"weights": weights, "training": training})
        return self.call(inputs, weights, training)

    def call(self, inputs, weights=None, training=None):
        """What the layer does."""
        if not (isinstance(inputs, dict) and _PREPROCESSED in inputs):
            inputs = self.preprocess(inputs, weights)
        here = inputs[_PREPROCESSED][_HERE]
        reads = [given[path] for given in (here["inputs"], here.get("weights")) if given is not None
                 for path in _paths(self._features)]
        core = self._own_core
        if _core.in_pass() or keras_tensor.is_symbolic(reads):
            operation = _Anonymous() if self._is_called_back() else self
            outputs = keras_tensor.call(operation, core, reads, training, None)
            outputs = outputs if isinstance(outputs, list) else [outputs]
        else:
            outputs = core.call_values(reads, bool(training), None)
        return pack_as(map_structure(lambda _: None, self._features), outputs)

    def build(self, input_shapes):
        """Makes the tables."""
        if self._is_called_back():
            super().build(input_shapes)
        else:
            self._build_core(self._core, self._leaves("input_shapes", input_shapes), "")

    def _build_core(self, core, input_shape, scope):
        core.build_for_shapes(input_shape, scope)

    def compute_output_shape(self, input_shapes):
        shapes = self._own_core.compute_output_shapes(self._leaves("input_shapes", input_shapes))
        return pack_as(map_structure(lambda _: None, self._features), shapes)

    def compute_mask(self, inputs, mask=None):
        """None: a vector has no steps."""
        return None

    def get_build_config(self):
        if self._is_called_back() or not self._core.build_shapes:
            return super().get_build_config() if self._is_called_back() else None
        return {"input_shape": pack_as(map_structure(lambda _: None, self._features), list(self._core.build_shapes))}

    def get_config(self):
        config = super().get_config()
        nested = _nested(self._features)
        return {**config, "feature_configs": nested["feature_configs"]}

    @classmethod
    def from_config(cls, config):
        """A layer of that config, with tables of its own."""
        with _native.told_by(cls.__name__):
            config = dict(_native.arguments_in(config))
            _core.Layer.deserialize({"class_name": "DistributedEmbedding", "config": config})  # says what is wrong with it
            tables = [TableConfig.from_config(table) for table in config.pop("tables", ())]
            config["feature_configs"] = map_structure(
                lambda feature: FeatureConfig.from_config({**feature, "table": tables[feature["table"]],
                                                           **{name: tuple(feature[name]) for name in ("input_shape", "output_shape")}}),
                config["feature_configs"], lambda part: isinstance(part, dict) and isinstance(part.get("name"), str))
        return cls(**config)


class _Anonymous:
    """In whose place a call is noted that nobody asks for."""


def _features(structure):
    """The features, of dicts by sorted keys."""
    if isinstance(structure, dict):
        return [feature for key in sorted(structure) for feature in _features(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [feature for part in structure for feature in _features(part)]
    return [structure]


def _paths(structure, above=()):
    """Where the features stand, in their order: "a.0"."""
    if isinstance(structure, (dict, list, tuple)):
        for key in sorted(structure) if isinstance(structure, dict) else range(len(structure)):
            yield from _paths(structure[key], (*above, str(key)))
    else:
        yield ".".join(above)


def _nested(structure):
    """The config of features: "feature_configs", in which a table is its place in "tables"."""
    tables = []
    for feature in _features(structure):
        if all(feature.table is not known for known in tables):
            tables.append(feature.table)

    def written(feature):
        place = next(i for i, table in enumerate(tables) if table is feature.table)
        return {"name": feature.name, "table": place, "input_shape": feature.input_shape, "output_shape": feature.output_shape}
    return {"feature_configs": map_structure(written, structure), "tables": [table.get_config() for table in tables]}


def _add_leaves(structure, given, leaves, message):
    """Appends the parts of `given` at the places of the features in `structure`."""
    if isinstance(structure, dict):
        if not isinstance(given, dict) or given.keys() != structure.keys():
            raise ValueError(_native.bounded(f"{message}, here a dict of {sorted(structure)}. Received: {shown(given)}"))
        for key in sorted(structure):
            _add_leaves(structure[key], given[key], leaves, message)
    elif isinstance(structure, (list, tuple)):
        if not isinstance(given, (list, tuple)) or len(given) != len(structure):
            raise ValueError(_native.bounded(f"{message}, here a list of {len(structure)}. Received: {shown(given)}"))
        for part, one in zip(structure, given):
            _add_leaves(part, one, leaves, message)
    else:
        leaves.append(given)


def _filled_up(feature, ids, weights):
    """Ids and weights of one feature, an array each; those of different lengths in the first columns."""
    if not (isinstance(ids, np.ndarray) and ids.dtype == object and ids.ndim == 1):
        return ids, weights
    shape = tuple(feature.input_shape)
    length = shape[1] if len(shape) > 1 and shape[1] is not None else max((len(row) for row in ids), default=0)
    filled, weighed = np.zeros((len(ids), length), "int64"), np.zeros((len(ids), length), "float32")
    for place, row in enumerate(ids):
        row = np.asarray(row)[:length]
        if row.size and row.dtype.kind not in "iu":
            raise ValueError(f"[DistributedEmbedding] the ids of feature '{feature.name}' must be integers. Received: {row.dtype}")
        filled[place, :len(row)] = row
        weighed[place, :len(row)] = 1 if weights is None else np.asarray(weights[place])[:length]
    return filled, weighed
