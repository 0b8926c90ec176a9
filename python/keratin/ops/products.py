# SPDX-License-Identifier: Apache-2.0
"""Products of vectors, matrices, and along any axes. Keras: `keras.ops.numpy`."""
from keratin.keras_tensor import apply
from keratin.ops._options import plain
from keratin.ops.elementwise import multiply, subtract
from keratin.ops.indexing import get_item
from keratin.ops.shapes import expand_dims, moveaxis, ndim, reshape, shape, stack

__all__ = ["cross", "dot", "einsum", "inner", "kron", "matmul", "outer", "tensordot", "vdot"]


def matmul(x1, x2):
    """The product of matrices; of a vector where one has one axis."""
    return apply("Matmul", (x1, x2))


def dot(x1, x2):
    """The sum of products over the last axis of x1 and the last but one of x2; of numbers, as multiply."""
    return apply("Dot", (x1, x2))


def inner(x1, x2):
    """The sum of products over the last axis of both."""
    return apply("Inner", (x1, x2))


def outer(x1, x2):
    """The product of each element with each."""
    return apply("Outer", (x1, x2))


def vdot(x1, x2):
    """The sum of the products of all elements."""
    return apply("Vdot", (x1, x2))


def tensordot(x1, x2, axes=2):
    """The sum of products over axes: the last and the first `axes`, or two lists of them."""
    return apply("Tensordot", (x1, x2), {"axes": plain(axes)})


def einsum(subscripts, *operands, **kwargs):
    """The sum of products as the letters say: "ij,jk->ik"."""
    if kwargs:
        raise ValueError(f"[ops.einsum] unknown arguments: {sorted(kwargs)}")
    return apply("Einsum", operands, {"subscripts": subscripts})


def kron(x1, x2):
    """Each element of x1 times the whole of x2."""
    rank = max(ndim(x1), ndim(x2))
    x1, x2 = (reshape(x, (1,) * (rank - ndim(x)) + shape(x)) for x in (x1, x2))
    apart = multiply(expand_dims(x1, tuple(range(1, 2 * rank, 2))), expand_dims(x2, tuple(range(0, 2 * rank, 2))))
    return reshape(apart, tuple(a * b for a, b in zip(shape(x1), shape(x2))))


def cross(x1, x2, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """The cross product of vectors of three elements along an axis."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = (moveaxis(x, along, 0) for x, along in ((x1, axisa), (x2, axisb)))
    if shape(a)[0] != 3 or shape(b)[0] != 3:
        raise ValueError(f"[ops.cross] vectors must have 3 elements. Received: shapes {shape(x1)} and {shape(x2)}")
    a, b = ([get_item(x, i) for i in range(3)] for x in (a, b))
    return stack([subtract(multiply(a[i - 2], b[i - 1]), multiply(a[i - 1], b[i - 2])) for i in range(3)], axisc)
