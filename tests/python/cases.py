# SPDX-License-Identifier: Apache-2.0
"""How everything public is called in `test_arguments`, and what its arguments are given.

A case is what is called, what it is given, how to see what comes of it, and what the arguments are given that differ
from OTHERS, by name."""
import inspect

import seeing

With = seeing.With


def with_base(value, **base):
    return With(value, base)


# What an argument is given where nothing else is said, by its name.
OTHERS = dict(
    name="another", dtype="float16", seed=7, axis=0, reduction="sum", from_logits=True, label_smoothing=0.3, alpha=0.7,
    gamma=1.0, beta=0.3, delta=0.3, keepdims=True, threshold=0.4, thresholds=[0.3, 0.6], top_k=1, class_id=1, k=2,
    ignore_class=1, custom_objects={"no": 1}, learning_rate=0.3, weight_decay=0.3, clipnorm=0.1, clipvalue=0.1,
    global_clipnorm=0.1, use_ema=True, loss_scale_factor=3.0, gradient_accumulation_steps=2, epsilon=0.1, beta_1=0.4,
    beta_2=0.4, rho=0.4, momentum=0.4, amsgrad=True, centered=True, initial_accumulator_value=0.7,
    ema_momentum=with_base(0.3, use_ema=True), ema_overwrite_frequency=with_base(2, use_ema=True, ema_momentum=0.3),
    negative_slope=0.3, approximate=True, mean=0.3, stddev=0.3, minval=0.1, maxval=0.7, gain=3.0, scale=3.0)

