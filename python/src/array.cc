// SPDX-License-Identifier: Apache-2.0
#include "array.h"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "config.h"
#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"

namespace nb = nanobind;

namespace keratin::python {
namespace {

/// A function or class of NumPy, looked up once. Never given back: the interpreter outlives it.
nb::handle numpy(const char* name) {
  return nb::object(nb::module_::import_("numpy").attr(name)).release();
}

bool is_numpy_array(nb::handle object) {
  static const nb::handle type = numpy("ndarray");
  return PyObject_TypeCheck(object.ptr(), reinterpret_cast<PyTypeObject*>(type.ptr())) != 0;
}

[[noreturn]] void no_array(const char* what, nb::handle object) {
  throw nb::type_error(str("[", what, "] expected an array, a number or a list of numbers. Received: an object of type '",
                           class_name_of(object), "'").c_str());
}

/// asarray(object). PyTorch refuses tensors of some kinds, not always with a word on what to do.
nb::object numpy_of(nb::handle asarray, nb::handle object, const char* what) {
  try {
    return asarray(object);
  } catch (const nb::python_error& error) {
    if (!nb::hasattr(object, "detach")) throw;
    throw nb::type_error(str("[", what, "] NumPy cannot read this tensor: give it as tensor.detach().cpu(), with .float() "
                             "where it is bfloat16. Received: ", nb::cast<std::string>(nb::str(error.value()))).c_str());
  }
}

/// Whatever it is as a NumPy array.
nb::object as_numpy(nb::handle object, const char* what) {
  if (is_numpy_array(object)) return nb::borrow(object);
  static const nb::handle asarray = numpy("asarray");
  static const nb::handle from_dlpack = numpy("from_dlpack");
  const bool speaks_numpy = nb::hasattr(object, "__array__") ||
                            nb::hasattr(object, "__array_interface__") ||
                            PyObject_CheckBuffer(object.ptr()) != 0;
  if (!speaks_numpy && nb::hasattr(object, "__dlpack__")) return from_dlpack(object);
  if (nb::isinstance<nb::str>(object) || nb::isinstance<nb::dict>(object)) no_array(what, object);
  nb::object array = numpy_of(asarray, object, what);
  // What NumPy cannot look into it wraps: a generator, a set, any object.
  if (nb::cast<int>(array.attr("ndim")) == 0 && !speaks_numpy &&
      nb::cast<std::string>(array.attr("dtype").attr("kind")) == "O") {
    no_array(what, object);
  }
  return array;
}

/// Entries that numpy.ma masks are no data, and there is nothing else here that they could be.
void refuse_numpy_mask(nb::handle array, const char* what) {
  static const nb::handle plain = numpy("ndarray");
  if (array.type().is(plain) || !nb::hasattr(array, "mask") || !nb::hasattr(array, "filled")) return;
  if (!nb::cast<bool>(nb::module_::import_("numpy").attr("ma").attr("is_masked")(array))) return;
  throw nb::value_error(str("[", what, "] a masked array of NumPy has entries that are no data: fill them, "
                            "as x.filled(0). (mask_zero and Masking mask steps of a layer's inputs.)").c_str());
}

/// The type of a buffer's elements; nothing where Tensor has none, or in another byte order.
std::optional<DType> dtype_of(const Py_buffer& buffer) {
  const char* format = buffer.format == nullptr ? "B" : buffer.format;
  if (*format == '@' || *format == '=' || *format == '<') ++format;  // this machine's order
  if (*format == '\0' || format[1] != '\0') return std::nullopt;
  switch (*format) {
    case '?': return DType::kBool;
    case 'b': return DType::kInt8;
    case 'B': return DType::kUint8;
    case 'h': return DType::kInt16;
    case 'H': return DType::kUint16;
    case 'i': case 'l': case 'q': return buffer.itemsize == 4 ? DType::kInt32 : DType::kInt64;
    case 'I': case 'L': case 'Q': return buffer.itemsize == 4 ? DType::kUint32 : DType::kUint64;
    case 'f': return DType::kFloat32;
    case 'd': return DType::kFloat64;
    default: return std::nullopt;
  }
}
static_assert(std::endian::native == std::endian::little);

/// A copy in the form that a Tensor takes. Throws where there is none.
nb::object converted(nb::handle array, const char* what) {
  const nb::object dtype = array.attr("dtype");
  const std::string kind = nb::cast<std::string>(dtype.attr("kind"));
  const std::string name = nb::cast<std::string>(nb::str(dtype));
  const std::string type = nb::cast<std::string>(dtype.attr("name"));
  static const nb::handle astype = nb::object(numpy("ndarray").attr("astype")).release();  // not a subclass's
  nb::dict how;
  how["order"] = "C";
  how["copy"] = true;
  if (kind == "f" ? nb::cast<std::size_t>(dtype.attr("itemsize")) < sizeof(float) : type == "bfloat16") {
    return astype(array, "float32", **how);
  }
  if (kind != "b" && kind != "i" && kind != "u" && kind != "f") {
    throw nb::value_error(str("[", what, "] an array must hold numbers or bools. Received: an array of dtype ", name,
                              " and shape ", nb::cast<std::string>(nb::str(nb::object(array.attr("shape"))))).c_str());
  }
  return astype(array, type, **how);  // by its name: in this machine's order
}

/// No type of Tensor holds all numbers of a long double. Integers stay exact as int64; else the nearest
/// float64, but for a fraction so small that it would be gone: the number keeps one, so that what must be
/// integral (an id, a label) is refused, and what is rounded to float32 next comes out the same.
Tensor from_long_doubles(const Py_buffer& buffer) {
  const Shape shape(std::vector<std::int64_t>(buffer.shape, buffer.shape + buffer.ndim));
  const std::span numbers(static_cast<const long double*>(buffer.buf), static_cast<std::size_t>(shape.size()));
  const bool integral = std::all_of(numbers.begin(), numbers.end(), [](long double x) {
    return x == std::floor(x) && x >= -0x1p63L && x < 0x1p63L && !(x == 0 && std::signbit(x));
  });
  if (integral && !numbers.empty()) {
    Tensor result = uninitialized(shape, DType::kInt64);
    std::transform(numbers.begin(), numbers.end(), result.data<std::int64_t>().begin(),
                   [](long double x) { return static_cast<std::int64_t>(x); });
    return result;
  }
  Tensor result = uninitialized(shape, DType::kFloat64);
  std::transform(numbers.begin(), numbers.end(), result.data<double>().begin(), [](long double x) {
    const auto nearest = static_cast<double>(x);
    const bool lost = std::isfinite(nearest) && nearest != x && nearest == std::floor(nearest);
    return lost ? std::nextafter(nearest, x > nearest ? HUGE_VAL : -HUGE_VAL) : nearest;
  });
  return result;
}

/// Drops a buffer on whatever thread is last.
struct ReleaseBuffer {
  void operator()(Py_buffer* buffer) const {
    if (Py_IsInitialized() == 0) return;  // the interpreter took its memory along
    const nb::gil_scoped_acquire gil;
    PyBuffer_Release(buffer);
    delete buffer;
  }
};

std::unique_ptr<Py_buffer> buffer_of(nb::handle array) {
  auto buffer = std::make_unique<Py_buffer>();
  if (PyObject_GetBuffer(array.ptr(), buffer.get(), PyBUF_STRIDES | PyBUF_FORMAT) == 0) return buffer;
  // NumPy has no format for some types (dates): converted() says what is wrong with them.
  if (PyErr_ExceptionMatches(PyExc_ValueError) == 0 && PyErr_ExceptionMatches(PyExc_BufferError) == 0)
    throw nb::python_error();
  PyErr_Clear();
  return nullptr;
}

bool is_long_double(const Py_buffer& buffer) {
  return buffer.format != nullptr && std::string_view(buffer.format) == "g";
}

bool is_shareable(const Py_buffer& buffer) {
  const auto dtype = dtype_of(buffer);
  return dtype && PyBuffer_IsContiguous(&buffer, 'C') != 0 &&
         reinterpret_cast<std::uintptr_t>(buffer.buf) % size_of(*dtype) == 0;
}

/// Any byte but 0 is true; memory that was not made by NumPy may hold others than 1.
Tensor copy_of_bools(const Py_buffer& buffer, const Shape& shape) {
  Tensor result = uninitialized(shape, DType::kBool);
  const auto* bytes = static_cast<const std::uint8_t*>(buffer.buf);
  const auto out = result.data<bool>();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = bytes[i] != 0;
  return result;
}

/// The memory of a tensor by Python's buffer protocol: what an array of NumPy is made over, and keeps.
struct Memory {
  Tensor tensor;

