# SPDX-License-Identifier: Apache-2.0
"""How methods are called in `test_arguments`, and what their arguments are given: as `cases`; and the cases of
what needs a whole model to be seen."""
import contextlib
import io
import os
import pathlib
import shutil
import tempfile
import unittest.mock

import numpy as np

import keratin
import seeing
from argument_cases import CHANCES, ONES, SCHEDULED, SEQUENTIAL, Own, OwnMetric, OwnSchedule, cubed, dense
from cases import CASES, ODD, add, kind, with_base
from keratin import callbacks, layers, metrics, optimizers, preprocessing, utils
from layer_cases import STEPS

METHODS = {}
ROWS_X, ROWS_Y = np.array([[1, 2], [3, 4], [0, 1], [2, 2], [4, 0]]), np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
WEIGHTS = np.array([1.0, 5.0, 0.0, 2.0, 3.0])


def compiled(**options):
    model = keratin.Sequential([layers.Embedding(5, 2), layers.Flatten(), dense()], name="m")
    model.compile(**{"optimizer": keratin.optimizers.SGD(0.1), "loss": "mse", "metrics": ["mae"], **options})
    return model


class Batches(callbacks.Callback):
    """Prints what it is told."""

    def on_epoch_end(self, epoch, logs=None):
        print("epoch", epoch, logs)

    def on_test_end(self, logs=None):
        print("test", logs)

    def on_predict_batch_end(self, batch, logs=None):
        print("predict", batch)


def trained(model_and_result):
    model, result = model_and_result
    return [result.history if isinstance(result, callbacks.History) else result, model.get_weights()]


def method(path, call, given, see=lambda result: result, **others):
    METHODS[path] = call, given, see, others


def on_model(name):
    """Calls a method of a compiled model; gives the model too."""

    def call(**arguments):
        model = compiled()
        return model, getattr(model, name)(**arguments)

    return call


DATA = dict(x=ROWS_X, y=ROWS_Y)
HELD = (ROWS_X[:3], ROWS_Y[:3])
method("Trainer.compile", lambda **options: trained((lambda model: (model, model.fit(**DATA, verbose=0, sample_weight=WEIGHTS)))(
    compiled(**options))), {}, optimizer="adam", loss="mae", loss_weights=0.5, metrics=["mse"], weighted_metrics=["mse"])
method("Trainer.fit", on_model("fit"), dict(**DATA, verbose=0, batch_size=2), trained, x=ROWS_X[::-1], y=ROWS_Y + 1, batch_size=3,
       epochs=2, verbose=2, callbacks=[Batches()], validation_split=0.3, validation_data=HELD, shuffle=False,
       class_weight={0: 1, 1: 2, 2: 3, 3: 4, 4: 5}, sample_weight=WEIGHTS, initial_epoch=with_base(1, epochs=2),
       steps_per_epoch=1, validation_steps=with_base(1, validation_data=HELD),
       validation_batch_size=with_base(1, validation_data=HELD, validation_steps=1),
       validation_freq=with_base(2, validation_data=HELD, epochs=2))
method("Trainer.evaluate", on_model("evaluate"), dict(**DATA, verbose=0), trained, x=ROWS_X[::-1], y=ROWS_Y + 1, verbose=2,
       batch_size=with_base(1, steps=1), sample_weight=WEIGHTS, steps=with_base(1, batch_size=2), callbacks=[Batches()],
       return_dict=True)
method("Trainer.predict", on_model("predict"), dict(x=ROWS_X), trained, batch_size=with_base(1, callbacks=[Batches()]), verbose=2,
       steps=with_base(1, batch_size=2), callbacks=[Batches()])
method("Trainer.train_on_batch", on_model("train_on_batch"), DATA, trained, y=ROWS_Y + 1, sample_weight=WEIGHTS,
       class_weight={0: 1, 1: 2, 2: 3, 3: 4, 4: 5}, return_dict=True)
method("Trainer.test_on_batch", on_model("test_on_batch"), DATA, trained, y=ROWS_Y + 1, sample_weight=WEIGHTS, return_dict=True)


def built():
    model = compiled()
    model.build((None, 2))
    return model


