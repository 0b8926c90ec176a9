// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nanobind/nanobind.h>

#include <span>
#include <vector>

#include "keratin/tensor/tensor.h"
#include "keratin/trainers/tensors.h"

/// Arrays cross the border as `Tensor`.
///
///   in    a NumPy array; whatever has the buffer protocol, __array__ or __dlpack__ (torch, JAX,
///         Arrow, array.array); numbers, and lists of them. The memory is shared where it is
///         C-contiguous, aligned, of this machine's byte order and of a type that Tensor has; else
///         it is copied once (float16 becomes float32, long double int64 or float64). None is the null tensor.
///   in    of strings where that is said: str and bytes, as arrays of NumPy of any kind or as lists, copied as UTF-8
///   out   a NumPy array that owns the tensor's memory, and carries its mask where it has one; None for
///         the null tensor; strings as an array of objects, each a str.
///
/// A tensor that shares an array's memory is read-only and keeps the array alive; it may be dropped
/// on any thread, without the GIL.
namespace keratin::python {

/// `what` is the word for errors: "x", "sample_weight". Throws a Python TypeError for what is no
/// array, and ValueError for strings, objects, complex numbers and lists that are not rectangular.
Tensor tensor_from(nanobind::handle object, const char* what);
/// Numbers, or strings.
Tensor data_from(nanobind::handle object, const char* what);
/// The same with the mask that it carries (`keratin._mask`). What the data of fit, evaluate and predict do not have.
Tensor masked_tensor_from(nanobind::handle object, const char* what);
std::vector<Tensor> tensors_from(nanobind::handle objects, const char* what);

/// One array, a tuple of them, or a dict by name; None among several is none. What the data of models are.
/// `tensor_of`: data_from where they may be strings.
Tensors several_from(nanobind::handle arrays, const char* what,
                     Tensor (*tensor_of)(nanobind::handle, const char*) = tensor_from);

nanobind::object array_from(const Tensor& tensor);
/// One array, or a list of them.
nanobind::object outputs_from(const Tensors& tensors);
nanobind::list arrays_from(const std::vector<Tensor>& tensors);

/// For functions that users write: a new array of these numbers; and the numbers of the array that
/// came back, which must have this shape (std::invalid_argument names `what`).
nanobind::object array_of(std::span<const float> values, const Shape& shape);
void copy_numbers(nanobind::handle array, const Shape& shape, std::span<float> out,
                  const char* what);

/// A shape as Python's tuple, None where a dimension is not known, and back.
nanobind::tuple tuple_from(const Shape& shape);
Shape shape_from(nanobind::handle object, const char* what);

}  // namespace keratin::python

/// A bound function may take and return Tensor. Not std::vector<Tensor>, whose conversion must not throw.
template <>
struct nanobind::detail::type_caster<keratin::Tensor> {
  NB_TYPE_CASTER(keratin::Tensor, const_name("numpy.typing.ArrayLike"))
  bool from_python(handle source, uint32_t, cleanup_list*) {
    value = keratin::python::masked_tensor_from(source, "array");
    return true;
  }
  static handle from_cpp(const keratin::Tensor& tensor, rv_policy, cleanup_list*) {
    return keratin::python::array_from(tensor).release();
  }
};
