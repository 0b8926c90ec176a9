// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace keratin {

class Slopes;

/// The way back through one operation: from the slopes of its outputs to those of its inputs. It
/// captures tensors, never values, so that no circle keeps a tape alive. As a std::function that is
/// moved, not copied, and that has room in itself for what an op captures: a step makes one an op.
class Pullback {
 public:
  Pullback() = default;
  Pullback(std::nullptr_t) {}
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, Pullback> &&
             std::invocable<std::decay_t<F>&, Slopes&>)
  Pullback(F&& function) {
    using Function = std::decay_t<F>;
    if constexpr (kHasRoom<Function>) {
      new (room_) Function(std::forward<F>(function));
      does_ = &kDoes<Function>;
    } else {
      new (room_) Elsewhere<Function>{new Function(std::forward<F>(function))};
      does_ = &kDoes<Elsewhere<Function>>;
    }
  }
  Pullback(Pullback&& other) noexcept : does_(std::exchange(other.does_, nullptr)) {
    if (does_ != nullptr) does_->move(other.room_, room_);
  }
  Pullback& operator=(Pullback&& other) noexcept {
    if (this == &other) return *this;
    drop();
    does_ = std::exchange(other.does_, nullptr);
    if (does_ != nullptr) does_->move(other.room_, room_);
    return *this;
  }
  ~Pullback() { drop(); }

  explicit operator bool() const { return does_ != nullptr; }
  void operator()(Slopes& slopes) { does_->call(room_, slopes); }

 private:
  static constexpr std::size_t kRoom = 112;

  struct Does {
    void (*call)(void* function, Slopes& slopes);
    void (*move)(void* from, void* to) noexcept;  // from is gone then
    void (*drop)(void* function) noexcept;
  };
  template <class Function>
  struct Elsewhere {
    explicit Elsewhere(Function* function) : function(function) {}
    Elsewhere(Elsewhere&& other) noexcept : function(std::exchange(other.function, nullptr)) {}
    Elsewhere& operator=(Elsewhere&&) = delete;
    ~Elsewhere() { delete function; }
    void operator()(Slopes& slopes) { (*function)(slopes); }
    Function* function;
  };
  template <class Function>
  static constexpr bool kHasRoom =
      sizeof(Function) <= kRoom && alignof(Function) <= alignof(std::max_align_t) &&
      std::is_nothrow_move_constructible_v<Function>;
  template <class Function>
  static constexpr Does kDoes = {
      [](void* function, Slopes& slopes) { (*static_cast<Function*>(function))(slopes); },
      [](void* from, void* to) noexcept {
        auto* const function = static_cast<Function*>(from);
        new (to) Function(std::move(*function));
        function->~Function();
      },
      [](void* function) noexcept { static_cast<Function*>(function)->~Function(); }};

  void drop() noexcept {
    if (const Does* const does = std::exchange(does_, nullptr)) does->drop(room_);
  }

  const Does* does_ = nullptr;
  alignas(std::max_align_t) std::byte room_[kRoom];
};

}  // namespace keratin
