// SPDX-License-Identifier: Apache-2.0
#include "keratin/table/nearest.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "keratin/base/inner_product.h"
#include "keratin/kernels/matmul.h"
#include "keratin/kernels/nearest.h"
#include "keratin/parallel/parallel.h"

namespace keratin::table {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::int64_t kBlockFloats = 1 << 15, kMostRows = 240, kMostQueries = 256;
// Tasks at most, of few vectors; rows of one and products in it at least.
constexpr std::int64_t kTasks = 64, kLeastRows = 1024, kTaskProducts = 1 << 17;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The largest of numbers that are not negative; NaN is passed over.
float largest(const float* x, std::int64_t n) {
  std::array<float, 8> most = {};  // side by side, so that they do not wait for each other
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::int64_t j = 0; j < 8; ++j)
      most[at(j)] = x[i + j] > most[at(j)] ? x[i + j] : most[at(j)];
  }
  for (; i < n; ++i) most[0] = x[i] > most[0] ? x[i] : most[0];
  return *std::max_element(most.begin(), most.end());
}

/// A row that was found. More is nearer: a distance has a minus.
struct Candidate {
  float score;
  std::int64_t id;
};

bool nearer(const Candidate& a, const Candidate& b) {
  if (a.score > b.score) return true;
  if (a.score < b.score) return false;
  const bool a_is_nan = std::isnan(a.score), b_is_nan = std::isnan(b.score);
  return a_is_nan == b_is_nan ? a.id < b.id : b_is_nan;
}

/// The k nearest of those that were offered: a heap with the farthest on top.
class Nearest {
 public:
  explicit Nearest(std::int64_t k) : k_(at(k)) {}

  void offer(const Candidate& candidate) {
    if (is_full()) {
      if (!nearer(candidate, heap_.front())) return;
      std::pop_heap(heap_.begin(), heap_.end(), nearer);
      heap_.back() = candidate;
    } else {
      heap_.push_back(candidate);
    }
    std::push_heap(heap_.begin(), heap_.end(), nearer);
  }
  bool is_full() const { return heap_.size() == k_; }
  /// What one must have to be among them; NaN or -infinity: anything.
  float least() const { return is_full() ? heap_.front().score : -kInfinity; }
  const std::vector<Candidate>& all() const { return heap_; }

 private:
  std::size_t k_;
  std::vector<Candidate> heap_;
};

/// A score that k rows are known to have: other tasks leave out what is below.
class Floor {
 public:
  float get() const { return score_.load(std::memory_order_relaxed); }
  void raise(float score) {
    float before = get();
    while (score > before &&
           !score_.compare_exchange_weak(before, score, std::memory_order_relaxed)) {
    }
  }

 private:
  std::atomic<float> score_ = -kInfinity;
};

/// What is looked for by some vectors, at most kMostQueries, together.
class Group {
 public:
  Group(const SearchedRows& rows, const NearestQueries& queries, Similarity similarity,
        Floor* floors)
      : rows_(rows),
        queries_(queries),
        similarity_(similarity),
        width_(rows.width),
        floors_(floors),
        is_few_(queries.count <= kernels::kFewQueries),
        compared_(at(queries.count * width_)) {
    for (std::int64_t q = 0; q < queries.count; ++q) {
      const float* const vector = queries.vectors + q * width_;
      squares_.push_back(inner_product(vector, vector, width_));
      const double length = std::sqrt(squares_.back());
      const double divisor = similarity == Similarity::kCosine && length > 0 ? length : 1;
      for (std::int64_t i = 0; i < width_; ++i)
        compared_[at(is_few_ ? q * width_ + i : i * queries.count + q)] =
            static_cast<float>(vector[i] / divisor);
    }
  }

  std::int64_t count() const { return queries_.count; }
  /// Offers the rows from `begin` to `end`.
  void search(std::int64_t begin, std::int64_t end, std::vector<Nearest>& found) const;

  static std::int64_t block_rows(std::int64_t width) {
    return std::clamp<std::int64_t>(kBlockFloats / std::max<std::int64_t>(1, width), 16, kMostRows);
  }

 private:
  struct Block {
    explicit Block(std::int64_t rows, std::int64_t queries)
        : dots(at(rows * queries)), squares(at(rows)), scale(at(rows), 1.0F), bias(at(rows)) {}
    std::vector<float> dots, squares, scale, bias;
    std::vector<float> bars;
    float longest = 0;  // square of the longest row
  };