NESTED = keratin.Sequential([keratin.Input((2,)), keratin.Sequential([layers.Dense(1, name="within")], name="f"), layers.Dense(1)])
method("Model.summary", lambda **options: NESTED.summary(**options), {}, expand_nested=True, line_length=60, positions=[0.3, 0.6, 1.0],
       print_fn=lambda text: print(text.upper()), show_trainable=True, layer_range=["f", "f"])
method("Model.get_layer", lambda **which: built().get_layer(**which), dict(index=0), name="m", index=1)
method("Model.build", lambda **shape: (lambda model: (model.build(**shape), model.input_shape))(compiled()),
       dict(input_shape=(None, 2)), input_shape=(None, 3))
method("Sequential.build", lambda **shape: (lambda model: (model.build(**shape), model.input_shape))(compiled()),
       dict(input_shape=(None, 2)), input_shape=(None, 3))
method("ModelFiles.to_json", lambda **options: built().to_json(**options), {}, kwargs=None, indent=2)
FUNCTIONAL = keratin.Model(*(lambda x: (x, layers.Dense(1, kernel_regularizer="l2")(x)))(keratin.Input((2,)))).get_config()
method("Functional.from_config", keratin.models.Functional.from_config, dict(config=FUNCTIONAL),
       lambda made: [kind(made.layers[1].kernel_regularizer), made.mask_policy], custom_objects={"L2": Own}, mask_policy="keras3")
method("Sequential.from_config", keratin.Sequential.from_config, dict(config=SEQUENTIAL),
       lambda made: [kind(made.layers[0].kernel_regularizer), made.mask_policy], custom_objects={"L2": Own}, mask_policy="keras3")
method("Layer.call", lambda **arguments: layers.Dropout(0.5, seed=1).call(STEPS, **arguments), {},
       lambda y: [y, keratin._mask.of(y)], mask=np.array([[True, True, False]] * 2), training=True)
method("_Merge.compute_mask", lambda **mask: layers.Add().compute_mask([STEPS, STEPS], **mask), {},
       mask=[np.array([[True, True, False]] * 2), np.array([[True, False, False]] * 2)])
LAST = np.array([[True, True, False]] * 2)
FIRST = np.array([[True, False, False]] * 2)
method("_Heads.call", lambda **given: layers.MultiHeadAttention(2, 3, dropout=0.5, seed=1, kernel_initializer="ones").call(**given),
       dict(query=STEPS, value=STEPS), key=STEPS[:, ::-1], query_mask=LAST, value_mask=LAST, key_mask=LAST,
       attention_mask=np.tri(3, dtype=bool), return_attention_scores=True, training=True, use_causal_mask=True)
method("_Heads.compute_output_shape", layers.MultiHeadAttention(2, 3).compute_output_shape,
       dict(query_shape=(2, 5, 6), value_shape=(2, 7, 6)), key_shape=(2, 8, 6))
method("_Heads.build", lambda **shapes: (lambda layer: (layer.build(**shapes), layer.count_params()))(layers.MultiHeadAttention(2, 3)),
       dict(query_shape=(2, 5, 6), value_shape=(2, 7, 6)), key_shape=(2, 7, 4))
method("_Scored.call", lambda **given: layers.Attention(dropout=0.5, seed=1).call(**given), dict(inputs=[STEPS, STEPS]),
       mask=[LAST, FIRST], training=True, return_attention_scores=True, use_causal_mask=True)
method("_Scored.compute_mask", layers.Attention().compute_mask, dict(inputs=[STEPS, STEPS]), mask=[LAST, FIRST])
TIED = layers.ReversibleEmbedding(3, 2, weights=np.arange(6.0).reshape(3, 2), mask_zero=True)
method("ReversibleEmbedding.call", TIED.call, dict(inputs=np.array([[2, 1], [0, 1]])),
       lambda y: [y, keratin._mask.of(y)], reverse=True, mask=with_base(LAST[:, :2], reverse=True))
method("ReversibleEmbedding.compute_output_shape", TIED.compute_output_shape, dict(input_shape=(2, 2)), reverse=True)
method("_Positioned.call", layers.SinePositionEncoding().call, dict(inputs=STEPS), start_index=2, positions=[3, 1, 0])
method("EmbedReduce.call", layers.EmbedReduce(3, 2, weights=np.arange(6.0).reshape(3, 2)).call, dict(inputs=[[2, 1], [0, 1]]),
       weights=np.array([[1.0, 2.0], [3.0, 4.0]]))
