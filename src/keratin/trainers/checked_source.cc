// SPDX-License-Identifier: Apache-2.0
#include "keratin/trainers/checked_source.h"

#include <utility>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/trainers/class_weight.h"
#include "keratin/trainers/noted.h"

namespace keratin::trainers {

CheckedSource::CheckedSource(std::string_view who, std::shared_ptr<BatchSource> source,
                             Places places, std::map<std::int64_t, double> class_weight)
    : who_(who),
      source_(std::move(source)),
      places_(std::move(places)),
      class_weight_(std::move(class_weight)) {
  if (!source_) invalid_argument(who, "the data are missing.");
}

bool CheckedSource::begin_pass() {
  seen_ = 0;
  return source_->begin_pass();
}

bool CheckedSource::next(Batch& batch) {
  batch = {};
  if (!source_->next(batch)) return false;
  ++seen_;
  with_note(
      true, [&] { return where(); }, [&] { check(batch); });
  return true;
}

std::string CheckedSource::where() const {
  std::string own = source_->where();
  return own.empty() ? str(" (In batch ", seen_ - 1, ".)") : own;
}

void CheckedSource::check(Batch& batch) const {
  Arrays arrays = places_(who_, checked_arrays(who_, {std::move(batch.x), std::move(batch.y),
                                                      std::move(batch.sample_weight)}));
  weigh_classes(who_, arrays, class_weight_);
  const auto own = [](const Tensor& tensor) { return snapshot(tensor); };
  batch = {arrays.x.each(own), arrays.y.each(own), arrays.sample_weight.each(own)};
}

}  // namespace keratin::trainers
