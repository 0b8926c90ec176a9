# SPDX-License-Identifier: Apache-2.0
"""retrieval.json: of the layers of retrieval models of KerasRS their configs, outputs and gradients. RemoveAccidentalHits takes away
nothing there, and BruteForceRetrieval cannot be serialized: their numbers are algebra in the tests."""
import numpy as np
from called_case import CalledCases
from golden import write
from keras_rs.layers import HardNegativeMining, SamplingProbabilityCorrection

made = CalledCases(143)
as_it_is = lambda layer: None  # noqa: E731


def labels(*shape):
    return np.eye(shape[-1], dtype="float32")[made.rng.integers(0, shape[-1], shape[:-1])]


for number in (1, 3, 9):
    for shape in ((4, 6), (2, 3, 5), (3, 1)):
        made.case(HardNegativeMining(number, name="mining"), made.floats(*shape), labels(*shape), build=as_it_is)
for epsilon in (1e-6, 0.1):
    for shape in ((4, 6), (2, 3, 5)):
        likely = made.rng.uniform(0.01, 0.9, shape).astype("float32")
        likely[..., 0], likely[..., 1] = 0.0, 1.5
        made.case(SamplingProbabilityCorrection(epsilon, name="correction"), made.floats(*shape), likely, build=as_it_is)
write("retrieval", made.cases)
