// SPDX-License-Identifier: Apache-2.0
#include "keratin/tensor/tensor.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "keratin/base/error.h"
#include "keratin/tensor/tensor_access.h"
#include "keratin/tensor/variable.h"

namespace keratin {
namespace {

TEST(Tensor, NullUntilMade) {
  const Tensor null;
  EXPECT_FALSE(null);
  EXPECT_THROW(null.data<float>(), std::invalid_argument);
  EXPECT_TRUE(Tensor::zeros({0, 3}));
  EXPECT_TRUE(Tensor::zeros({}));
}

TEST(Tensor, FromCopiesAndViewsDoNot) {
  std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const Tensor copy = Tensor::from(values, {2, 3});
  Tensor view = Tensor::view(std::span<float>(values), {3, 2});
  values[5] = 60;
  EXPECT_EQ(copy.data<float>()[5], 6);
  EXPECT_EQ(std::as_const(view).data<float>()[5], 60);
  view.data<float>()[0] = 10;
  EXPECT_EQ(values[0], 10);
  EXPECT_THROW(Tensor::from(values, {7}), std::invalid_argument);
  EXPECT_EQ(Tensor::from(std::vector<bool>{true, false}).dtype(), DType::kBool);
}

TEST(Tensor, ReadOnlyViewsRefuseToBeWritten) {
  const std::vector<std::int32_t> values = {1, 2};
  Tensor view = Tensor::view(std::span<const std::int32_t>(values), {2});
  EXPECT_EQ(std::as_const(view).data<std::int32_t>()[1], 2);
  EXPECT_THROW(view.data<std::int32_t>(), std::invalid_argument);
}

TEST(Tensor, ElementTypeIsChecked) {
  const Tensor ids = Tensor::zeros({2}, DType::kInt32);
  EXPECT_THROW(ids.data<float>(), std::invalid_argument);
  EXPECT_EQ(ids.data<std::int32_t>().size(), 2U);
}

TEST(Tensor, CopiesShareReshapedToo) {
  Tensor a = Tensor::zeros({2, 3});
  Tensor b = a.reshaped({6});
  b.data<float>()[4] = 7;
  EXPECT_EQ(std::as_const(a).data<float>()[4], 7);
  EXPECT_THROW(a.reshaped({5}), std::invalid_argument);
}

/// What is no handle of anybody else is reshaped where it is; what is stays as it was for them.
TEST(Tensor, OnlyAHandleOfOnesOwnIsReshapedInPlace) {
  Tensor one = Tensor::from(std::vector<float>{1, 2, 3, 4}, {2, 2});
  const void* const elements = TensorAccess::raw(one);
  const Tensor other = one;
  const Tensor flat = std::move(one).reshaped({4});
  EXPECT_EQ(other.shape(), (Shape{2, 2}));
  EXPECT_EQ(TensorAccess::raw(flat), elements);
  EXPECT_FALSE(TensorAccess::is_alone(flat));
  Tensor masked = Tensor::zeros({2, 2}).with_mask(Tensor::zeros({2}, DType::kBool));
  EXPECT_FALSE(std::move(masked).reshaped({4}).mask());
  EXPECT_THROW(Tensor::zeros({2}).reshaped({3}), std::invalid_argument);
}

/// A part, and what was reshaped or given a mask, has the elements of the whole: none is alone
/// while the others are there.
TEST(Tensor, IsAloneWhereNobodyElseHasTheElements) {
  Tensor whole = Tensor::zeros({4, 2});
  EXPECT_TRUE(TensorAccess::is_alone(whole));
  Tensor part = slice_rows(whole, 1, 2);
  Tensor reshaped = part.reshaped({4});
  EXPECT_FALSE(TensorAccess::is_alone(whole));
  EXPECT_FALSE(TensorAccess::is_alone(part));
  whole = Tensor();
  EXPECT_FALSE(TensorAccess::is_alone(part));
  part = Tensor();
  EXPECT_TRUE(TensorAccess::is_alone(reshaped));
  const Tensor borrowed = TensorAccess::borrowed(reshaped);
  EXPECT_TRUE(TensorAccess::is_borrowed(borrowed));
  EXPECT_TRUE(TensorAccess::is_borrowed(borrowed.reshaped({2, 2})));
  EXPECT_FALSE(TensorAccess::is_alone(borrowed));
  EXPECT_TRUE(TensorAccess::is_alone(reshaped));
  EXPECT_FALSE(TensorAccess::is_borrowed(reshaped));
  EXPECT_FALSE(TensorAccess::is_borrowed(Tensor()));
  std::vector<float> memory = {1};
  EXPECT_TRUE(TensorAccess::is_borrowed(Tensor::view(std::span<float>(memory), {1})));
  EXPECT_FALSE(TensorAccess::is_alone(Tensor::view(std::span<float>(memory), {1})));
}

thread_local std::vector<Tensor> of_thread;  // is gone with its thread

/// A tensor may be dropped on another thread than made it, and by what ends with the thread.
TEST(Tensor, GoesWhereverItIsDropped) {
  std::vector<Tensor> made;
  std::thread([&] {
    for (std::int64_t i = 0; i < 200; ++i) {
      made.push_back(Tensor::zeros({i * 40}));
      of_thread.push_back(Tensor::zeros({i * 40}));
    }
  }).join();
  for (const Tensor& tensor : made) {
    const auto elements = tensor.data<float>();
    EXPECT_TRUE(std::all_of(elements.begin(), elements.end(), [](float e) { return e == 0; }));
  }
  made.clear();
  for (std::int64_t i = 0; i < 200; ++i) made.push_back(Tensor::zeros({i * 40}));
}

TEST(Tensor, AMaskGoesWithTheHandleAndNotWithWhatIsMadeOfIt) {
  const Tensor plain = Tensor::zeros({2, 3});
  const Tensor mask = Tensor::from(std::vector<bool>{true, false}, {2});
  const Tensor masked = plain.with_mask(mask);
  EXPECT_FALSE(plain.mask());
  const Tensor copy = masked;
  EXPECT_EQ(copy.mask().data<bool>()[0], true);
  EXPECT_FALSE(masked.with_mask({}).mask());
  EXPECT_FALSE(masked.reshaped({3, 2}).mask());
  EXPECT_FALSE(slice_rows(masked, 0, 1).mask());
  EXPECT_FALSE(copy_of(masked).mask());
  EXPECT_FALSE(cast(masked, DType::kInt32).mask());
  EXPECT_TRUE(snapshot(masked).mask());
  EXPECT_THROW(plain.with_mask(Tensor::zeros({2})), std::invalid_argument);
  EXPECT_THROW(plain.with_mask(Tensor::zeros({3}, DType::kBool)), std::invalid_argument);
  EXPECT_THROW(plain.with_mask(Tensor::zeros({2, 3, 1}, DType::kBool)), std::invalid_argument);
  EXPECT_THROW(Tensor().with_mask(mask), std::invalid_argument);
}

TEST(Tensor, SaysWhatMemoryItCouldNotHave) {
  EXPECT_THROW(Tensor::zeros({std::int64_t{1} << 62, 4}), std::invalid_argument);
  EXPECT_THROW(Tensor::zeros({std::int64_t{1} << 61}), std::invalid_argument);
  EXPECT_THROW(Tensor::zeros({kNone}), std::invalid_argument);
  try {
    Tensor::zeros({std::int64_t{1} << 55});
    FAIL();
  } catch (const OutOfMemory& error) {
    EXPECT_NE(std::string(error.what()).find("144115188075855872 bytes"), std::string::npos)
        << error.what();
  }
}

TEST(Tensor, SlicesKeepTheirMemoryAlive) {
  Tensor slice;
  {
    const Tensor whole = Tensor::from(std::vector<float>{0, 1, 2, 3, 4, 5}, {3, 2});
    slice = slice_rows(whole, 1, 2);
    EXPECT_THROW(slice_rows(whole, 2, 2), std::invalid_argument);
    EXPECT_THROW(slice_rows(whole, -1, 1), std::invalid_argument);
  }
  EXPECT_EQ(slice.shape(), (Shape{2, 2}));
  EXPECT_EQ(std::as_const(slice).data<float>()[0], 2);
}

TEST(Tensor, CastsElementByElement) {
  const Tensor floats = Tensor::from(std::vector<float>{0, 1.5F, -2});
  EXPECT_EQ(cast(floats, DType::kInt32).data<std::int32_t>()[2], -2);
  EXPECT_TRUE(cast(floats, DType::kBool).data<bool>()[1]);
  EXPECT_FALSE(cast(floats, DType::kBool).data<bool>()[0]);
}

/// On both sides of every bound there is: small blocks that the thread keeps up to 64 KiB, pages
/// that are kept up to 32 MiB (under a sanitizer from 1 MiB on), fresh ones from there on.
TEST(Tensor, ElementsAreAlignedZeroAndTheirOwnAtEverySize) {
  const std::int64_t kept = std::int64_t{1} << 20;
  const std::int64_t pages = std::int64_t{32} << 20;
  for (const std::int64_t bytes :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{63}, std::int64_t{64}, std::int64_t{65},
        std::int64_t{4096}, std::int64_t{65536} - 64, std::int64_t{65536}, kept - 64, kept,
        pages - 64, pages}) {
    std::vector<Tensor> alive;
    for (int i = 0; i < 3; ++i) {
      Tensor dirty = Tensor::zeros({bytes}, DType::kUint8);
      const auto old = dirty.data<std::uint8_t>();
      std::fill(old.begin(), old.end(), std::uint8_t{255});
      dirty = Tensor();
      alive.push_back(Tensor::zeros({bytes}, DType::kUint8));
      const auto elements = alive.back().data<std::uint8_t>();
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(elements.data()) % 64, 0U) << bytes;
      EXPECT_TRUE(std::all_of(elements.begin(), elements.end(), [](auto e) { return e == 0; }));
      std::fill(elements.begin(), elements.end(), static_cast<std::uint8_t>(i));
    }
    for (int i = 0; i < 3; ++i) {
      const auto elements = std::as_const(alive[static_cast<std::size_t>(i)]).data<std::uint8_t>();
      EXPECT_TRUE(std::all_of(elements.begin(), elements.end(), [i](auto e) { return e == i; }))
          << bytes;
    }
  }
}