def retrieved(**candidates):
    layer = layers.BruteForceRetrieval(k=1)
    layer.update_candidates(**candidates)
    return layer(np.ones((1, 2)))


method("BruteForceRetrieval.update_candidates", retrieved, dict(candidate_embeddings=np.eye(2)), candidate_ids=[4, 5])
method("Retrieval.update_candidates", retrieved, dict(candidate_embeddings=np.eye(2)), candidate_ids=[4, 5])
FEATURES = layers.DistributedEmbedding([layers.FeatureConfig("ids", layers.TableConfig(
    "table", 5, 2, initializer=keratin.initializers.Constant(0.5), combiner="sum"), (None, 2), (None, 2))])
FEATURES_GIVEN = dict(inputs=[np.array([[2, 1], [0, 1]])])
method("DistributedEmbedding.call", FEATURES.call, FEATURES_GIVEN, weights=[np.array([[1.0, 2.0], [3.0, 4.0]])])
method("DistributedEmbedding.preprocess", FEATURES.preprocess, FEATURES_GIVEN, weights=[np.array([[1.0, 2.0], [3.0, 4.0]])])
method("FeatureCross.call", layers.FeatureCross(kernel_initializer="ones").call, dict(x0=STEPS), x=2 * STEPS)
method("FeatureCross.build", lambda **shapes: (lambda layer: (layer.build(**shapes), layer.get_build_config()))(layers.FeatureCross()),
       dict(x0_shape=(2, 3)), x_shape=(2, 3))
method("FeatureCross.compute_output_shape", layers.FeatureCross().compute_output_shape,
       dict(x0_shape=(2, 3)), x_shape=(2, 4))
SAMPLED = dict(units=5, num_sampled=2, kernel_initializer="ones", seed=1)
method("_LabelledOutput.call", lambda **given: layers.SampledSoftmax(**SAMPLED).call(**given), dict(inputs=STEPS),
       labels=np.array([[1, 2, 3], [0, 4, 4]]), training=with_base(True, labels=np.array([[1, 2, 3], [0, 4, 4]])))
method("_LabelledOutput.build", lambda **shapes: (lambda layer: (layer.build(**shapes), layer.get_build_config()))(
    layers.SampledSoftmax(**SAMPLED)), dict(inputs_shape=(2, 3)), labels_shape=(2,))
method("_LabelledOutput.compute_output_shape", layers.SampledSoftmax(**SAMPLED).compute_output_shape,
       dict(inputs_shape=(2, 3)), labels_shape=(2,))
method("NativeLayer.compute_mask", lambda **mask: layers.Dropout(0.5).compute_mask(STEPS, **mask), {},
       mask=np.array([[True, True, False]] * 2))
method("Embedding.build", lambda **shape: (lambda layer: (layer.build(**shape), layer.get_build_config()))(layers.Embedding(3, 2)), {},
       input_shape=(None, 3))
for cls in (metrics.Mean, metrics.Sum):
    method(f"{cls.__name__}.update_state", (lambda cls: lambda **given: (lambda m: (m.update_state(ODD, **given), m.result()))(
        cls()))(cls), {}, sample_weight=np.array([1.0, 2.0, 5.0]))
method("Metric.update_state", lambda **given: (lambda m: (m.update_state(ONES, CHANCES, **given), m.result()))(
    metrics.BinaryAccuracy()), {}, sample_weight=np.array([1.0, 2.0, 5.0]))
method("_RankingMetric.update_state", lambda **given: (lambda m: (m.update_state(ONES, CHANCES, **given), m.result()))(
    metrics.RecallAtK(k=1)), {}, sample_weight=np.array([1.0, 2.0, 5.0]))
method("Metric.add_variable", lambda **given: OwnMetric().add_variable(**given), dict(shape=(2,), initializer="ones"),
       lambda made: [made, made.name], dtype="int32")
method("Metric.add_weight", lambda **given: OwnMetric().add_weight(**given), {}, lambda made: [made, made.name], shape=(2,),
       initializer="ones", dtype="int32")
def of_overlap(**given):
    metric = metrics.MeanIoU(3, dtype="float32")
    metric.update_state(**given)
    return metric.result()