  static int give(PyObject* self, Py_buffer* view, int flags) {
    Tensor& tensor = nb::inst_ptr<Memory>(self)->tensor;
    return PyBuffer_FillInfo(view, self, TensorAccess::raw(tensor), static_cast<Py_ssize_t>(TensorAccess::bytes(tensor)), 0,
                             flags);
  }
};

bool is_text(nb::handle object) { return PyUnicode_Check(object.ptr()) != 0 || PyBytes_Check(object.ptr()) != 0; }

bool is_list_of_texts(nb::handle object) {
  return PyList_Check(object.ptr()) != 0 && nb::len(object) > 0 && is_text(PyList_GetItem(object.ptr(), 0));
}

/// Whether an array holds str or bytes. Of objects the first one says so; where there is none, nothing else could be there.
bool holds_texts(nb::handle array) {
  const std::string kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
  if (kind == "U" || kind == "S" || kind == "T") return true;
  if (kind != "O") return false;
  return nb::cast<std::int64_t>(array.attr("size")) == 0 || is_text(nb::object(array.attr("flat")[nb::int_(0)]));
}

/// The bytes of a text, which live as long as it does: of a str UTF-8. Nothing for a str in which something stands for a byte that
/// is none (as of surrogateescape).
std::optional<std::string_view> bytes_of(nb::handle object, const char* what) {
  if (PyBytes_Check(object.ptr()) != 0)
    return std::string_view(PyBytes_AsString(object.ptr()), static_cast<std::size_t>(PyBytes_Size(object.ptr())));
  if (PyUnicode_Check(object.ptr()) == 0) {
    throw nb::value_error(str("[", what, "] an array must hold numbers or bools, or strings alone. Received: an object of type '",
                              class_name_of(object), "' among strings").c_str());
  }
  Py_ssize_t size = 0;
  if (const char* const utf8 = PyUnicode_AsUTF8AndSize(object.ptr(), &size)) return std::string_view(utf8, static_cast<std::size_t>(size));
  PyErr_Clear();
  return std::nullopt;
}

/// Drops an object on whatever thread is last.
struct ReleaseObject {
  void operator()(PyObject* object) const {
    if (Py_IsInitialized() == 0) return;  // the interpreter took its memory along
    const nb::gil_scoped_acquire gil;
    Py_DECREF(object);
  }
};

/// A list of str and bytes as a tensor of strings, which looks at their memory. Nobody else may change the list.
Tensor texts_from(const nb::list& list, const Shape& shape, const char* what) {
  std::vector<std::string_view> texts;
  texts.reserve(static_cast<std::size_t>(shape.size()));
  for (Py_ssize_t i = 0; i < PyList_Size(list.ptr()); ++i) {
    std::optional<std::string_view> bytes = bytes_of(PyList_GetItem(list.ptr(), i), what);
    if (!bytes) {
      const nb::object encoded = nb::handle(PyList_GetItem(list.ptr(), i)).attr("encode")("utf-8", "surrogateescape");
      bytes = bytes_of(encoded, what);
      if (PyList_SetItem(list.ptr(), i, encoded.inc_ref().ptr()) != 0) throw nb::python_error();
    }
    texts.push_back(*bytes);
  }
  return Tensor::strings(std::move(texts), shape, std::shared_ptr<PyObject>(list.inc_ref().ptr(), ReleaseObject()));
}

nb::object array_of_texts(const Tensor& tensor) {
  nb::list texts;
  for (const std::string_view text : tensor.data<std::string_view>()) {
    texts.append(nb::steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape")));
  }
  const nb::object array = numpy("empty")(nb::make_tuple(nb::len(texts)), "O");
  array[nb::slice(nb::none(), nb::none(), nb::none())] = texts;
  return array.attr("reshape")(tuple_from(tensor.shape()));
}

/// NumPy's object for a type, looked up once.
nb::handle numpy_type(DType dtype) {
  return visit_dtype(dtype, [](auto zero) -> nb::handle {
    static const nb::handle type =
        nb::object(numpy("dtype")(std::string(to_string(keratin::dtype_of<decltype(zero)>())))).release();
    return type;
  });
}

}  // namespace

Tensor tensor_from(nb::handle object, const char* what) {
  if (object.is_none()) return {};
  nb::object array = as_numpy(object, what);
  refuse_numpy_mask(array, what);
  std::unique_ptr<Py_buffer> buffer = buffer_of(array);
  if (!buffer || !is_shareable(*buffer)) {
    if (buffer) PyBuffer_Release(buffer.get());
    array = converted(array, what);
    buffer = buffer_of(array);
    if (buffer && is_long_double(*buffer)) return from_long_doubles(*std::unique_ptr<Py_buffer, ReleaseBuffer>(buffer.release()));
    if (!buffer || !is_shareable(*buffer)) {
      if (buffer) PyBuffer_Release(buffer.get());
      no_array(what, array);
    }
  }
  const std::shared_ptr<Py_buffer> owner(buffer.release(), ReleaseBuffer());
  Shape shape(std::vector<std::int64_t>(owner->shape, owner->shape + owner->ndim));
  const DType dtype = *dtype_of(*owner);
  if (dtype == DType::kBool) return copy_of_bools(*owner, shape);
  return visit_dtype(dtype, [&](auto zero) {
    using T = const decltype(zero);
    const std::span<T> memory(static_cast<T*>(owner->buf), static_cast<std::size_t>(shape.size()));
    return Tensor::view(memory, shape, owner);
  });
}

Tensor data_from(nb::handle object, const char* what) {
  if (is_list_of_texts(object)) {
    const auto own = nb::steal<nb::list>(PyList_GetSlice(object.ptr(), 0, PyList_Size(object.ptr())));
    return texts_from(own, {static_cast<std::int64_t>(nb::len(own))}, what);
  }
  if (object.is_none() || nb::isinstance<nb::str>(object) || nb::isinstance<nb::dict>(object)) return tensor_from(object, what);
  const nb::object array = as_numpy(object, what);
  if (!holds_texts(array)) return tensor_from(array, what);
  const nb::object own = array.attr("ravel")().attr("tolist")();
  return texts_from(PyList_CheckExact(own.ptr()) != 0 ? nb::borrow<nb::list>(own) : nb::list(own),
                    shape_from(nb::object(array.attr("shape")), what), what);
}

Tensor masked_tensor_from(nb::handle object, const char* what) {
  Tensor tensor = data_from(object, what);
  static const nb::handle ndarray = numpy("ndarray");
  if (object.type().is(ndarray)) return tensor;  // has no attributes
  const nb::object mask = nb::getattr(object, "_keras_mask", nb::none());
  if (mask.is_none()) return tensor;
  return tensor.with_mask(cast(tensor_from(mask, "mask"), DType::kBool));
}

std::vector<Tensor> tensors_from(nb::handle objects, const char* what) {
  if (!nb::isinstance<nb::iterable>(objects)) {
    throw nb::type_error(str("[", what, "] expected a list of arrays. Received: an object of type '",
                             class_name_of(objects), "'").c_str());
  }
  std::vector<Tensor> tensors;
  for (const nb::handle object : nb::borrow<nb::iterable>(objects)) tensors.push_back(tensor_from(object, what));
  return tensors;
}

Tensors several_from(nb::handle arrays, const char* what, Tensor (*tensor_of)(nb::handle, const char*)) {
  if (nb::isinstance<nb::tuple>(arrays)) {
    std::vector<Tensor> tensors;
    for (const nb::handle object : nb::borrow<nb::tuple>(arrays)) tensors.push_back(tensor_of(object, what));
    return tensors;
  }
  if (!nb::isinstance<nb::dict>(arrays)) return tensor_of(arrays, what);
  std::vector<Tensors::Named> named;
  for (const auto& [name, array] : nb::borrow<nb::dict>(arrays)) {
    if (!nb::isinstance<nb::str>(name)) {
      throw nb::type_error(str("[", what, "] a dict of arrays has names as keys. Received: ",
                               nb::cast<std::string>(nb::repr(name))).c_str());
    }
    named.emplace_back(nb::cast<std::string>(name), tensor_of(array, what));
  }
  return named;
}

void bind_arrays(nb::module_& m) {
  PyType_Slot slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(&Memory::give)}, {0, nullptr}};
  nb::class_<Memory>(m, "Memory", nb::type_slots(slots));
}

