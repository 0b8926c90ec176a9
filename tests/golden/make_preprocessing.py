# SPDX-License-Identifier: Apache-2.0
"""preprocessing.json: layers of features and texts on the TensorFlow backend, whose hashes they have: how each was made, what
it learned from, and what it gives."""
import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np  # noqa: E402
from golden import array, keras, write  # noqa: E402

L = keras.layers
rng = np.random.default_rng(41)


def kept(value):
    value = np.asarray(value)
    if value.dtype.kind in "USO":
        texts = [text.decode() if isinstance(text, bytes) else text for text in value.reshape(-1)]
        return {"shape": list(value.shape), "dtype": "string", "data": texts}
    return array(value)


def case(layer, *x, adapt=None, weights=None, texts=False):
    """`adapt`: batches that it learns from one after another."""
    config = keras.layers.serialize(layer)
    if adapt is not None:
        if len(adapt) == 1:
            layer.adapt(adapt[0])
        else:
            layer.adapt(iter(adapt)) if not isinstance(layer, L.Normalization) else layer.adapt(list(adapt))
    given = list(x) if len(x) > 1 else x[0]
    y = layer(given, **({} if weights is None else {"count_weights": weights}))
    y = np.asarray(y.numpy() if hasattr(y, "numpy") else y)
    result = {"layer": config, "adapt": None if adapt is None else [kept(batch) for batch in adapt],
              "x": [kept(value) for value in x], "count_weights": None if weights is None else kept(weights), "y": kept(y)}
    if hasattr(layer, "get_vocabulary"):
        result["vocabulary"] = [token.item() if hasattr(token, "item") else token for token in layer.get_vocabulary()]
    if hasattr(layer, "bin_boundaries"):
        result["bin_boundaries"] = list(layer.bin_boundaries)
    return result


ids = np.array([[0, 1, 2], [3, 3, 0]])
column = np.array([[2], [0], [3]])
modes = ("one_hot", "multi_hot", "count")
category = [case(L.CategoryEncoding(num_tokens=4, output_mode=mode), x)
            for mode in modes for x in (ids, column, ids[0], ids.astype("int32"))]
category += [case(L.CategoryEncoding(4, output_mode="count"), ids, weights=np.array([[0.5, 1, 2], [3, 0.25, 1]], "float32")),
             case(L.CategoryEncoding(3, output_mode="one_hot"), np.array([[[0, 1], [2, 0]], [[1, 1], [0, 2]]])),
             case(L.CategoryEncoding(3, output_mode="multi_hot"), np.array([[[0, 1], [2, 0]], [[1, 1], [0, 2]]])),
             case(L.CategoryEncoding(3, output_mode="count"), np.array([[[0, 1], [2, 0]], [[1, 1], [0, 2]]]))]

bounds = [-1.0, 0.1, 0.7, 2.0]
x = np.array([[-1.5, 0.1, 3.4, 0.7], [-1.0, 2.0, 1.3, 0.69]], "float32")
discretization = [case(L.Discretization(bin_boundaries=bounds, output_mode=mode), x) for mode in ("int", *modes)]
discretization += [case(L.Discretization(bin_boundaries=bounds, output_mode="one_hot"), x[:, :1]),
                   case(L.Discretization(bin_boundaries=bounds), np.array([3, 0, 1, 2, -5])),
                   case(L.Discretization(bin_boundaries=bounds), np.array([[np.nan, np.inf, -np.inf]], "float32"))]
for size, bins, epsilon in ((5, 4, 0.01), (1000, 10, 0.01), (333, 7, 0.05), (50, 3, 0.3), (4, 8, 0.01), (150, 4, 1.0)):
    data = rng.standard_normal((size, 2)).astype("float32")
    discretization.append(case(L.Discretization(num_bins=bins, epsilon=epsilon), x, adapt=[data]))
discretization.append(case(L.Discretization(num_bins=6, epsilon=0.02), x, adapt=[
    rng.standard_normal(size).astype("float32") for size in (300, 70, 200)]))

