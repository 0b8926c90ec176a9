# SPDX-License-Identifier: Apache-2.0
"""Twenty training steps of Embedding-Flatten-Dense with every optimizer and option.

"gradients" are those of the loss without the regularizers' part, "weights" all weights after each step:
embeddings, kernel and bias, each stacked over the steps. Ids repeat within a batch, and most rows of the
table are not in it.
"""
import golden  # first: it chooses the backend

import numpy as np
import jax
import keras
from keras import constraints, optimizers, regularizers
from keras.optimizers import schedules

ROWS, WIDTH, STEPS, IDS, BATCH = 11, 3, 20, 2, 4
rng = np.random.default_rng(20)
X = rng.integers(0, ROWS, (STEPS, BATCH, IDS)).astype("int32")
X[:, 1] = X[:, 0]  # repeated ids in every batch
X[:, :, 0][X[:, :, 0] == 7] = 2  # row 7 is never touched
X[:, :, 1][X[:, :, 1] == 7] = 3
Y = rng.normal(size=(STEPS, BATCH, 2)).astype("float32")
WEIGHTS = [
    rng.normal(size=(ROWS, WIDTH)).astype("float32") / 2,
    rng.normal(size=(WIDTH * IDS, 2)).astype("float32") / 2,
    rng.normal(size=(2,)).astype("float32") / 2,
]


def model_with(options):
    embedding = keras.layers.Embedding(
        ROWS, WIDTH,
        embeddings_regularizer=options.get("embeddings_regularizer"),
        embeddings_constraint=options.get("embeddings_constraint"))
    dense = keras.layers.Dense(
        2,
        kernel_regularizer=options.get("kernel_regularizer"),
        kernel_constraint=options.get("kernel_constraint"))
    model = keras.Sequential([keras.Input((IDS,), dtype="int32"), embedding, keras.layers.Flatten(), dense])
    model.set_weights(WEIGHTS)
    return model


def gradients(model, x, y, penalties):
    """Of the loss by the weights as they are."""
    def loss(trainable):
        out, _, losses = model.stateless_call(trainable, [], x, training=True, return_losses=True)
        value = keras.ops.mean(keras.losses.mean_squared_error(y, out))
        return value + sum(losses) if penalties else value
    return jax.grad(loss)([v.value for v in model.trainable_variables])


def case(name, make, exclude=None, **options):
    keras.utils.clear_session()
    model = model_with(options)
    optimizer = make()
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=exclude)
    config = optimizers.serialize(optimizer)
    scale = config["config"]["loss_scale_factor"] or 1
    data_gradients, weights = [], []
    for x, y in zip(X, Y):
        data = gradients(model, x, y, penalties=False)
        whole = gradients(model, x, y, penalties=True)
        optimizer.apply([g * scale for g in whole], model.trainable_variables)
        data_gradients.append(data)
        weights.append(model.get_weights())
    result = {"name": name, "optimizer": config, "exclude": exclude or []}
    for key, kind in (("regularizer", regularizers), ("constraint", constraints)):
        for weight in ("embeddings", "kernel"):
            value = options.get(f"{weight}_{key}")
            result[f"{weight}_{key}"] = kind.serialize(value) if value is not None else None
    result["gradients"] = [golden.array(np.stack(g)) for g in zip(*data_gradients)]
    result["weights"] = [golden.array(np.stack(w)) for w in zip(*weights)]
    result["optimizer_weights"] = [golden.array(v) for v in optimizer.variables]
    optimizer.finalize_variable_values(model.trainable_variables)
    result["final_weights"] = [golden.array(w) for w in model.get_weights()]

    # The same through train_on_batch, which compiles the whole step: other roundings, the same run.
    trained = model_with(options)
    optimizer = make()
    if exclude:
        optimizer.exclude_from_weight_decay(var_names=exclude)
    trained.compile(optimizer, "mse")
    for x, y in zip(X, Y):
        trained.train_on_batch(x, y)
    for got, wanted in zip(trained.get_weights(), weights[-1]):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5, err_msg=name)
    return result


def batches():
    return {"loss": "mse", "x": golden.array(X), "y": golden.array(Y),
            "initial_weights": [golden.array(w) for w in WEIGHTS]}


