// SPDX-License-Identifier: Apache-2.0
#include <cassert>

#include <keratin/keratin.h>

namespace kt = keratin;

int main() {
  kt::Sequential model;
  model.add(kt::layers::Embedding({.input_dim = 1000, .output_dim = 64, .input_length = 10}));
  assert(model.output_shape() == (kt::Shape{kt::kNone, 10, 64}));

  auto input_array = kt::random::randint({32, 10}, 0, 1000);  // ids, int32
  model.compile("rmsprop", "mse");
  kt::Tensor output_array = model.predict(input_array);
  assert(output_array.shape() == (kt::Shape{32, 10, 64}));
}
