# SPDX-License-Identifier: Apache-2.0
"""Losses whose labels depend on weights: the gradient by y_true of the cases of losses.json, the first of them of each reduction,
with weights and with masks as they come there."""
import json
import pathlib

from golden import array, np, write

import jax
import jax.numpy as jnp
from keras import losses
from keras.src.backend.common import set_keras_mask


def unpacked(entry):
    return np.array([float(x) if isinstance(x, str) else x for x in entry["data"]], entry["dtype"]).reshape(entry["shape"])


def gradient_by_labels(case, run):
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in case["options"].items()}
    loss = getattr(losses, case["class_name"])(reduction=run["reduction"], **options)
    weight = unpacked(run["sample_weight"]) if "sample_weight" in run else None

    def total(y_true):
        y_pred = jnp.asarray(unpacked(case["y_pred"]))
        if "mask" in run:
            set_keras_mask(y_pred, jnp.asarray(unpacked(run["mask"])))
        return jnp.sum(loss(y_true, y_pred, sample_weight=weight))

    return jax.grad(total)(jnp.asarray(unpacked(case["y_true"]), "float32"))


cases = []
for place, case in enumerate(json.loads((pathlib.Path(__file__).parent / "losses.json").read_text())["cases"]):
    whole_numbers = ("Sparse", "Generalized", "CTC", "Circle")
    if any(part in case["class_name"] for part in whole_numbers) or unpacked(case["y_true"]).size == 0:
        continue
    runs = [{"run": number, "gradient": array(gradient_by_labels(case, run))} for number, run in enumerate(case["runs"])
            if np.isfinite(unpacked(run["loss"])).all()]
    cases.append({"case": place, "runs": runs})
write("loss_labels", cases)