SHARED_OUT = "made of other optimizers: test_shared_out"
NO_EFFECT = {  # arguments, as patterns, of which there is nothing to see, and why
    # For programs that say them: there is nothing to choose.
    "Trainer.compile.run_eagerly": "nothing is compiled",
    "Trainer.compile.steps_per_execution": "a step is a step",
    "Trainer.compile.jit_compile": "nothing is compiled",
    "Trainer.compile.auto_scale_loss": "float32 needs no scale",
    "Neighbors.index": "needs a package that may not be there: test_neighbors.py",
    "EmbeddingTable.storage": "the numbers are those of a table in memory: test_embedding_table.py",
    "layers.Embedding.storage": "the numbers are those of a table in memory: test_tables_in_files.py",
    "layers.ReversibleEmbedding.reverse_dtype": "it may be said; there is one: test_tables",
    "Functional.build.input_shape": "it is built as it is made",
    "OwnOptimizer.add_variable.aggregation": "one device", "OwnOptimizer.add_variable.layout": "one device",
    "Tracking.add_weight.autocast": "one type of floats",
    "Tracking.add_weight.aggregation": "one device",
    "Tracking.add_weight.overwrite_with_gradient": "weights are moved by the optimizer",
    "OwnSteps.compute_loss.x": "for a compute_loss of one's own", "OwnSteps.compute_loss.training": "for a compute_loss of one's own",
    "Lambda.call.*": "the function's own: test_own", "Lambda.compute_mask.previous_mask": "the function's own: test_own",
    "Model.call.kwargs": "there is none before it is written: test_own",
    "*.compute_output_spec.kwargs": "those of call: test_own", "OwnShapes.compute_output_shape.kwargs": "those of call: test_own",
    "Model.from_config.custom_objects": "that of Functional",
    "ModelFiles.export.*": "test_export", "ModelFiles.save*.*": "test_saving", "ModelFiles.load_weights.*": "test_saving",
    "_Positioned.call.training": "nothing is drawn by chance", "EmbedReduce.call.training": "nothing is drawn by chance",
    "DistributedEmbedding.call.training": "nothing is drawn by chance", "DistributedEmbedding.preprocess.training": "nothing is kept there",
    "DistributedEmbedding.compute_mask.mask": "vectors have no steps",
    "FeatureCross.call.training": "nothing is drawn by chance", "HardNegativeMining.call.training": "nothing is drawn by chance",
    "BruteForceRetrieval.call.training": "nothing is drawn by chance",
    "RemoveAccidentalHits.call.training": "nothing is drawn by chance", "SamplingProbabilityCorrection.call.training": "nothing is drawn by chance", "ReversibleEmbedding.call.training": "nothing is drawn by chance",
    "NativeLayer.call.*": "that of __call__: test_layers",
    "models.clone_model.recursive": "models within models: test_functional",
    "saving.save_*.*": "what stands in files: test_saving", "saving.load_*.*": "what stands in files: test_saving",
    "Sequential.call.*": "that of __call__: test_derived",
    "Sequential.add.rebuild": "a model that can be built is built at once",
    "Sequential.pop.rebuild": "a model that can be built is built at once",
    "utils.clear_session.free_memory": "nothing is kept that could be freed",
    "Variable.autocast": "one type of floats",
    "Variable.aggregation": "one device",
    "Variable.synchronization": "one device",
    "Metric.add_variable.aggregation": "one device",
    "SeedGenerator.next.ordered": "numbers come in order",
    "dtype_policies.*.*": "test_quantized", "quantizers.*.*": "test_quantized", "QuantizationReport.*.*": "test_quantized",
    "*.quantize.*": "test_quantized", "OfKinds.enable_lora.*": "test_quantized",
    "layers.*.unroll": "the numbers are the same; the steps must be known: test_recurrent",
    "layers.TimeDistributed.*": "the layer is shared, and moves on: test_wrapping", "Wrapping.from_config.custom_objects": "test_wrapping",
    "RNN.*.*": "test_rnn", "StackedRNNCells.*.*": "test_rnn", "Cell.*.*": "test_rnn",
    "Recurrent.get_initial_state.batch_size": "test_layers",
    "optimizers.LossScaleOptimizer.*": SHARED_OUT, "optimizers.MultiOptimizer.*": SHARED_OUT, "optimizers.OptimizerMap.*": SHARED_OUT,
    "LossScaleOptimizer.*.*": SHARED_OUT, "MultiOptimizer.*.*": SHARED_OUT, "OptimizerMap.*.*": SHARED_OUT,
    "OverSteps.call.*": "that of __call__: test_recurrent", "OverSteps.compute_mask.mask": "test_recurrent", "Bidirectional.compute_mask.*": "test_recurrent",
    "OverSteps.compute_output_shape.initial_state_shape": "states have the shape that the units say",
    "TextVectorization.adapt.batch_size": "texts are counted one by one",
    # As in Keras.
    "optimizers.schedules.*.name": "a name for graphs",
    "optimizers.Lion.loss_scale_factor": "the sign alone counts",
    "optimizers.Adafactor.relative_step": "the rate is bounded anyway",
    "optimizers.Adafactor.loss_scale_factor": "its steps do not depend on the size of gradients",
    "optimizers.Muon.exclude_embeddings": "none is there: the golden cases",
    "callbacks.LambdaCallback.kwargs": "what is no hook is an attribute",
    # What cannot be made, or only from a config.
    "KerasTensor.*args": "cannot be made", "*.Layer.*args": "cannot be made", "*.Optimizer.*args": "cannot be made", "*.Model.*args": "cannot be made",
    "activations.Activation.options": "made from a config",
    # Seen elsewhere.
    "*.on_*.*": "the base does nothing; the others: test_callbacks",
    "utils.Progbar.interval": "a second has to pass to see it: test_progress",
}

CASES = {}


def add(call, given=None, see=lambda result: result, path=None, **others):
    path = path or f"{call.__module__.removeprefix('keratin.')}.{call.__name__}"
    CASES[path] = call, given or {}, see, others


def add_all(module, path, base, see, given=lambda cls: {}, **others):
    """Every class of a module that derives from `base`."""
    for name, cls in vars(module).items():
        if inspect.isclass(cls) and issubclass(cls, base) and not name.startswith("_") and cls._class_name is not None:
            CASES[f"{path}.{name}"] = cls, given(cls), see, dict(others)


def also(path, given=None, **others):
    """What a case is given beside what it has."""
    call, old, see, values = CASES[path]
    CASES[path] = call, {**old, **(given or {})}, see, {**values, **others}


X, ODD = seeing.X, seeing.ODD


def kind(made):
    return type(made).__name__, getattr(made, "__name__", None)
