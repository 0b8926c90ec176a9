# SPDX-License-Identifier: Apache-2.0
"""adaptive_softmax.json: torch's AdaptiveLogSoftmaxWithLoss: log-probabilities, predictions, losses and all gradients."""
import numpy as np
import torch
from golden import array, write

torch.manual_seed(144)
rng = np.random.default_rng(144)
cases = []


def gradients_of(y, by):
    slopes = torch.tensor(rng.standard_normal(tuple(y.shape)).astype("float32"))
    found = torch.autograd.grad((y * slopes).sum(), by, allow_unused=True)
    return slopes, [torch.zeros_like(x) if g is None else g for x, g in zip(by, found)]


def one(width, classes, cutoffs, samples, labels=None, **options):
    layer = torch.nn.AdaptiveLogSoftmaxWithLoss(width, classes, cutoffs, **options)
    parameters = list(layer.parameters())
    with torch.no_grad():
        for weight in parameters:
            weight.copy_(torch.tensor(rng.standard_normal(tuple(weight.shape)) * 0.5))
    by_name = {name.replace("head.weight", "head/kernel").replace("head.bias", "head/bias")
               .replace("tail.", "tail_").replace(".0.weight", "_projection/kernel").replace(".1.weight", "_output/kernel"): i
               for i, (name, _) in enumerate(layer.named_parameters())}
    flip = lambda x: x.detach().numpy().T if x.dim() == 2 else x.detach().numpy()  # noqa: E731
    config = {"name": "large", "trainable": True, "dtype": "float32", "n_classes": classes, "cutoffs": list(cutoffs),
              **{"div_value": 4.0, "head_bias": False, **options}}
    x = torch.tensor(rng.standard_normal((samples, width)).astype("float32"), requires_grad=True)
    labels = rng.integers(0, classes, samples) if labels is None else np.asarray(labels)
    for given in (False, True):
        y = -layer(x, torch.tensor(labels)).output if given else layer.log_prob(x)
        slopes, found = gradients_of(y, [x, *parameters])
        cases.append({
            "layer": {"module": "keratin.layers", "class_name": "AdaptiveLogSoftmaxWithLoss", "config": config,
                      "registered_name": "keratin>AdaptiveLogSoftmaxWithLoss"},
            "weights": [array(flip(parameters[i])) for i in by_name.values()],
            "paths": [f"large/{name}" for name in by_name], "training": given,
            "inputs": [array(x.detach().numpy())] + ([array(labels)] if given else []), "named": {}, "options": {},
            "y": [array(y.detach().numpy())], "y_slopes": [array(slopes.numpy())], "gradients": [array(found[0].numpy())],
            "weight_gradients": [array(flip(found[1 + i])) for i in by_name.values()],
            **({"loss": layer(x, torch.tensor(labels)).loss.item()} if given else
               {"predict": array(layer.predict(x).numpy())})})


one(16, 20, [4, 10], 12)
one(16, 20, [4, 10], 12, head_bias=True)
one(16, 20, [4, 10], 5, labels=[0, 1, 2, 3, 0])  # no cluster has a sample
one(16, 20, [4, 10], 4, labels=[19, 10, 11, 12])  # all in the last
one(5, 6, [1, 2, 5], 9, div_value=1.5)
one(3, 2, [1], 4, div_value=2.0, head_bias=True)
one(16, 200, [20, 80], 16)
write("adaptive_softmax", cases, torch=torch.__version__)
