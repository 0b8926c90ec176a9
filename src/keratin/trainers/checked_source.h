// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "keratin/trainers/places.h"

namespace keratin::trainers {

/// A source whose batches are as the steps want them.
class CheckedSource final : public BatchSource {
 public:
  /// Throws std::invalid_argument without a source.
  CheckedSource(std::string_view who, std::shared_ptr<BatchSource> source, Places places,
                std::map<std::int64_t, double> class_weight = {});
  bool begin_pass() override;
  /// Errors about a batch end with where it is from.
  bool next(Batch& batch) override;
  std::optional<std::int64_t> num_batches() const override { return source_->num_batches(); }
  std::optional<std::int64_t> seed() const override { return source_->seed(); }
  void go_to(const SourcePosition& position) override {
    source_->go_to(position);
    seen_ = position.of_pass;
  }
  std::string where() const override;

 private:
  void check(Batch& batch) const;

  std::string who_;
  std::shared_ptr<BatchSource> source_;
  Places places_;
  std::map<std::int64_t, double> class_weight_;
  std::int64_t seen_ = 0;
};

}  // namespace keratin::trainers
