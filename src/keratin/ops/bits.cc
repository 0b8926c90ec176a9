// SPDX-License-Identifier: Apache-2.0
#include "keratin/ops/bits.h"

#include <numeric>
#include <type_traits>

#include "keratin/ops/broadcast.h"
#include "keratin/ops/define.h"
#include "keratin/ops/gathering.h"
#include "keratin/ops/result_type.h"

namespace keratin::ops {
namespace {

/// The tensor itself; floats as the integers that they are.
Tensor whole(const Operation& op, const Tensor& x) {
  return is_floating(x.dtype()) ? Tensor::from(integers_of(op, x), x.shape()) : x;
}
DType type_of(DType dtype) { return dtype == DType::kFloat64 ? DType::kFloat32 : dtype; }

/// F has kName, kOfBool, and `value(a, b)` for both kinds of 64 bits.
template <class F>
struct Bits final : NamedOp<Bits<F>> {
  static constexpr std::string_view kName = F::kName;
  static constexpr std::size_t kInputs = 2;

  std::vector<Spec> output_spec(const Inputs& x) const {
    return {both_of(x[0].shape(), x[0].dtype(), x[1].shape(), x[1].dtype())};
  }
  Result compute(const Arguments& x) const {
    const Spec out = both_of(x[0].shape(), x[0].dtype(), x[1].shape(), x[1].dtype());
    const auto value = [](auto a, auto b) { return F::value(a, b); };
    return {map_integers(out.shape, out.dtype, value, whole(*this, x[0]), whole(*this, x[1]))};
  }

 private:
  Spec both_of(const Shape& a, DType a_type, const Shape& b, DType b_type) const {
    const DType dtype = type_of(result_type(a_type, b_type));
    if (dtype == DType::kBool && !F::kOfBool) {
      refuse(*this, "bool has no such function. Cast one value first.");
    }
    return {broadcast_shapes(*this, a, b), dtype};
  }
};

struct BitwiseInvert final : NamedOp<BitwiseInvert> {
  static constexpr std::string_view kName = "BitwiseInvert";
  std::vector<Spec> output_spec(const Inputs& x) const {
    return {{x[0].shape(), type_of(x[0].dtype())}};
  }
  Result compute(const Arguments& x) const {
    const DType dtype = type_of(x[0].dtype());
    const Tensor bits = whole(*this, x[0]);
    if (dtype == DType::kBool) {
      return {map_elements<bool, bool>(
          x[0].shape(), dtype, [](bool a) { return !a; }, bits)};
    }
    return {map_integers(
        x[0].shape(), dtype, [](auto a) { return static_cast<decltype(a)>(~a); }, bits)};
  }
};

struct AndOf {
  static constexpr std::string_view kName = "BitwiseAnd";
  static constexpr bool kOfBool = true;
  template <class T>
  static T value(T a, T b) {
    return a & b;
  }
};
struct OrOf {
  static constexpr std::string_view kName = "BitwiseOr";
  static constexpr bool kOfBool = true;
  template <class T>
  static T value(T a, T b) {
    return a | b;
  }
};
struct XorOf {
  static constexpr std::string_view kName = "BitwiseXor";
  static constexpr bool kOfBool = true;
  template <class T>
  static T value(T a, T b) {
    return a ^ b;
  }
};
struct LeftShiftOf {
  static constexpr std::string_view kName = "BitwiseLeftShift";
  static constexpr bool kOfBool = false;
  template <class T>
  static T value(T a, T b) {
    if (b < T{0} || b > T{63}) return T{0};
    return static_cast<T>(static_cast<std::uint64_t>(a) << b);
  }
};
struct RightShiftOf {
  static constexpr std::string_view kName = "BitwiseRightShift";
  static constexpr bool kOfBool = false;
  template <class T>
  static T value(T a, T b) {
    if (b < T{0} || b > T{63}) return a < T{0} ? static_cast<T>(-1) : T{0};
    return static_cast<T>(a >> b);
  }
};

std::uint64_t size_of_number(std::int64_t a) {
  return a < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(a) : static_cast<std::uint64_t>(a);
}
std::uint64_t size_of_number(std::uint64_t a) { return a; }

struct GcdOf {
  static constexpr std::string_view kName = "Gcd";
  static constexpr bool kOfBool = false;
  template <class T>
  static T value(T a, T b) {
    return static_cast<T>(std::gcd(size_of_number(a), size_of_number(b)));
  }
};
struct LcmOf {
  static constexpr std::string_view kName = "Lcm";
  static constexpr bool kOfBool = false;
  template <class T>
  static T value(T a, T b) {
    if (a == T{0} || b == T{0}) return T{0};
    const std::uint64_t p = size_of_number(a);
    const std::uint64_t q = size_of_number(b);
    return static_cast<T>(p / std::gcd(p, q) * q);
  }
};

using BitwiseAnd = Bits<AndOf>;
using BitwiseOr = Bits<OrOf>;
using BitwiseXor = Bits<XorOf>;
using BitwiseLeftShift = Bits<LeftShiftOf>;
using BitwiseRightShift = Bits<RightShiftOf>;
using Gcd = Bits<GcdOf>;
using Lcm = Bits<LcmOf>;

}  // namespace

OpEntries bits_ops() {
  return op_entries<BitwiseAnd, BitwiseOr, BitwiseXor, BitwiseInvert, BitwiseLeftShift,
                    BitwiseRightShift, Gcd, Lcm>();
}

Value bitwise_and(const Value& x1, const Value& x2) { return both<BitwiseAnd>(x1, x2); }
Value bitwise_or(const Value& x1, const Value& x2) { return both<BitwiseOr>(x1, x2); }
Value bitwise_xor(const Value& x1, const Value& x2) { return both<BitwiseXor>(x1, x2); }
Value bitwise_invert(const Value& x) { return apply_op(the_op<BitwiseInvert>(), Values{x}); }
Value bitwise_left_shift(const Value& x1, const Value& x2) {
  return both<BitwiseLeftShift>(x1, x2);
}
Value bitwise_right_shift(const Value& x1, const Value& x2) {
  return both<BitwiseRightShift>(x1, x2);
}
Value gcd(const Value& x1, const Value& x2) { return both<Gcd>(x1, x2); }
Value lcm(const Value& x1, const Value& x2) { return both<Lcm>(x1, x2); }

}  // namespace keratin::ops
