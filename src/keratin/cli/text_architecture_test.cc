// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/text_architecture.h"

#include <memory>
#include <string>
#include <vector>

#include "support/error_message.h"
#include <gtest/gtest.h>

#include "keratin/cli/failure.h"

namespace keratin::cli {
namespace {

Tensor rows(const std::vector<std::int32_t>& ids, std::int64_t texts) {
  return Tensor::from(ids, {texts, static_cast<std::int64_t>(ids.size()) / texts});
}

std::vector<float> answer(const models::Model& model, const Tensor& ids) {
  const Tensor out = model.predict_on_batch(ids);
  const auto values = out.data<float>();
  return {values.begin(), values.end()};
}

TEST(TextArchitecture, HowFarAndWhereATextIsPaddedChangesNothing) {
  for (const std::string_view name : architecture_names()) {
    const TextArchitecture architecture = text_architecture(architecture_named(name), {});
    const auto model =
        text_model(architecture, {.ids = 9, .width = 8, .classes = 3, .dropout = 0.3});
    const std::vector<float> alone = answer(*model, rows({3, 5, 1, 8}, 1));
    for (const auto& [padded, row] : std::initializer_list<std::pair<Tensor, std::size_t>>{
             {rows({3, 5, 1, 8, 0, 0, 0}, 1), 0},
             {rows({0, 0, 3, 5, 1, 8}, 1), 0},
             {rows({2, 2, 2, 2, 2, 2, 0, 0, 3, 5, 1, 8}, 2), 1}}) {
      const std::vector<float> found = answer(*model, padded);
      for (std::size_t c = 0; c < 3; ++c)  // sums of a few float32 in another order, at most
        EXPECT_NEAR(found[3 * row + c], alone[c], 1e-6f) << name;
    }
    const std::vector<float> turned = answer(*model, rows({8, 1, 5, 3}, 1));
    if (architecture.is_sequence())
      EXPECT_NE(turned, alone) << name;
    else
      EXPECT_NEAR(turned[0], alone[0], 1e-6f);
  }
}

TEST(TextArchitecture, AnOptionThatHasNoEffectIsAnError) {
  const auto error = [](Architecture architecture, const ArchitectureOptions& options) {
    return testing::message([&] { text_architecture(architecture, options); });
  };
  for (const Architecture architecture :
       {Architecture::kConv, Architecture::kLstm, Architecture::kGru, Architecture::kBilstm,
        Architecture::kAttention}) {
    const std::string name(name_of(architecture));
    EXPECT_EQ(error(architecture, {.ngrams = 1}),
              "--ngrams is nothing that --architecture " + name +
                  " has: it reads the tokens in their order, and sees neighbours itself.");
    EXPECT_TRUE(error(architecture, {.subwords = 3}).starts_with("--subwords is nothing"));
    EXPECT_TRUE(error(architecture, {.units = 0}).starts_with("--units: " + name + " needs one"));
    EXPECT_EQ(text_architecture(architecture, {.units = 12}).units, 12);
  }
  for (const Architecture architecture :
       {Architecture::kPooled, Architecture::kLstm, Architecture::kGru, Architecture::kBilstm}) {
    EXPECT_TRUE(error(architecture, {.kernel_size = 3}).ends_with("it has no convolution."));
    EXPECT_TRUE(error(architecture, {.heads = 2}).ends_with("it has no attention."));
  }
  EXPECT_TRUE(error(Architecture::kConv, {.heads = 2}).ends_with("it has no attention."));
  EXPECT_EQ(error(Architecture::kAttention, {.units = 30}),
            "--heads: each has as many of the units: 30 units are no multiple of 4 heads.");
  EXPECT_EQ(text_architecture(Architecture::kAttention, {.units = 30, .heads = 5}).heads, 5);
}

}  // namespace
}  // namespace keratin::cli