o = optimizers
golden.write("optimizers", [
    case("SGD", lambda: o.SGD(0.1)),
    case("SGD momentum", lambda: o.SGD(0.05, momentum=0.9)),
    case("SGD nesterov", lambda: o.SGD(0.05, momentum=0.9, nesterov=True)),
    case("RMSprop", lambda: o.RMSprop(0.01)),
    case("RMSprop momentum", lambda: o.RMSprop(0.01, rho=0.8, momentum=0.5)),
    case("RMSprop centered", lambda: o.RMSprop(0.01, centered=True, epsilon=1e-3)),
    case("RMSprop centered momentum", lambda: o.RMSprop(0.01, centered=True, momentum=0.5, epsilon=1e-3)),
    case("Adam", lambda: o.Adam(0.01)),
    case("Adam betas", lambda: o.Adam(0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-4)),
    case("Adam amsgrad", lambda: o.Adam(0.01, beta_2=0.9, amsgrad=True)),
    case("AdamW", lambda: o.AdamW(0.01)),
], **batches())
golden.write("optimizers_adaptive", [
    case("Adagrad", lambda: o.Adagrad(0.1)),
    case("Adagrad initial", lambda: o.Adagrad(0.1, initial_accumulator_value=0.5, epsilon=1e-3)),
    case("Adadelta", lambda: o.Adadelta(1.0)),
    case("Adadelta rho", lambda: o.Adadelta(1.0, rho=0.8, epsilon=1e-4)),
    case("Adamax", lambda: o.Adamax(0.01)),
    case("Nadam", lambda: o.Nadam(0.01)),
    case("Ftrl", lambda: o.Ftrl(0.1)),
    case("Ftrl options", lambda: o.Ftrl(
        0.1, initial_accumulator_value=0.2, l1_regularization_strength=0.01,
        l2_regularization_strength=0.02, l2_shrinkage_regularization_strength=0.03, beta=0.1)),
    case("Ftrl power", lambda: o.Ftrl(0.1, learning_rate_power=-0.7)),
    case("Lion", lambda: o.Lion(0.01)),
], **batches())

golden.write("optimizers_clipping", [
    case("SGD weight_decay", lambda: o.SGD(0.1, weight_decay=0.1)),
    case("Adagrad weight_decay", lambda: o.Adagrad(0.1, weight_decay=0.1)),
    case("Adam weight_decay excluded", lambda: o.Adam(0.01, weight_decay=0.1), exclude=["bias", "embed"]),
    case("Lion weight_decay", lambda: o.Lion(0.01, weight_decay=0.2)),
    case("SGD clipnorm", lambda: o.SGD(0.1, clipnorm=0.3)),
    case("Adagrad clipnorm", lambda: o.Adagrad(0.1, clipnorm=0.3)),
    case("SGD clipvalue", lambda: o.SGD(0.1, clipvalue=0.1)),
    case("Adam clipvalue", lambda: o.Adam(0.01, clipvalue=0.1)),
    case("SGD global_clipnorm", lambda: o.SGD(0.1, global_clipnorm=0.7)),
    case("Adam global_clipnorm", lambda: o.Adam(0.01, global_clipnorm=0.7)),
    case("Adam loss_scale_factor", lambda: o.Adam(0.01, loss_scale_factor=8.0)),
], **batches())

exponential = lambda: schedules.ExponentialDecay(0.05, 4, 0.7)
golden.write("optimizers_averages", [
    case("SGD use_ema", lambda: o.SGD(0.1, use_ema=True, ema_momentum=0.8)),
    case("Adam use_ema overwrite", lambda: o.Adam(
        0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3)),
    case("SGD accumulation", lambda: o.SGD(0.1, gradient_accumulation_steps=3)),
    case("Adam accumulation", lambda: o.Adam(0.01, gradient_accumulation_steps=3)),
    case("Nadam accumulation", lambda: o.Nadam(0.01, gradient_accumulation_steps=2)),
    case("RMSprop accumulation clipnorm", lambda: o.RMSprop(
        0.01, gradient_accumulation_steps=3, clipnorm=0.2, weight_decay=0.1)),
    case("SGD accumulation use_ema overwrite", lambda: o.SGD(
        0.1, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=3)),
    case("SGD schedule", lambda: o.SGD(exponential())),
    case("Adam schedule", lambda: o.Adam(exponential())),
    case("Ftrl schedule accumulation", lambda: o.Ftrl(exponential(), gradient_accumulation_steps=2)),
], **batches())

