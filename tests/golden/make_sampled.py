# SPDX-License-Identifier: Apache-2.0
"""sampled.json: TensorFlow's sampled losses for given candidates, with all gradients, and the expected counts of its
candidate samplers."""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from golden import array, write  # noqa: E402

rng = np.random.default_rng(144)
cases = []


def floats(*shape):
    return rng.standard_normal(shape).astype("float32")


def loss_case(loss, classes, width, samples, num_true, num_sampled, unique, biased=True, **options):
    labels = rng.integers(0, classes, (samples, num_true))
    drawn = tf.random.log_uniform_candidate_sampler(labels, num_true, num_sampled, unique, classes, seed=len(cases))
    weights, biases, inputs = (tf.constant(x) for x in (
        floats(classes, width), floats(classes) * biased, floats(samples, width)))
    slopes = floats(samples)
    with tf.GradientTape() as tape:
        tape.watch([weights, biases, inputs])
        y = getattr(tf.nn, loss)(weights, biases, labels, inputs, num_sampled, classes, num_true, drawn, **options)
        total = tf.reduce_sum(y * slopes)
    gradients = [tf.convert_to_tensor(g) for g in tape.gradient(total, [weights, biases, inputs])]
    cases.append({"loss": loss, "biased": biased, "options": options, "labels": array(labels), "slopes": array(slopes),
                  **{name: array(x) for name, x in zip(("weights", "biases", "inputs"), (weights, biases, inputs))},
                  "sampled_values": [array(x) for x in drawn], "y": array(y), "gradients": [array(g) for g in gradients]})


for loss in ("sampled_softmax_loss", "nce_loss"):
    for classes, width, samples, num_true, num_sampled, unique in (
            (50, 4, 6, 1, 8, True), (7, 3, 5, 1, 7, True), (9, 2, 4, 3, 6, True), (5, 3, 8, 2, 12, False),
            (1, 2, 3, 1, 1, True), (200, 8, 20, 1, 40, True)):
        for remove in (True, False) if unique else (False,):  # of a class drawn twice TensorFlow removes one
            loss_case(loss, classes, width, samples, num_true, num_sampled, unique, remove_accidental_hits=remove)
    loss_case(loss, 50, 4, 6, 1, 8, True, biased=False)

# What TensorFlow expects of the numbers of tries that its own draws took: `tries` is found from the counts.
counts = []
UNIGRAMS = [0.0, 5.0, 1.0, 2.5, 9.0, 0.25, 3.0]
for name, more in (("log_uniform", {}), ("uniform", {}), ("fixed_unigram", {"unigrams": UNIGRAMS}),
                   ("fixed_unigram", {"unigrams": UNIGRAMS, "distortion": 0.75}),
                   ("fixed_unigram", {"unigrams": UNIGRAMS[1:], "num_reserved_ids": 1}), ("learned_unigram", {})):
    classes = 7 if more else 40
    true = np.arange(classes).reshape(-1, 1)
    sampler = getattr(tf.random, f"{name}_candidate_sampler") if name != "learned_unigram" else tf.random.learned_unigram_candidate_sampler
    for unique in (True, False):
        given = [array(x) for x in sampler(true_classes=true, num_true=1, num_sampled=5, unique=unique, range_max=classes, seed=3, **more)]
        counts.append({"sampler": name, "range_max": classes, "unique": unique, "num_sampled": 5, "options": more,
                       "true_classes": array(true), "sampled_values": given})
write("sampled", cases, counts=counts)