TEST(Tensor, MovesCannotFailAndLeaveNull) {
  static_assert(std::is_nothrow_move_constructible_v<Tensor>);
  static_assert(std::is_nothrow_move_assignable_v<Tensor>);
  static_assert(sizeof(Tensor) == 16);
  Tensor one =
      Tensor::from(std::vector<std::int32_t>{1, 2}).with_mask(Tensor::zeros({2}, DType::kBool));
  Tensor other = Tensor::zeros({3});
  other = std::move(one);
  EXPECT_FALSE(one);  // NOLINT: what a tensor is that was moved from
  EXPECT_EQ(one.shape(), Shape());
  EXPECT_EQ(one.size(), 0);
  EXPECT_FALSE(one.mask());
  EXPECT_EQ(std::as_const(other).data<std::int32_t>()[1], 2);
  EXPECT_TRUE(other.mask());
  Tensor& itself = other;
  other = std::move(itself);
  EXPECT_EQ(std::as_const(other).data<std::int32_t>()[1], 2);
  EXPECT_TRUE(other.mask());
}

/// What an owner does when it is let go, it does when the handle has its new elements already.
TEST(Tensor, AnOldOwnerGoesAfterTheMove) {
  std::vector<float> memory = {1};
  Tensor handle;
  std::int64_t seen = 0;
  handle = Tensor::view(std::span<float>(memory), {1},
                        std::shared_ptr<void>(&memory, [&](void*) { seen = handle.size(); }));
  handle = Tensor::zeros({7});
  EXPECT_EQ(seen, 7);
}

TEST(Variable, AssignChecksTheShapeFirst) {
  Variable weight("layer/weight", Tensor::zeros({2}));
  EXPECT_THROW(weight.assign(Tensor::zeros({3})), std::invalid_argument);
  EXPECT_THROW(weight.assign(Tensor()), std::invalid_argument);
  weight.assign(Tensor::from(std::vector<std::int32_t>{4, 5}));
  EXPECT_EQ(std::as_const(weight).value().data<float>()[1], 5);
  EXPECT_EQ(weight.name(), "weight");
}

}  // namespace
}  // namespace keratin