nb::object array_from(const Tensor& tensor) {
  if (!tensor) return nb::none();
  if (tensor.dtype() == DType::kString) return array_of_texts(tensor);
  static const nb::handle ndarray = numpy("ndarray");
  const Shape& dims = tensor.shape();
  const nb::tuple shape = nb::steal<nb::tuple>(PyTuple_New(static_cast<Py_ssize_t>(dims.rank())));
  for (std::size_t i = 0; i < dims.rank(); ++i)
    PyTuple_SetItem(shape.ptr(), static_cast<Py_ssize_t>(i), nb::int_(dims[i]).release().ptr());
  nb::object array;
  try {
    array = ndarray(shape, numpy_type(tensor.dtype()), Memory{TensorAccess::is_view(tensor) ? copy_of(tensor) : tensor});
  } catch (const nb::python_error&) {
    if (dims.rank() <= 32) throw;
    throw nb::value_error(str("NumPy has no arrays of ", dims.rank(), " dimensions. Received: a tensor of shape ", dims).c_str());
  }
  if (const Tensor mask = tensor.mask()) {
    static const nb::handle carrying = nb::object(nb::module_::import_("keratin._mask").attr("carrying")).release();
    return carrying(array, array_from(mask));
  }
  return array;
}

nb::list arrays_from(const std::vector<Tensor>& tensors) {
  nb::list arrays;
  for (const Tensor& tensor : tensors) arrays.append(array_from(tensor));
  return arrays;
}

