// SPDX-License-Identifier: Apache-2.0
#include "keratin/initializers/initializer.h"

#include "keratin/parallel/parallel.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::initializers {

Tensor Initializer::operator()(const Shape& shape) const {
  Tensor tensor =
      Tensor::zeros(shape);  // large ones are fresh pages, which cost nothing until touched
  fill_all(shape, tensor.data<float>());
  return tensor;
}

void Initializer::fill_all(const Shape& shape, std::span<float> out) const {
  constexpr std::int64_t kChunk = 1 << 16;
  if (out.empty()) {
    fill(shape, 0, out);  // it may have a word to say about the shape
    return;
  }
  parallel::for_chunks(
      static_cast<std::int64_t>(out.size()), kChunk, [&](std::int64_t begin, std::int64_t end) {
        fill(shape, begin,
             out.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
      });
}

}  // namespace keratin::initializers