wide = rng.standard_normal((4, 3, 5)).astype("float32") * 3 + 1
normalization = [case(L.Normalization(axis=axis), wide, adapt=[wide]) for axis in (-1, 1, None, (1, 2), (2, 1))]
normalization += [
    case(L.Normalization(), wide, adapt=[wide[:1], wide[1:], wide * 2]), case(L.Normalization(invert=True), wide, adapt=[wide]),
    case(L.Normalization(mean=3.0, variance=2.0), wide), case(L.Normalization(axis=None, mean=3.0, variance=0.0), wide),
    case(L.Normalization(mean=[1, 2, 3, 4, 5], variance=[1, 0.5, 2, 3, 4]), wide),
    case(L.Normalization(axis=(1, 2), mean=[[1, 2, 3, 4, 5]], variance=[[1, 0.5, 2, 3, 4]]), wide),
    case(L.Normalization(axis=(1, 2), mean=[1, 2, 3, 4, 5], variance=[1, 0.5, 2, 3, 4], invert=True), wide),
    case(L.Normalization(), np.array([[1, 2], [3, 4]]), adapt=[np.array([[1.0, 2.0], [5.0, 2.0]])])]

numbers = np.array([[12, 36, 1138], [42, 42, 7]])
seen = np.array([[12, 1138, 42], [42, 1000, 36], [-5, -5, 12], [0, 7, 7]])
lookups = [(L.IntegerLookup, numbers, seen, [12, 36, 42], 7, 99)]
texts = np.array([["a", "c", "ü"], ["dd", "zz", ""]])
words = np.array([["a", "c", "d"], ["d", "zz", "b"], ["ü", "", "a"], ["[UNK]", "b", "ü"]])
lookups.append((L.StringLookup, texts, words, ["a", "c", "dd"], "", "?"))
lookup = []
for cls, x, data, vocabulary, mask, oov in lookups:
    given = [data] if cls is L.IntegerLookup else [data.astype(object)]
    x = x if cls is L.IntegerLookup else x.astype(object)
    for options in (dict(), dict(num_oov_indices=3), dict(mask_token=mask), dict(mask_token=mask, num_oov_indices=2, oov_token=oov)):
        lookup.append(case(cls(vocabulary=vocabulary, **options), x))
        lookup.append(case(cls(max_tokens=5, **options), x, adapt=given))
    for mode in ("one_hot", "multi_hot", "count", "tf_idf"):
        idf = dict(idf_weights=[0.5, 1.5, 3.0]) if mode == "tf_idf" else {}
        lookup.append(case(cls(vocabulary=vocabulary, output_mode=mode, **idf), x))
        lookup.append(case(cls(vocabulary=vocabulary, output_mode=mode, mask_token=mask, num_oov_indices=2, **idf), x))
        if mode != "one_hot":
            lookup.append(case(cls(vocabulary=vocabulary, output_mode=mode, max_tokens=8, pad_to_max_tokens=True, **idf), x))
            lookup.append(case(cls(output_mode=mode, max_tokens=9, pad_to_max_tokens=True, mask_token=mask), x, adapt=given))
        lookup.append(case(cls(output_mode=mode), x, adapt=given))
        lookup.append(case(cls(output_mode=mode), x, adapt=[given[0][:2], given[0][2:]]))
        lookup.append(case(cls(vocabulary=vocabulary, output_mode=mode, **idf), x[:, :1]))
        lookup.append(case(cls(vocabulary=vocabulary, output_mode=mode, **idf), x[0]))
    lookup.append(case(cls(), x[0], adapt=[given[0].reshape(-1)]))
    indices = np.array([[0, 1, 2], [3, 4, 90]])
    lookup.append(case(cls(vocabulary=vocabulary, invert=True), indices))
    lookup.append(case(cls(vocabulary=vocabulary, invert=True, mask_token=mask, oov_token=oov, num_oov_indices=2), indices))
    lookup.append(case(cls(invert=True), indices, adapt=given))
    salted = dict(oov_method="farmhash") if cls is L.IntegerLookup else {}
    lookup.append(case(cls(vocabulary=vocabulary, num_oov_indices=7, **salted), x))
    lookup.append(case(cls(vocabulary=vocabulary, num_oov_indices=7, salt=[3, 137], **salted), x))
    lookup.append(case(cls(vocabulary=vocabulary, num_oov_indices=7, salt=5, **salted), x))

