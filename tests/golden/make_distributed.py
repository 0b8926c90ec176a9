# SPDX-License-Identifier: Apache-2.0
"""distributed.json: models of a DistributedEmbedding of KerasRS and a Dense, as Keras writes them: what they give, and how tables and
Dense move in four steps, each table by its own optimizer. KerasRS on CPUs leaves tables to the optimizer of the model, so that here
that is a MultiOptimizer which has those of the tables."""
import json

import numpy as np
from golden import array, keras, write
from keras_rs.layers import DistributedEmbedding, FeatureConfig, TableConfig

O = keras.optimizers
draw = np.random.default_rng(14)
OPTIMIZERS = {"adam": lambda: O.Adam(0.01), "adagrad": lambda: O.Adagrad(0.1), "ftrl": lambda: O.Ftrl(0.05), "sgd": lambda: O.SGD(0.1, momentum=0.5)}


def feature(name, table, ids=None):
    shape = (None,) if ids is None else (None, ids)
    return FeatureConfig(name, table, shape, (None, table.embedding_dim))


def tables(combiners, optimizers):
    return [TableConfig(name=f"table{i}", vocabulary_size=9 - i, embedding_dim=3 + i, combiner=combiner, optimizer=OPTIMIZERS[optimizer]())
            for i, (combiner, optimizer) in enumerate(zip(combiners, optimizers))]


def structures():
    a, b, c = tables(("mean", "sum", "sqrtn"), ("adagrad", "sgd", "adam"))
    yield {"z": feature("z", a, 4), "y": [feature("y0", b, 3), feature("y1", a)], "x": {"w": feature("w", c, 2)}}
    a, b, c = tables(("sum", "sqrtn", "mean"), ("ftrl", "adam", "adagrad"))
    yield [feature("one", b, 3), feature("two", a, 2), feature("three", c, 5), feature("four", b, 3)]
    a, b = tables(("sqrtn", "sum"), ("sgd", "ftrl"))
    yield {"only": feature("only", b)}


def drawn(config, weighted):
    shape = (6, *config.input_shape[1:])
    return draw.normal(size=shape).astype("float32") if weighted else draw.integers(0, config.table.vocabulary_size, shape).astype("int32")


def case(features, weighted):
    layer = DistributedEmbedding(features, name="tables")
    leaves = keras.tree.flatten(features)
    inputs = keras.tree.map_structure(lambda f: keras.Input(f.input_shape[1:], dtype="int32", name=f.name), features)
    weights = keras.tree.map_structure(lambda f: keras.Input(f.input_shape[1:], name=f"{f.name}_weights"), features)
    vectors = layer(inputs, weights) if weighted else layer(inputs)
    y = keras.layers.Dense(1, name="dense")(keras.layers.Concatenate(name="all")([*keras.tree.flatten(vectors), *keras.tree.flatten(vectors)]))
    ends = keras.tree.flatten(inputs) + (keras.tree.flatten(weights) if weighted else [])
    model = keras.Model(ends, [y, *keras.tree.flatten(vectors)], name="model")
    training = keras.Model(ends, y)
    own = {f"tables/{f.table.name}/embeddings": f.table.optimizer for f in leaves}
    training.compile(O.MultiOptimizer(O.OptimizerMap(O.RMSprop(0.01), optimizer_map=own)), "mse")
    batches = [[drawn(f, False) for f in leaves] + ([drawn(f, True) for f in leaves] if weighted else []) for _ in range(4)]
    targets = [draw.normal(size=(6, 1)).astype("float32") for _ in batches]
    before = [array(w) for w in model.get_weights()]
    outputs = [array(v) for v in model.predict(batches[0], verbose=0)]
    losses = [float(training.train_on_batch(x, t)) for x, t in zip(batches, targets)]
    return {"config": json.loads(model.to_json()), "layer": json.loads(json.dumps(keras.saving.serialize_keras_object(layer))),
            "before": before, "batches": [[array(x) for x in batch] for batch in batches], "targets": [array(t) for t in targets],
            "outputs": outputs, "losses": losses, "after": [array(w) for w in model.get_weights()],
            "names": [w.path for w in model.weights]}


write("distributed", [case(features, weighted) for weighted in (False, True) for features in structures()])