method("_IoUBase.update_state", of_overlap, dict(y_true=np.array([0, 1, 2]), y_pred=np.array([0, 2, 2])),
       y_true=np.array([1, 1, 2]), y_pred=np.array([0, 2, 1]), sample_weight=np.array([1.0, 2.0, 5.0]))
method("Metric.stateless_update_state", lambda **given: metrics.BinaryAccuracy().stateless_update_state(
    [0.0, 0.0], y_true=ONES, y_pred=CHANCES, **given), {}, sample_weight=np.ones(3))


def excluded(**which):
    made = optimizers.AdamW(0.1)
    weights = [keratin.Variable([1.0], name="one"), keratin.Variable([1.0], name="two")]
    made.exclude_from_weight_decay(**{name: weights[:1] if name == "var_list" else value for name, value in which.items()})
    made.apply([np.zeros(1), np.zeros(1)], weights)
    return weights


def applied(**which):
    made, weights = optimizers.SGD(0.1), [keratin.Variable([1.0]), keratin.Variable([1.0])]
    made.build(weights[:1])
    made.apply([np.ones(1)], **{name: weights[1:] for name in which})
    return weights


method("Optimizer.exclude_from_weight_decay", excluded, {}, var_list=True, var_names=["two"])
method("Optimizer.apply", applied, {}, trainable_variables=True)
method("Optimizer.from_config", optimizers.SGD.from_config, dict(config=SCHEDULED), lambda made: made.learning_rate,
       custom_objects={"CosineDecay": OwnSchedule})
TEXTS = ["a b b", "b c"]
for name, given in (("texts_to_matrix", TEXTS), ("sequences_to_matrix", [[1, 2, 2], [3]])):
    method(f"Tokenizer.{name}", (lambda name, given: lambda **mode: (lambda made: (
        made.fit_on_texts(TEXTS), getattr(made, name)(given, **mode)))(preprocessing.text.Tokenizer()))(name, given), {}, mode="count")
method("Tokenizer.to_json", lambda **options: preprocessing.text.Tokenizer().to_json(**options), {}, kwargs=None)


def on_table(name):
    """Calls a method of a table; gives the table, the optimizer and what it gave."""

    def call(**arguments):
        table = keratin.EmbeddingTable(5, 2, weights=np.arange(10.0).reshape(5, 2))
        optimizer = optimizers.SGD(0.1)
        if "step" in name:
            arguments["optimizer"] = optimizer
        given = getattr(table, name)(**arguments)
        return [given, table.get_weights(), float(optimizer.learning_rate), arguments.get("out")]

    return call


BAGS = dict(ids=[1, 2, 1], offsets=[0, 2, 3])
GRADIENT = np.arange(4.0).reshape(2, 2)
OF_BAGS = dict(weights=[1.0, 2.0, 3.0], combiner="max")
method("EmbeddingTable.lookup", on_table("lookup"), dict(ids=[1, 2]), out=np.zeros((2, 2), "float32"))
method("EmbeddingTable.lookup_pooled", on_table("lookup_pooled"), BAGS, **OF_BAGS, out=np.zeros((2, 2), "float32"))
method("EmbeddingTable.pooled_gradient", on_table("pooled_gradient"), dict(BAGS, gradient=GRADIENT), **OF_BAGS)
method("EmbeddingTable.step", on_table("step"), dict(ids=[1, 2], gradient=GRADIENT), learning_rate=0.3, gradient_scale=2.0)
method("EmbeddingTable.step_pooled", on_table("step_pooled"), dict(BAGS, gradient=GRADIENT), **OF_BAGS, learning_rate=0.3,
       gradient_scale=2.0)


def on_living(name):
    def call(**arguments):
        table = keratin.DynamicEmbeddingTable(2, embeddings_initializer="ones")
        table.insert([1, 1])
        table.insert([2, 3])
        table.assign([1, 2, 3], np.arange(6.0).reshape(3, 2))
        optimizer = optimizers.SGD(0.1)
        if name == "step":
            arguments["optimizer"] = optimizer
        given = getattr(table, name)(**arguments)
        return [given, table.lookup([1, 2, 3]), table.keys(), float(optimizer.learning_rate)]

    return call