# Every length of FarmHash's and SipHash's branches, in bins that show the hash.
letters = "".join(chr(97 + (i * i + 3) % 26) for i in range(300))
lengths = np.array([letters[i % 7:i % 7 + i] for i in range(0, 290)], dtype=object)
many = 2**61 - 1
hashing = [case(L.Hashing(many), lengths), case(L.Hashing(many, salt=[123456789, -98765]), lengths),
           case(L.Hashing(many), np.array(["é", "日本", "a b"], dtype=object))]
integers = np.array([[0, 1, -1], [2**62, -2**63, 123456]])
hashing += [case(L.Hashing(7), integers), case(L.Hashing(7, salt=3), integers), case(L.Hashing(7, mask_value=1), integers),
            case(L.Hashing(3), np.array([[1.9, -2.7, 0.0]], "float32")), case(L.Hashing(5), np.array([1, 2], "uint8")),
            case(L.Hashing(5, mask_value="b"), np.array([["a"], ["b"], ["c"]], dtype=object)),
            case(L.Hashing(1, mask_value=1), integers), case(L.Hashing(9, dtype="int32"), integers)]
hashing += [case(L.Hashing(4, output_mode=mode), value) for mode in modes for value in (ids, column, ids[0])]

a, b = np.array(["A", "B", "A", "B", "A"], dtype=object), np.array([101, 101, 101, 102, 102])
crossing = [case(L.HashedCrossing(many), *features) for features in (
    (a, b), (b, a), (a, a), (b, b), (a, b, b), (a[:, None], b[:, None]), (b.astype("int32"), b))]
crossing += [case(L.HashedCrossing(5, output_mode="one_hot"), *features) for features in ((a, b), (a[:, None], b[:, None]))]

sentences = np.array(["The quick, brown Fox!", "  don't   stop\tit\nnow ", "", "ÀÉÎ Ünïcode ẞ ΣΑΣ 日本 x_y", "the the the fox"], dtype=object)
corpus = np.array(["the cat sat on the mat", "The dog; the fox", "a cat", "", "quick quick the"], dtype=object)
T = L.TextVectorization
vectorization = []
for options in (dict(), dict(max_tokens=6), dict(standardize=None), dict(standardize="lower"), dict(standardize="strip_punctuation"),
                dict(split="character"), dict(ngrams=2), dict(ngrams=(2,)), dict(ngrams=(3, 1)), dict(output_sequence_length=3),
                dict(output_sequence_length=9), dict(output_mode="multi_hot"), dict(output_mode="count"),
                dict(output_mode="tf_idf"), dict(output_mode="count", max_tokens=20, pad_to_max_tokens=True),
                dict(output_mode="tf_idf", max_tokens=20, pad_to_max_tokens=True), dict(output_mode="count", ngrams=2, max_tokens=7)):
    vectorization.append(case(T(**options), sentences, adapt=[corpus]))
    vectorization.append(case(T(**options), sentences[:, None], adapt=[corpus[:2], corpus[2:]]))
vectorization += [
    case(T(vocabulary=["the", "fox", "stop"]), sentences), case(T(vocabulary=["", "[UNK]", "the", "fox"]), sentences),
    case(T(vocabulary=["the", "fox"], output_mode="tf_idf", idf_weights=[0.5, 2.0]), sentences),
    case(T(split=None, standardize=None), words.astype(object), adapt=[words.astype(object)]),
    case(T(split=None, standardize=None, output_sequence_length=2), words.astype(object), adapt=[words.astype(object)]),
    case(T(split=None, output_sequence_length=5), words.astype(object), adapt=[words.astype(object)]),
    case(T(split=None, output_mode="count"), words.astype(object), adapt=[words.astype(object)]),
    case(T(split=None, output_mode="count"), sentences, adapt=[corpus]),
    case(T(split="character", standardize=None, output_sequence_length=4), np.array(["日本語", "é", ""], dtype=object),
         adapt=[np.array(["日日é"], dtype=object)])]

write("preprocessing", category + discretization + normalization + lookup + hashing + crossing + vectorization)
