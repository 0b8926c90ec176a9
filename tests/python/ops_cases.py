# SPDX-License-Identifier: Apache-2.0
"""How the functions of keratin.ops are called in `test_arguments`: what each is given, and what its other arguments."""
import numpy as np

from keratin import ops
from seeing import ODD, With

FOUR = ODD[None, :, None]  # batch, steps, heads, size
SAMPLED = dict(weights=np.eye(4, dtype="float32"), biases=None, labels=[[1], [3]], inputs=ODD[:2], num_sampled=3, num_classes=4, seed=1)
PROBABILITIES = np.abs(ODD) / np.abs(ODD).sum(-1, keepdims=True)

# name: (what it is given, what is given as the arguments that differ from cases.OTHERS)
OF_X = dict(
    all=dict(axis=1), amax=dict(initial=9.0), amin=dict(initial=-9.0), any=dict(axis=1), argmax={}, argmin={}, argsort={}, array={},
    average=dict(weights=ODD + 3), celu=dict(alpha=3.0), convert_to_tensor=dict(sparse=True, ragged=True), count_nonzero={}, cumprod={}, cumsum={},
    diagonal=dict(offset=1, axis1=1, axis2=0), elu=dict(alpha=3.0), empty_like=dict(dtype="int32"), flip={},
    gelu=dict(approximate=False), hard_shrink=dict(threshold=1.5),
    layer_normalization=dict(gamma=ODD[0], beta=ODD[0]), leaky_relu={}, log_softmax={}, logsumexp={}, max=dict(initial=9.0), mean={},
    median={}, min=dict(initial=-9.0), norm=dict(ord=1), normalize=dict(order=1, epsilon=9.0), ones_like=dict(dtype="int32"),
    prod={}, ptp={}, rms_normalization=dict(scale=ODD[0]), round=dict(decimals=1), soft_shrink=dict(threshold=1.5),
    softmax={}, sort={}, sparsemax={}, squareplus=dict(b=2), std={}, sum={},
    transpose=dict(axes=(0, 1)), tril=dict(k=1), triu=dict(k=1), var={}, zeros_like=dict(dtype="int32"))
CASES = {name: (dict(x=ODD), others) for name, others in OF_X.items()}
HOLES = np.where(ODD > 1, np.nan, ODD).astype("float32")
CASES.update({name: (dict(x=HOLES), {}) for name in (
    "nanargmax nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar").split()})
CASES.update({name: (dict(x=HOLES if name[:3] == "nan" else ODD, q=0.3), dict(method="lower"))
              for name in ("quantile", "nanquantile", "percentile", "nanpercentile")})
