// SPDX-License-Identifier: Apache-2.0
#include "keratin/random/seed_generator.h"

#include <mutex>

#include "keratin/base/auto_name.h"

namespace keratin::random {
namespace {

constexpr std::uint64_t kOneDraw = std::uint64_t{1}
                                   << 32;  // a carry out of the second word is lost

std::uint64_t packed(Key key) { return std::uint64_t{key.b} << 32 | key.a; }
Key unpacked(std::uint64_t state) {
  return {static_cast<std::uint32_t>(state), static_cast<std::uint32_t>(state >> 32)};
}

template <class F>
void fields(F& f, SeedGeneratorOptions& o) {
  f("seed", o.seed);
  f("name", o.name);
}

/// Keras's step for draws without a seed, in the 32-bit arithmetic of its state.
std::uint32_t scrambled(std::uint32_t word) { return (word + 1) * 5387u % 933199u; }

struct Global {
  std::mutex mutex;
  std::optional<std::uint64_t> generation;  // of the seed that the key comes from
  Key key;
};

}  // namespace

SeedGenerator::SeedGenerator(SeedGeneratorOptions options)
    : options_(std::move(options)), state_(packed(key_from_seed(seed_or_default(options_.seed)))) {
  if (options_.name.empty()) options_.name = auto_name("SeedGenerator");
}

SeedGenerator::SeedGenerator(const SeedGenerator& other)
    : options_(other.options_), state_(other.state_.load()) {}

SeedGenerator& SeedGenerator::operator=(const SeedGenerator& other) {
  options_ = other.options_;
  state_ = other.state_.load();
  return *this;
}

Key SeedGenerator::next() { return unpacked(state_.fetch_add(kOneDraw)); }
Key SeedGenerator::state() const { return unpacked(state_.load()); }
void SeedGenerator::set_state(Key state) { state_ = packed(state); }

SeedGeneratorOptions SeedGenerator::options_from(const Config& config) {
  SeedGeneratorOptions options;
  ConfigReader reader("SeedGenerator", config);
  fields(reader, options);
  reader.finish();
  return options;
}

Config SeedGenerator::get_config() const {
  ConfigWriter writer;
  SeedGeneratorOptions options = options_;
  fields(writer, options);
  return writer.take();
}

namespace {

Global& global_generator() {
  static Global global;
  return global;
}

}  // namespace

std::optional<Key> global_key_state() {
  Global& global = global_generator();
  const std::lock_guard lock(global.mutex);
  if (global.generation != random_seed_generation()) return std::nullopt;
  return global.key;
}

void set_global_key_state(const std::optional<Key>& key) {
  Global& global = global_generator();
  const std::lock_guard lock(global.mutex);
  global.generation.reset();
  if (!key) return;
  global.generation = random_seed_generation();
  global.key = *key;
}

Key next_global_key() {
  Global& global = global_generator();
  const std::lock_guard lock(global.mutex);
  const std::uint64_t generation = random_seed_generation();
  if (global.generation != generation) {
    global.generation = generation;
    global.key = key_from_seed(make_default_seed());
  }
  const Key key = global.key;
  global.key = {scrambled(key.a), scrambled(key.b)};
  return key;
}

Key SeedLike::draw() const {
  if (generator_) return generator_->next();
  return seed_ ? key_from_seed(*seed_) : next_global_key();
}

}  // namespace keratin::random
