# SPDX-License-Identifier: Apache-2.0
"""Labels out of logits. The numbers are those of Keras 3.16 on JAX."""
import numpy as np
import pytest

from keratin import Input, ops

X = (3 * np.sin(np.arange(2 * 6 * 4) ** 2)).astype("float32").reshape(2, 6, 4)
LENGTHS = np.array([6, 4])
CASES = [
    ({},
     [[[1, 3, 2, 3, -1, -1], [1, 2, 1, -1, -1, -1]]],
     [[-11.58997], [-9.225106]]),
    ({'merge_repeated': False},
     [[[1, 1, 3, 2, 3, 3], [1, 2, 1, -1, -1, -1]]],
     [[-11.58997], [-9.225106]]),
    ({'mask_index': 2},
     [[[1, 3, 3, -1, -1, -1], [1, 1, 0, -1, -1, -1]]],
     [[-11.58997], [-9.225106]]),
    ({'mask_index': None},
     [[[1, 2, -1, -1, -1, -1], [1, 2, 1, 0, -1, -1]]],
     [[-11.58997], [-9.225106]]),
    ({'strategy': 'beam_search', 'top_paths': 3},
     [[[1, 3, 2, 3, -1, -1], [1, 2, 1, -1, -1, -1]], [[1, 3, 2, 3, 1, -1], [3, 2, 1, -1, -1, -1]], [[1, 2, 3, -1, -1, -1], [1, 2, 1, 3, -1, -1]]],
     [[-1.911212, -2.0965, -2.212533], [-1.057599, -1.135833, -2.69556]]),
    ({'strategy': 'beam_search', 'beam_width': 2, 'top_paths': 2, 'mask_index': 1},
     [[[0, 2, 3, -1, -1, -1], [2, 0, -1, -1, -1, -1]], [[3, 2, 3, -1, -1, -1], [3, 2, 0, -1, -1, -1]]],
     [[-1.750337, -2.004446], [-1.017946, -1.096184]]),
    ({'strategy': 'beam_search', 'beam_width': 3, 'mask_index': None},
     [[[1, 0, 2, 1, -1, -1], [2, 1, 0, -1, -1, -1]]],
     [[-1.265927], [-1.018406]]),
]


@pytest.mark.parametrize("options, labels, scores", CASES)
def test_keras_s_labels(options, labels, scores):
    found = ops.ctc_decode(X, LENGTHS, **options)
    assert found[0].tolist() == labels and found[0].dtype == np.int32 and found[1].dtype == np.float32
    np.testing.assert_allclose(found[1], scores, rtol=1e-5)  # sums of six logs in float32 there, in float64 here


def test_of_equal_paths_keras_s_comes_first():
    labels, scores = ops.ctc_decode(np.zeros((1, 4, 3)), [4], "beam_search", beam_width=50, top_paths=4)
    assert labels.tolist() == [[[1, 2, -1, -1]], [[2, 1, -1, -1]], [[1, -1, -1, -1]], [[2, -1, -1, -1]]]
    np.testing.assert_allclose(scores, [[-1.686399, -1.686399, -2.0918641, -2.0918641]], rtol=1e-6)


def test_what_is_refused():
    for wrong in (dict(strategy="best"), dict(mask_index=4), dict(strategy="beam_search", merge_repeated=False),
                  dict(strategy="beam_search", top_paths=3, beam_width=2), dict(strategy="beam_search", top_paths=0)):
        with pytest.raises(ValueError):
            ops.ctc_decode(X, LENGTHS, **wrong)
    for x, lengths in ((X[0], LENGTHS), (X, [6]), (X[:, :0], LENGTHS)):
        with pytest.raises(ValueError, match="shape"):
            ops.ctc_decode(x, lengths)
    with pytest.raises(TypeError, match="elements"):
        ops.ctc_decode(Input((6, 4)), LENGTHS)