method("DynamicEmbeddingTable.step", on_living("step"), dict(keys=[1, 2], gradient=GRADIENT), learning_rate=0.3, gradient_scale=2.0)
method("DynamicEmbeddingTable.evict", on_living("evict"), dict(count=1), count=2, eviction="oldest")


def evicted(**arguments):
    layer = layers.DynamicEmbedding(2)
    layer.build((None, 1))
    layer.insert([1, 1])
    layer.insert([2, 3])
    layer.evict(**arguments)
    return layer.keys()


method("DynamicEmbedding.evict", evicted, dict(count=1), count=2, eviction="oldest")


def on_neighbors(name):
    words = ["a", "b", "c"]
    return lambda **arguments: getattr(keratin.Neighbors([[1.0, 0.0], [2.0, 2.0], [0.0, -3.0]], vocabulary=words), name)(**arguments)


method("Neighbors.search", on_neighbors("search"), dict(vectors=[[1.0, 2.0]], k=1), vectors=[[0.0, -2.0]], k=2)
method("Neighbors.search_ids", on_neighbors("search_ids"), dict(ids=[1], k=1), ids=[2], k=2, itself=True)
method("Neighbors.most_similar", on_neighbors("most_similar"), dict(words="a", k=1), words="c", k=2)


def bar(name):
    def call(**arguments):
        made = utils.Progbar(5, interval=0)
        getattr(made, name)(3, **arguments)
        made.update(5, finalize=True)

    return call


method("Progbar.update", bar("update"), {}, values=[("loss", 2.0)], finalize=True)
method("Progbar.add", bar("add"), {}, values=[("loss", 2.0)])
class Terminal(io.StringIO):
    """What a bar is drawn on."""

    def isatty(self):
        return True


def drawn(**options):
    with contextlib.redirect_stdout(Terminal()) as terminal, unittest.mock.patch.dict(os.environ, TERM="xterm"):
        made = utils.Progbar(**options)
        made.update(2, [("loss", 2.0)])
        made.update(4, [("loss", 4.0)])
        made.update(5)
    print(terminal.getvalue())


add(drawn, dict(target=5, interval=0), path="utils.Progbar", width=7, verbose=2, stateful_metrics=["loss"], stateless_metrics=[],
    unit_name="turn")