nb::object outputs_from(const Tensors& tensors) {
  if (tensors.size() == 1) return array_from(tensors[0]);
  nb::list arrays;
  for (const Tensor& tensor : tensors) arrays.append(array_from(tensor));
  return arrays;
}

nb::object array_of(std::span<const float> values, const Shape& shape) {
  Tensor tensor = uninitialized(shape);
  std::copy(values.begin(), values.end(), tensor.data<float>().begin());
  return array_from(tensor);
}

void copy_numbers(nb::handle array, const Shape& shape, std::span<float> out, const char* what) {
  const Tensor numbers = cast(tensor_from(array, what), DType::kFloat32);
  if (numbers.shape() != shape) {
    invalid_argument(what, "the function must return an array of shape ", shape,
                     ". Received: an array of shape ", numbers.shape());
  }
  const auto from = numbers.data<float>();
  std::copy(from.begin(), from.end(), out.begin());
}

nb::tuple tuple_from(const Shape& shape) {
  nb::list dims;
  for (const std::int64_t dim : shape) {
    if (dim == kNone) {
      dims.append(nb::none());
    } else {
      dims.append(dim);
    }
  }
  return nb::tuple(dims);
}

Shape shape_from(nb::handle object, const char* what) {
  if (!nb::isinstance<nb::iterable>(object)) {
    throw nb::type_error(str("[", what, "] a shape must be a tuple of integers and None. Received: an object of type '",
                             class_name_of(object), "'").c_str());
  }
  Shape shape;
  for (const nb::handle dim : nb::borrow<nb::iterable>(object)) {
    if (dim.is_none()) {
      shape.push_back(kNone);
      continue;
    }
    shape.push_back(integer_from(dim, str("[", what, "] a dimension").c_str()));
    if (shape.back() < 0) {
      throw nb::value_error(str("[", what, "] a shape must have dimensions of 0 or more. Received: ", shape).c_str());
    }
  }
  return shape;
}

}  // namespace keratin::python
