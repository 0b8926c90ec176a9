// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "keratin/layers/preprocessing/adapted.h"
#include "keratin/layers/preprocessing/index_lookup.h"

namespace keratin::layers {

/// A layer around an IndexLookup, where the rules are. No mask comes out of a mask token: an
/// Embedding with mask_zero makes one of its index 0. Keras: `IndexLookup`.
template <class Key>
class LookupLayer : public Adapted {
 public:
  /// As of IndexLookup.
  void set_vocabulary(const std::vector<Key>& vocabulary,
                      const std::optional<std::vector<double>>& idf_weights = {}) {
    lookup_.set_vocabulary(vocabulary, idf_weights);
  }
  std::vector<Key> get_vocabulary(bool include_special_tokens = true) const {
    return lookup_.get_vocabulary(include_special_tokens);
  }
  std::int64_t vocabulary_size() const { return lookup_.vocabulary_size(); }
  const IndexLookup<Key>& lookup() const { return lookup_; }
  IndexLookup<Key>& lookup() { return lookup_; }

  void reset_state() override { lookup_.reset_state(); }
  void update_state(const Tensor& batch) override { lookup_.update_state(batch); }
  void finalize_state() override { lookup_.finalize_state(); }

  Shape compute_output_shape(const Shape& input_shape) const override {
    return lookup_.output_spec(input_shape).shape;
  }
  std::vector<Spec> compute_output_spec(const Inputs& inputs) const override {
    return {lookup_.output_spec(inputs[0].shape())};
  }
  std::optional<DType> input_dtype() const override { return std::nullopt; }
  Values call(const Inputs& inputs, Pass&) const override { return lookup_(inputs[0].tensor()); }

 protected:
  LookupLayer(LayerOptions base, std::string_view who, LookupSettings<Key> settings)
      : Adapted(std::move(base)), lookup_(who, std::move(settings)) {
    build_at_init();
  }
  /// Keras: of an array of one axis each element is a document.
  Tensor whole_data(const Tensor& data) const override {
    return data.shape().rank() == 1 ? data.reshaped({data.shape()[0], 1}) : data;
  }

 private:
  IndexLookup<Key> lookup_;
};

template <class Key, class Options>
void as_it_stands(const LookupLayer<Key>& layer, Options& o) {
  o.name = layer.name();
  o.trainable = layer.trainable();
  layer.lookup().write_to(o);
}

}  // namespace keratin::layers