  void compare(const float* rows, std::int64_t count, Block& block) const;
  float bar(std::int64_t q, float least, double longest) const;
  float score(std::int64_t q, const float* row) const;
  void offer(std::int64_t q, std::int64_t id, const float* row, Nearest& found) const;

  SearchedRows rows_;
  NearestQueries queries_;
  Similarity similarity_;
  std::int64_t width_;
  Floor* floors_;
  bool is_few_;
  std::vector<float> compared_;  // the vectors, of length 1 for a cosine; of many the transpose
  std::vector<double> squares_;
};

/// What the rows' products with the vectors must be multiplied with, and what added, to order rows
/// as their scores do: of a distance r.q - r.r / 2.
void Group::compare(const float* rows, std::int64_t count, Block& block) const {
  const std::int64_t n = queries_.count;
  kernels::compare_rows(rows, count, width_, compared_.data(), is_few_ ? static_cast<int>(n) : 0,
                        block.dots.data(), count, block.squares.data());
  if (!is_few_)
    kernels::matmul({rows}, {compared_.data()}, count, width_, n, false, block.dots.data());
  block.longest = largest(block.squares.data(), count);
  if (similarity_ == Similarity::kCosine) {
    for (std::int64_t i = 0; i < count; ++i) {
      const float square = block.squares[at(i)];
      // A length that float32 cannot tell: the row is scored.
      const bool is_told = square > 1e-30F && square < 1e30F;
      block.scale[at(i)] =
          is_told ? 1 / std::sqrt(square) : std::numeric_limits<float>::quiet_NaN();
    }
  } else if (similarity_ == Similarity::kDistance) {
    for (std::int64_t i = 0; i < count; ++i) block.bias[at(i)] = -0.5F * block.squares[at(i)];
  }
}

/// What a product must be at least, less what float32 may have lost: a sum of D products is wrong
/// by D u |q| |r| at most (N. Higham, "Accuracy and stability of numerical algorithms", 3.1), and
/// twice that covers the other roundings.
float Group::bar(std::int64_t q, float least, double longest) const {
  if (!(least > -kInfinity)) return -kInfinity;
  const double wrong = 2 * (static_cast<double>(width_) + 16) * 0x1p-24;
  const double tiny = static_cast<double>(width_) * 1e-37;
  const double square = squares_[at(q)], size = std::sqrt(square * longest);
  // A product may have passed what float32 holds on the way, where later ones would have cancelled
  // it. `longest` is infinite where the square of a row is.
  if (!(size < 1e37) || !(square < 1e37)) return -kInfinity;
  const double wanted = double{least};
  double bar = wanted, scale = size + std::abs(wanted);
  if (similarity_ == Similarity::kCosine) scale = 1 + std::abs(wanted);
  if (similarity_ == Similarity::kDistance) {
    bar = (square - wanted * wanted) / 2;
    scale = size + longest + square + wanted * wanted;
  }
  return static_cast<float>(bar - wrong * scale - tiny);
}

float Group::score(std::int64_t q, const float* row) const {
  const float* const vector = queries_.vectors + q * width_;
  switch (similarity_) {
    case Similarity::kDot:
      return static_cast<float>(inner_product(vector, row, width_));
    case Similarity::kCosine: {
      const double squares = squares_[at(q)] * inner_product(row, row, width_);
      if (squares == 0) return 0;
      return static_cast<float>(inner_product(vector, row, width_) / std::sqrt(squares));
    }
    case Similarity::kDistance:
      break;
  }
  return -static_cast<float>(std::sqrt(sum_of(width_, [&](std::int64_t i) {
    const double difference = double{vector[i]} - double{row[i]};
    return difference * difference;
  })));
}

void Group::offer(std::int64_t q, std::int64_t id, const float* row, Nearest& found) const {
  if (queries_.excluded != nullptr && queries_.excluded[q] == id) return;
  const Candidate candidate{score(q, row), id};
  const float floor = floors_[q].get();
  if (floor > -kInfinity && !(candidate.score >= floor)) return;
  found.offer(candidate);
}

