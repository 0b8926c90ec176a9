// SPDX-License-Identifier: Apache-2.0
// keratin.utils: sequences, labels and names.
#include "bindings.h"
#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/parallel/parallel.h"
#include "keratin/utils/pad_sequences.h"
#include "keratin/utils/to_categorical.h"

namespace keratin::python {
namespace {

template <class T>
std::vector<T> row_of(const Tensor& tensor) {
  const Tensor values = cast(tensor, keratin::dtype_of<T>());
  const auto elements = values.data<T>();
  return {elements.begin(), elements.end()};
}

/// Sequences of numbers, as T; or of vectors, each a list.
template <class T>
Tensor padded(const std::vector<Tensor>& sequences, const utils::PadSequencesOptions& options) {
  std::size_t rank = 1;
  for (const Tensor& sequence : sequences) {
    if (sequence.size() > 0) rank = std::max(rank, sequence.shape().rank());
  }
  if (rank > 2) invalid_argument("pad_sequences", "a sequence must hold numbers or vectors. Received: one of ", rank, " dimensions.");
  if (rank == 1) {
    std::vector<std::vector<T>> rows;
    for (const Tensor& sequence : sequences) rows.push_back(row_of<T>(sequence));
    return utils::pad_sequences(rows, options);
  }
  std::vector<std::vector<std::vector<T>>> rows;
  for (const Tensor& sequence : sequences) {
    auto& row = rows.emplace_back();
    if (sequence.size() == 0) continue;
    for (std::int64_t i = 0; i < sequence.shape()[0]; ++i) row.push_back(row_of<T>(slice_rows(sequence, i, 1)));
  }
  return utils::pad_sequences(rows, options);
}

}  // namespace

void bind_utils(nb::module_& m) {
  m.def("pad_sequences",
        [](nb::handle sequences, std::optional<std::int64_t> maxlen, std::string_view dtype,
           const std::string& padding, const std::string& truncating, double value) {
          std::vector<Tensor> tensors;
          bool any_fraction = false;
          for (const nb::handle sequence : nb::borrow<nb::iterable>(sequences)) {
            Tensor tensor = tensor_from(sequence, "pad_sequences");
            if (!tensor || tensor.shape().rank() == 0) throw nb::value_error("[pad_sequences] every sequence must be iterable.");
            any_fraction = any_fraction || (is_floating(tensor.dtype()) && tensor.size() > 0);
            tensors.push_back(std::move(tensor));
          }
          const utils::PadSequencesOptions options{.maxlen = maxlen, .dtype = dtype_from_name(dtype), .padding = padding,
                                                   .truncating = truncating, .value = value};
          const Released released;
          return any_fraction ? padded<double>(tensors, options) : padded<std::int64_t>(tensors, options);
        },
        "sequences"_a, "maxlen"_a.none(), "dtype"_a, "padding"_a, "truncating"_a, "value"_a);
  m.def("to_categorical", [](const Tensor& x, std::optional<std::int64_t> num_classes) {
    const Released released;
    return utils::to_categorical(x, {.num_classes = num_classes});
  }, "x"_a, "num_classes"_a.none());
  m.def("auto_name", &auto_name);
  m.def("reset_auto_names", &reset_auto_names);
  m.def("num_threads", &parallel::num_threads);
  m.def("set_num_threads", [](nb::handle threads) {
    parallel::set_num_threads(small_integer_from(threads, "threads"));
  });
  m.def("set_kept_memory", [](nb::handle bytes) { set_kept_memory(integer_from(bytes, "bytes")); });
  m.def("kept_memory", &kept_memory);
  m.def("release_kept_memory", &release_kept_memory);
  m.def("to_snake_case", &to_snake_case);
}

}  // namespace keratin::python