class Told(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("told", self.params, self.model is None)


CASES["callbacks.CallbackList"] = (
    callbacks.CallbackList, {}, lambda made: (made.on_epoch_end(0, {}), [type(each).__name__ for each in made]),
    dict(callbacks=[Told()], add_history=True, add_progbar=True, model=with_base(compiled(), callbacks=[Told()]),
         params=with_base(1, callbacks=[Told()])))
def written(made):
    path = made.filename
    for _ in range(2):
        seeing.callback(made)
    with open(path) as file:
        return file.read(), os.path.basename(path)


def csv_logger(filename, **options):
    if os.path.exists(filename):
        os.remove(filename)
    return callbacks.CSVLogger(filename, **options)


FILE = os.path.join(tempfile.mkdtemp(), "log.csv")
CASES["callbacks.CSVLogger"] = csv_logger, dict(filename=FILE), written, dict(filename=FILE + ".other", separator=";", append=True)


def logged(made):
    """The files of a run, and how many values of each kind are in them."""
    shutil.rmtree(made.log_dir, ignore_errors=True)
    compiled().fit(**DATA, verbose=0, callbacks=[made])
    files = sorted(path for path in pathlib.Path(made.log_dir).rglob("*") if path.is_file())
    return os.path.basename(made.log_dir), [
        (path.parent.name, path.read_text() if path.suffix == ".pbtxt" else [path.read_bytes().count(kind) for kind in (
            b"batch_", b"histograms", b"per_second", b"graph_keras")]) for path in files]


def tensor_board(log_dir="logs", **options):
    return callbacks.TensorBoard(os.path.join(os.path.dirname(FILE), log_dir), **options)


CASES["callbacks.TensorBoard"] = tensor_board, {}, logged, dict(
    log_dir=os.path.join(os.path.dirname(FILE), "others"), histogram_freq=1, write_graph=False, write_images=True, write_steps_per_second=True, update_freq="batch",
    profile_batch=2, embeddings_freq=1, embeddings_metadata=with_base("words.tsv", embeddings_freq=1))
CASES["callbacks.LambdaCallback"] = (
    callbacks.LambdaCallback, {}, lambda made: compiled().fit(**DATA, verbose=0, callbacks=[made]).epoch,
    {name: (lambda name: lambda *args: print(name))(name) for name in (
        "on_epoch_begin", "on_epoch_end", "on_train_begin", "on_train_end", "on_train_batch_begin", "on_train_batch_end")})


# -- of a user's own -------------------------------------------------------------------------------

def weight(**options):
    class OfCases(layers.Layer):
        def call(self, x):
            return x

    layer = OfCases(name="own")
    made = layer.add_weight(**{"initializer": "ones", **options})
    return [made, layer]


method("Tracking.add_weight", weight, {}, lambda made: [made[0].numpy(), made[0].trainable, made[0].name[:6], made[1].losses,
                                                   str(made[0].constraint)],
       shape=(2, 3), initializer="zeros", dtype="float16", trainable=False, regularizer="l2", constraint="non_neg", name="another")
method("OwnSteps.compute_loss", lambda **given: compiled().compute_loss(**given), dict(y=ROWS_Y, y_pred=np.ones((5, 1))),
       y=ROWS_Y + 1, y_pred=np.full((5, 1), 5.0), sample_weight=WEIGHTS)
method("OwnSteps.compute_metrics", lambda **given: compiled(weighted_metrics=["mse"]).compute_metrics(**given),
       dict(x=ROWS_X, y=ROWS_Y, y_pred=np.ones((5, 1))), sample_weight=WEIGHTS)


def gradient(**options):
    layer = layers.Dense(1, kernel_initializer="ones")
    unused = keratin.Variable(1.0)
    with keratin.GradientTape() as tape:
        y = layer(ONES)
    return tape.gradient(y, [*layer.trainable_variables, unused], **options)


method("GradientTape.gradient", gradient, {}, output_gradients=np.full((len(ONES), 1), 2.0), unconnected_gradients="zero")
method("Lambda.from_config", lambda **given: layers.Lambda.from_config({"function": {"class_name": "function", "config": "cubed"}},
                                                                       **given), dict(custom_objects={"cubed": cubed}),
       lambda made: made(2 * ONES), custom_objects={"cubed": lambda x: x})


class OfCases(optimizers.Optimizer):
    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, learning_rate * gradient)


def added(name):
    def call(**options):
        optimizer = OfCases(0.1)
        return getattr(optimizer, name)(**options)
    return call


REFERENCE = keratin.Variable([1.0, 2.0], name="reference")
method("OwnOptimizer.add_variable", added("add_variable"), dict(shape=(2,)), lambda made: [made.numpy(), made.name[:5]],
       initializer="ones", dtype="float16", name="another")
method("OwnOptimizer.add_variable_from_reference", added("add_variable_from_reference"), dict(reference_variable=REFERENCE),
       lambda made: [made.numpy(), made.name], initializer="ones", name="another")
method("OwnOptimizer.add_optimizer_variables", added("add_optimizer_variables"), dict(trainable_variables=[REFERENCE], name="slot"),
       lambda made: [made[0].numpy()], initializer="ones")


def adapted(cls, **given):
    def call(data, **options):
        layer = getattr(layers, cls)(**given)
        layer.adapt(iter(data), **options)
        return layer.get_vocabulary()
    return call


def on_lookup(name):
    def call(**options):
        layer = layers.StringLookup(output_mode="tf_idf")
        layer.set_vocabulary(["a", "b"], idf_weights=[0.5, 2.0])
        return getattr(layer, name)(**options), layer(["a", "b", "c"])
    return call


WORD_BATCHES = [np.array([["a", "b"]]), np.array([["c", "b"]])]
method("Adapted.adapt", adapted("StringLookup"), dict(data=WORD_BATCHES), steps=1)
method("TextVectorization.adapt", adapted("TextVectorization"), dict(data=[batch[:, :1] for batch in WORD_BATCHES]), steps=1)
method("Lookup.get_vocabulary", on_lookup("get_vocabulary"), {}, include_special_tokens=False)
method("Lookup.set_vocabulary", on_lookup("set_vocabulary"), dict(vocabulary=["a", "b"]), idf_weights=[3.0, 4.0])