void Group::search(std::int64_t begin, std::int64_t end, std::vector<Nearest>& found) const {
  const std::int64_t n = queries_.count, most = std::min(block_rows(width_), end - begin);
  Block block(most, n);
  std::vector<float> read(at(rows_.whole == nullptr ? most * width_ : 0));
  std::vector<std::int64_t> ids(at(rows_.whole == nullptr ? most : 0));
  std::vector<std::int32_t> places(at(std::max(most, n)));
  block.bars.resize(at(n));
  for (std::int64_t first = begin; first < end; first += most) {
    const std::int64_t count = std::min(most, end - first);
    const float* rows = read.data();
    if (rows_.whole != nullptr) {
      rows = rows_.whole + first * width_;
    } else {
      std::iota(ids.begin(), ids.end(), first);
      rows_.table->read(ids.data(), count, read.data());
    }
    compare(rows, count, block);
    for (std::int64_t q = 0; q < n; ++q)
      block.bars[at(q)] = bar(q, std::max(floors_[q].get(), found[at(q)].least()), block.longest);
    if (is_few_) {
      for (std::int64_t q = 0; q < n; ++q) {
        const std::int64_t passed =
            kernels::rows_at_bar(block.dots.data() + q * count, block.scale.data(),
                                 block.bias.data(), block.bars[at(q)], count, places.data());
        for (std::int64_t j = 0; j < passed; ++j)
          offer(q, first + places[at(j)], rows + places[at(j)] * width_, found[at(q)]);
      }
    } else {
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t passed =
            kernels::queries_at_bar(block.dots.data() + i * n, block.scale[at(i)],
                                    block.bias[at(i)], block.bars.data(), n, places.data());
        for (std::int64_t j = 0; j < passed; ++j)
          offer(places[at(j)], first + i, rows + i * width_, found[at(places[at(j)])]);
      }
    }
    for (std::int64_t q = 0; q < n; ++q) floors_[q].raise(found[at(q)].least());
  }
}

}  // namespace

void nearest(const SearchedRows& searched, const NearestQueries& queries, Similarity similarity,
             std::int64_t k, std::int64_t* out_ids, float* out_scores) {
  const std::int64_t rows = searched.rows, width = searched.width;
  const std::int64_t together =
      std::min(queries.count, std::clamp<std::int64_t>(2 * kBlockFloats / width, 16, kMostQueries));
  if (queries.count == 0) return;
  std::vector<Floor> floors(at(queries.count));
  std::vector<Group> groups;
  for (std::int64_t q = 0; q < queries.count; q += together) {
    const NearestQueries some{queries.vectors + q * width, std::min(together, queries.count - q),
                              queries.excluded == nullptr ? nullptr : queries.excluded + q};
    groups.emplace_back(searched, some, similarity, floors.data() + q);
  }
  // A task is some rows for a group: many groups are shared out by themselves.
  const auto group_count = static_cast<std::int64_t>(groups.size());
  const std::int64_t parts = std::max<std::int64_t>(1, kTasks / group_count);
  const std::int64_t least = std::max(kLeastRows, kTaskProducts / (width * together));
  const std::int64_t chunk = std::max(least, (rows - 1) / parts + 1);
  const std::int64_t chunks = (rows - 1) / chunk + 1;
  std::vector<std::vector<Nearest>> found(at(group_count * chunks));
  parallel::for_chunks(group_count * chunks, 1, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t task = first; task < last; ++task) {
      const Group& group = groups[at(task / chunks)];
      const std::int64_t begin = task % chunks * chunk, end = std::min(rows, begin + chunk);
      found[at(task)].assign(at(group.count()), Nearest(k));
      group.search(begin, end, found[at(task)]);
    }
  });
  for (std::int64_t q = 0; q < queries.count; ++q) {
    std::vector<Candidate> all;
    for (std::int64_t part = 0; part < chunks; ++part) {
      const auto& some = found[at(q / together * chunks + part)][at(q % together)].all();
      all.insert(all.end(), some.begin(), some.end());
    }
    std::partial_sort(all.begin(), all.begin() + k, all.end(), nearer);
    for (std::int64_t i = 0; i < k; ++i) {
      out_ids[q * k + i] = all[at(i)].id;
      const float score = all[at(i)].score;
      out_scores[q * k + i] = similarity == Similarity::kDistance ? 0 - score : score;
    }
  }
}

}  // namespace keratin::table
