// SPDX-License-Identifier: Apache-2.0
// keratin.utils: sequences, labels and names.
#include <nanobind/stl/tuple.h>

#include "bindings.h"
#include "keratin/base/auto_name.h"
#include "keratin/base/error.h"
#include "keratin/base/python_random.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/parallel/parallel.h"
#include "keratin/utils/make_sampling_table.h"
#include "keratin/utils/pad_sequences.h"
#include "keratin/utils/skipgrams.h"
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
  m.def("make_sampling_table", [](nb::handle size, double sampling_factor) {
    return utils::make_sampling_table(integer_from(size, "size"), sampling_factor);
  }, "size"_a, "sampling_factor"_a);
  m.def("skipgrams",  // from a state of Python's `random`; the state behind it comes third
        [](const Tensor& sequence, nb::handle vocabulary_size, nb::handle window_size, double negative_samples, bool shuffle,
           bool categorical, nb::handle sampling_table, nb::handle seed, const std::vector<std::uint32_t>& state) {
          utils::SkipgramsOptions options{.window_size = integer_from(window_size, "window_size"),
                                          .negative_samples = negative_samples, .shuffle = shuffle, .categorical = categorical};
          if (!sampling_table.is_none()) options.sampling_table = tensor_from(sampling_table, "sampling_table");
          if (!seed.is_none()) options.seed = integer_from(seed, "seed");
          const std::int64_t words = integer_from(vocabulary_size, "vocabulary_size");
          const std::vector<std::int64_t> ids = row_of<std::int64_t>(sequence);
          random::PythonRandom random(0);
          random.set_state(state);
          utils::Skipgrams made;
          {
            const Released released;
            made = utils::skipgrams(ids, words, options, random);
          }
          return std::tuple(made.couples, made.labels, random.state());
        },
        "sequence"_a, "vocabulary_size"_a, "window_size"_a, "negative_samples"_a, "shuffle"_a, "categorical"_a,
        "sampling_table"_a.none(), "seed"_a.none(), "state"_a);
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