CASES.update(
    allclose=(dict(x1=np.float32([1, np.nan]), x2=np.float32([1.01, np.nan])), dict(
        rtol=With(0.1, dict(equal_nan=True)), atol=With(0.1, dict(equal_nan=True)), equal_nan=With(True, dict(rtol=0.1)))),
    append=(dict(x1=ODD, x2=ODD), {}),
    arange=(dict(start=2), dict(stop=9)),
    argpartition=(dict(x=ODD, kth=1), {}),
    array_split=(dict(x=ODD[:2], indices_or_sections=2), dict(axis=1)),
    associative_scan=(dict(f=ops.add, elems=ODD), dict(reverse=True, axis=1)),
    batch_normalization=(dict(x=ODD, mean=ODD[0], variance=ODD[1] ** 2, axis=-1), dict(offset=ODD[0], scale=ODD[0])),
    binary_crossentropy=(dict(target=PROBABILITIES > 0.3, output=PROBABILITIES), {}),
    categorical_crossentropy=(dict(target=np.eye(4, dtype="float32")[:3], output=PROBABILITIES), {}),
    concatenate=(dict(xs=[ODD[:, :3], ODD[:, :3]]), dict(axis=1)),
    correlate=(dict(x1=ODD[0], x2=ODD[1]), dict(mode="full")),
    cross=(dict(x1=ODD[:, :3], x2=ODD[:, 1:]), dict(axisa=0, axisb=0, axisc=0)),
    ctc_decode=(dict(inputs=ODD[None], sequence_lengths=[3], strategy="beam_search", beam_width=4), dict(
        strategy="none", beam_width=1, top_paths=2, merge_repeated=False, mask_index=3)),
    ctc_loss=(dict(target=[[1, 2]], output=ODD[None], target_length=[2], output_length=[3]), dict(mask_index=3)),
    **{name: (SAMPLED, dict(num_true=2, remove_accidental_hits=name == "nce_loss", seed=7,
                            sampled_values=([3, 1, 0], [[0.5], [0.4]], [0.3, 0.2, 0.9])))
       for name in ("sampled_softmax_loss", "nce_loss")},
    diag=(dict(x=ODD), {}), diagflat=(dict(x=ODD), {}),
    diff=(dict(a=ODD), dict(n=2)),
    dot_product_attention=(dict(query=FOUR, key=FOUR[:, ::-1], value=FOUR), dict(
        bias=ODD[None, None, :, :3], mask=np.tri(3, dtype=bool)[None, None], is_causal=True, flash_attention=True,
        attn_logits_soft_cap=0.3)),
    empty=(dict(shape=(2,)), dict(dtype="int32")),
    eye=(dict(N=3), dict(M=2, k=1)),
    full=(dict(shape=(2,), fill_value=3), dict(dtype="int64")),
    full_like=(dict(x=ODD, fill_value=3), dict(dtype="int64")),
    geomspace=(dict(start=[1, 2], stop=3), dict(num=3, endpoint=False, dtype="int32", axis=1)),
    glu=(dict(x=ODD[:2]), {}),
    histogram=(dict(x=ODD[0]), dict(bins=3, range=(0, 1))),
    identity=(dict(n=2), {}),
    isin=(dict(x1=ODD, x2=ODD[0]), dict(invert=True)),
    isclose=(dict(x1=np.float32([1, 0, np.nan]), x2=np.float32([1.01, 0.001, np.nan])), dict(rtol=0.1, atol=0.1, equal_nan=True)),
    linspace=(dict(start=[0, 1], stop=3), dict(num=3, endpoint=False, retstep=True, dtype="int32", axis=1)),
    logspace=(dict(start=[0, 1], stop=3), dict(num=3, endpoint=False, base=2, dtype="int32", axis=1)),
    meshgrid=(dict(), dict(indexing="ij")),
    moments=(dict(x=ODD, axes=[0]), dict(synchronized=True)),
    multi_hot=(dict(inputs=[[1, 0], [2, 2]], num_classes=3), dict(num_classes=4, sparse=True)),
    nan_to_num=(dict(x=np.float32([np.nan, np.inf, -np.inf])), dict(nan=1.0, posinf=2.0, neginf=3.0)),
    one_hot=(dict(x=[1, 0], num_classes=3), dict(sparse=True)),
    ones=(dict(shape=(2,)), dict(dtype="int32")),
    pad=(dict(x=ODD, pad_width=1), dict(mode="reflect", constant_values=3)),
    repeat=(dict(x=ODD, repeats=2), {}),
    roll=(dict(x=ODD, shift=1), {}),
    rot90=(dict(array=ODD), dict(k=2, axes=(1, 0))),
    scan=(dict(f=lambda carry, x: (carry + x, carry), init=np.zeros(4, "float32"), xs=ODD), dict(xs=ODD + 1, length=2, reverse=True)),
    scatter_update=(dict(inputs=ODD, indices=[[0, 0]], updates=np.float32([7])), dict(reduction="add")),
    searchsorted=(dict(sorted_sequence=np.float32([1, 2]), values=np.float32([1, 2])), dict(side="right")),
    segment_max=(dict(data=ODD, segment_ids=[0, 0, 1]), dict(num_segments=3)),
    segment_sum=(dict(data=ODD, segment_ids=[0, 0, 1]), dict(num_segments=3)),
    select=(dict(condlist=[ODD > 3], choicelist=[ODD]), dict(default=7)),
    sparse_categorical_crossentropy=(dict(target=[1, 0, 2], output=PROBABILITIES), {}),
    split=(dict(x=ODD[:2], indices_or_sections=2), dict(axis=1)),
    squeeze=(dict(x=ODD[None, :, :1]), {}),
    stack=(dict(x=[ODD, ODD + 1]), dict(axis=1)),
    take=(dict(x=ODD, indices=[1, 2]), {}),
    take_along_axis=(dict(x=ODD[0], indices=[1, 0]), dict(axis=1)),
    tensordot=(dict(x1=ODD[:, :3], x2=ODD[:, :3].T), dict(axes=1)),
    trace=(dict(x=np.arange(24.0).reshape(2, 3, 4) ** 2), dict(offset=1, axis1=2, axis2=2)),
    trapezoid=(dict(y=ODD), dict(x=ODD * 2, dx=3.0)),
    tri=(dict(N=3), dict(M=2, k=1)),
    unstack=(dict(x=ODD), dict(num=2, axis=1)),
    vander=(dict(x=ODD[0]), dict(N=2, increasing=True)),
    where=(dict(condition=ODD > 0, x1=ODD, x2=ODD + 1), dict(x1=ODD + 2, x2=ODD + 3)),
    while_loop=(dict(cond=lambda i: i < 5, body=lambda i: (i + 1,), loop_vars=(0,)), dict(maximum_iterations=2)),
    zeros=(dict(shape=(2,)), dict(dtype="int32")))
# What is called where arguments cannot all be given by name.
CALLS = {"einsum": lambda **kwargs: ops.einsum("ij->i", ODD, **kwargs),
         "meshgrid": lambda **kwargs: ops.meshgrid(ODD[0], ODD[1], **kwargs)}
CASES["einsum"] = {}, {}
NO_EFFECT = {"ops.isin.assume_unique": "what the caller knows: nothing is faster for it", "ops.scan.unroll": "a loop is a loop", "ops.top_k.*": "they come in order, the first of equals first",
             "ops.segment_*.sorted": "what the caller knows: nothing is faster for it"}