r, c = regularizers, constraints
golden.write("optimizers_regularizers", [
    case("l1", lambda: o.SGD(0.1), embeddings_regularizer=r.L1(0.05)),
    case("l2", lambda: o.SGD(0.1), embeddings_regularizer=r.L2(0.05), kernel_regularizer=r.L2(0.1)),
    case("l1_l2 Adam", lambda: o.Adam(0.01), embeddings_regularizer=r.L1L2(0.03, 0.05)),
    case("orthogonal", lambda: o.SGD(0.05), embeddings_regularizer=r.OrthogonalRegularizer(0.02)),
    case("l2 clipnorm", lambda: o.SGD(0.1, clipnorm=0.3), embeddings_regularizer=r.L2(0.1)),
    case("l2 global_clipnorm", lambda: o.Adagrad(0.1, global_clipnorm=0.5),
         embeddings_regularizer=r.L2(0.1), kernel_regularizer=r.L1(0.02)),
    case("l2 weight_decay", lambda: o.AdamW(0.01, weight_decay=0.1), embeddings_regularizer=r.L2(0.1)),
    case("l2 accumulation", lambda: o.SGD(0.1, gradient_accumulation_steps=3),
         embeddings_regularizer=r.L2(0.1)),
    case("l2 accumulation min_max_norm", lambda: o.SGD(0.1, gradient_accumulation_steps=3),
         embeddings_regularizer=r.L2(0.1), embeddings_constraint=c.MinMaxNorm(0.4, 0.8, 0.5, axis=1)),
], **batches())
golden.write("optimizers_constraints", [
    case("max_norm 0", lambda: o.SGD(0.1), embeddings_constraint=c.MaxNorm(1.0, axis=0),
         kernel_constraint=c.MaxNorm(0.8, axis=0)),
    case("max_norm 1", lambda: o.SGD(0.1), embeddings_constraint=c.MaxNorm(0.7, axis=1)),
    case("unit_norm 0", lambda: o.SGD(0.1), embeddings_constraint=c.UnitNorm(axis=0)),
    case("unit_norm 1 Adam", lambda: o.Adam(0.01), embeddings_constraint=c.UnitNorm(axis=1)),
    case("min_max_norm 0", lambda: o.SGD(0.1), embeddings_constraint=c.MinMaxNorm(0.3, 1.0, 0.5, axis=0)),
    case("min_max_norm 1", lambda: o.SGD(0.1), embeddings_constraint=c.MinMaxNorm(0.4, 0.8, 0.5, axis=1)),
    case("non_neg", lambda: o.Adagrad(0.1), embeddings_constraint=c.NonNeg()),
], **batches())
# Rules that take a variable whole.
golden.write("optimizers_whole", [
    case("Lamb", lambda: o.Lamb(0.01)),
    case("Lamb options", lambda: o.Lamb(0.05, beta_1=0.8, beta_2=0.95, epsilon=1e-4, weight_decay=0.1, clipnorm=0.3),
         exclude=["bias"]),
    case("Lamb regularizer constraint", lambda: o.Lamb(exponential(), gradient_accumulation_steps=2),
         embeddings_regularizer=r.L2(0.05), embeddings_constraint=c.MaxNorm(1.0, axis=0)),
    case("Lamb use_ema overwrite", lambda: o.Lamb(
        0.01, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3, loss_scale_factor=8.0)),
    case("Adafactor", lambda: o.Adafactor(0.1)),
    case("Adafactor options", lambda: o.Adafactor(
        0.5, beta_2_decay=-0.5, epsilon_1=1e-6, epsilon_2=0.6, clip_threshold=0.4, relative_step=False,
        weight_decay=0.02, clipvalue=0.1)),
    case("Adafactor schedule accumulation", lambda: o.Adafactor(exponential(), gradient_accumulation_steps=2)),
    case("Adafactor use_ema", lambda: o.Adafactor(0.1, use_ema=True, ema_momentum=0.8),
         embeddings_constraint=c.MaxNorm(0.7, axis=1)),
    case("ScheduleFreeAdamW", lambda: o.ScheduleFreeAdamW(0.05)),
    case("ScheduleFreeAdamW options", lambda: o.ScheduleFreeAdamW(
        0.1, beta_1=0.7, beta_2=0.95, epsilon=1e-3, warmup_steps=7, weight_decay=0.05, clipnorm=0.3), exclude=["bias"]),
    case("ScheduleFreeAdamW schedule accumulation", lambda: o.ScheduleFreeAdamW(
        exponential(), gradient_accumulation_steps=2), embeddings_constraint=c.MaxNorm(0.7, axis=1)),
], **batches())
golden.write("optimizers_muon", [
    case("Muon", lambda: o.Muon(0.01)),
    case("Muon of embeddings", lambda: o.Muon(0.01, exclude_embeddings=False, rms_rate=None)),
    case("Muon excluded", lambda: o.Muon(
        0.01, exclude_layers=["dense"], adam_beta_1=0.8, adam_beta_2=0.95, adam_weight_decay=0.1, epsilon=1e-4,
        adam_lr_ratio=0.5)),
    case("Muon options", lambda: o.Muon(
        0.01, weight_decay=0.1, adam_weight_decay=None, muon_a=3.0, muon_b=-4.0, muon_c=1.5, momentum=0.8, ns_steps=3,
        nesterov=False, rms_rate=0.3, exclude_embeddings=False), exclude=["embed"]),
    case("Muon accumulation use_ema", lambda: o.Muon(
        0.01, weight_decay=None, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.8, clipnorm=0.3)),
], **batches())
