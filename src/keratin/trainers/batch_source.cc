// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/batch_source.h"

#include "keratin/base/error.h"

namespace keratin::trainers {

void BatchSource::go_to(const SourcePosition& position) {
  if (!position.in_pass) return;  // the next epoch starts a pass by itself
  Batch batch;
  bool has = begin_pass();
  for (std::int64_t i = 0; has && i < position.of_pass; ++i) has = next(batch);
  if (!has) {
    invalid_argument("fit", "the run that is taken up again had ", position.of_pass,
                     " batches of this pass, and the data have fewer: they are others.");
  }
}

}  // namespace keratin::trainers
