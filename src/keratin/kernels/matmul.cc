// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/matmul.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "keratin/parallel/parallel.h"

// Tiles are arrays of vectors, whose size the compiler must know: not those of SVE.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "keratin/kernels/matmul.cc"
#include "hwy/foreach_target.h"  // compiles this file once for each instruction set
#include "hwy/highway.h"

#ifndef KERATIN_KERNELS_MATMUL_ONCE
#define KERATIN_KERNELS_MATMUL_ONCE
namespace keratin::kernels {

/// A matrix by strides, in floats.
struct Strided {
  const float* data;
  std::int64_t row, column;

  Strided from(std::int64_t i, std::int64_t j) const {
    return {data + i * row + j * column, row, column};
  }
  Strided transpose() const { return {data, column, row}; }
};

/// What one task does: c (m, n), whose rows lie c_row apart, (+)= a (m, k) b (k, n).
struct Product {
  Strided a, b;
  std::int64_t m, k, n;
  bool accumulate;
  float* c;
  std::int64_t c_row;
};

/// Steps along a and b that a tile takes at once: so many that a panel of b fits the first cache.
inline constexpr std::int64_t kSteps = 128;

/// Whether a is transposed and its columns lie so far apart that those of a tile are in each
/// other's way in the first cache: then it is packed too.
inline bool is_far(const Strided& a) { return a.row == 1 && a.column >= 512; }
/// Rows of such a matrix in a task at most. What is packed of them stays in the second cache.
inline constexpr std::int64_t kFarRows = 128;
inline float* room_for_a() {
  alignas(64) thread_local std::array<float, (kFarRows + 8) * kSteps> room;
  return room.data();
}

/// Where part i begins of `whole` in `parts` parts, which differ by one at most.
inline std::int64_t part(std::int64_t whole, std::int64_t parts, std::int64_t i) {
  return i * whole / parts;
}

}  // namespace keratin::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace keratin::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = hn::MaxLanes(D());

// -- a tile of c: its sums stay in registers while the products go by -----------------------------

// As many as there are registers, less those for a row of b and an element of a.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
constexpr int kSums = 24, kMostRows = 8;
#else
constexpr int kSums = 12, kMostRows = 6;
#endif
constexpr int kMostVectors = 8;
constexpr int most_vectors(int rows) { return std::min(kMostVectors, kSums / rows); }

/// c[r][j] (+)= the sum of a[r][p] b[p][j] over p < steps, in this order, from 0.
struct Tile {
  Strided a;
  const float* b;
  std::int64_t b_row, steps;
  std::int64_t last;  // columns of the last vector
  bool padded;        // b has zeros behind them
  bool accumulate;
  float* c;
  std::int64_t c_row;
};

/// The first `count` lanes at `from`, zeros behind. Reads no other.
HWY_INLINE V load_part(const float* from, std::int64_t count) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  return hn::MaskedLoad(hn::FirstN(D(), static_cast<std::size_t>(count)), D(), from);
#else
  HWY_ALIGN float lanes[kLanes] = {};
  for (std::int64_t j = 0; j < count; ++j) lanes[j] = from[j];
  return hn::Load(D(), lanes);
#endif
}

HWY_INLINE void store_part(V x, std::int64_t count, float* to) {
  HWY_ALIGN float lanes[kLanes];
  hn::Store(x, D(), lanes);
  for (std::int64_t j = 0; j < count; ++j) to[j] = lanes[j];
}

template <int kRows, int kVectors, bool kPart>
HWY_INLINE void sum_up(const Tile& t, V (&sum)[kRows][kVectors]) {
  std::int64_t row[kRows];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) row[r] = r * t.a.row;
  const float* a = t.a.data;
  const float* b = t.b;
  for (std::int64_t p = 0; p < t.steps; ++p, a += t.a.column, b += t.b_row) {
    V x[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      x[v] = kPart && v == kVectors - 1 ? load_part(b + v * kLanes, t.last)
                                        : hn::LoadU(D(), b + v * kLanes);
    }
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const V factor = hn::Set(D(), a[row[r]]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(factor, x[v], sum[r][v]);
    }
  }
}

template <int kRows, int kVectors>
HWY_NOINLINE void multiply_tile(const Tile& t) {
  const D d;
  V sum[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(d);
  }
  const bool partly = t.last != kLanes;
  if (partly && !t.padded) {
    sum_up<kRows, kVectors, true>(t, sum);
  } else {
    sum_up<kRows, kVectors, false>(t, sum);
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
    float* c = t.c + r * t.c_row;
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v, c += kLanes) {
      if (partly && v == kVectors - 1) {
        const V before = t.accumulate ? load_part(c, t.last) : hn::Zero(d);
        store_part(hn::Add(before, sum[r][v]), t.last, c);
      } else {
        hn::StoreU(t.accumulate ? hn::Add(hn::LoadU(d, c), sum[r][v]) : sum[r][v], d, c);
      }
    }
  }
}

/// multiply_tile for a number of rows, one less than which is the first index, and of vectors.
template <int kRows, std::size_t... kV>
constexpr auto tiles_of_rows(std::index_sequence<kV...>) {
  return std::array{
      multiply_tile<kRows, std::min(static_cast<int>(kV) + 1, most_vectors(kRows))>...};
}
template <std::size_t... kR>
constexpr auto all_tiles(std::index_sequence<kR...>) {
  return std::array{
      tiles_of_rows<static_cast<int>(kR) + 1>(std::make_index_sequence<kMostVectors>())...};
}
constexpr auto kTiles = all_tiles(std::make_index_sequence<kMostRows>());

// -- a panel of b: some columns, packed so that a tile reads them row after row -------------------

// Its width in vectors.
constexpr int kPanelVectors = kSums / kMostRows;

#if HWY_TARGET != HWY_SCALAR
/// Four rows of `count` floats, `row` apart, become `count` rows of four, `width` apart.
HWY_INLINE void transpose_four(const float* from, std::int64_t row, std::int64_t count, float* to,
                               std::int64_t width) {
  const D d;
  V rows[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    rows[r] = count == kLanes ? hn::LoadU(d, from + r * row) : load_part(from + r * row, count);
  }
  const hn::RepartitionToWide<D> dw;
  const auto low01 = hn::BitCast(dw, hn::InterleaveLower(d, rows[0], rows[1]));
  const auto low23 = hn::BitCast(dw, hn::InterleaveLower(d, rows[2], rows[3]));
  const auto high01 = hn::BitCast(dw, hn::InterleaveUpper(d, rows[0], rows[1]));
  const auto high23 = hn::BitCast(dw, hn::InterleaveUpper(d, rows[2], rows[3]));
  // Within each four floats of a vector: column p % 4 of the four columns that lie there.
  HWY_ALIGN float columns[4][kLanes];
  hn::Store(hn::BitCast(d, hn::InterleaveLower(dw, low01, low23)), d, columns[0]);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(dw, low01, low23)), d, columns[1]);
  hn::Store(hn::BitCast(d, hn::InterleaveLower(dw, high01, high23)), d, columns[2]);
  hn::Store(hn::BitCast(d, hn::InterleaveUpper(dw, high01, high23)), d, columns[3]);
  const hn::CappedTag<float, 4> four;
  for (std::int64_t p = 0; p < count; ++p, to += width)
    hn::StoreU(hn::LoadU(four, columns[p % 4] + p / 4 * 4), four, to);
}
#endif

/// The first `columns` columns and `steps` rows of b as rows of `width`, zeros behind.
void pack(const Strided& b, std::int64_t steps, std::int64_t columns, std::int64_t width,
          float* panel) {
  const D d;
  if (b.column == 1) {
    const std::int64_t whole = columns / kLanes * kLanes;
    for (std::int64_t p = 0; p < steps; ++p, panel += width) {
      const float* from = b.data + p * b.row;
      for (std::int64_t j = 0; j < whole; j += kLanes)
        hn::StoreU(hn::LoadU(d, from + j), d, panel + j);
      if (whole != columns) hn::StoreU(load_part(from + whole, columns - whole), d, panel + whole);
    }
    return;
  }
  std::int64_t j = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; j + 4 <= columns; j += 4) {
    for (std::int64_t p = 0; p < steps; p += kLanes)
      transpose_four(b.data + j * b.column + p, b.column, std::min(kLanes, steps - p),
                     panel + p * width + j, width);
  }
#endif
  for (; j < width; ++j) {
    const float* from = b.data + j * b.column;
    for (std::int64_t p = 0; p < steps; ++p) panel[p * width + j] = j < columns ? from[p] : 0.0F;
  }
}

// -- bands of a, packed so that a tile reads a column of one as it stands -------------------------

/// `rows` rows and `steps` columns of a, a transposed one, as columns of kMostRows.
void pack_band(const Strided& a, std::int64_t rows, std::int64_t steps, float* band) {
  for (std::int64_t p = 0; p < steps; ++p, band += kMostRows) {
    const float* from = a.data + p * a.column;
    if (rows == kMostRows) {
      std::memcpy(band, from, sizeof(float) * kMostRows);
    } else {
      std::copy(from, from + rows, band);
    }
  }
}

// -- c as a grid of tiles -------------------------------------------------------------------------

/// Bands of rows and panels of columns, each of nearly the same size.
struct Grid {
  Grid(const Product& q, bool packed) : bands((q.m - 1) / kMostRows + 1) {
    const auto rows = static_cast<int>((q.m - 1) / bands + 1);
    const int most = packed ? std::min(kPanelVectors, most_vectors(rows)) : most_vectors(rows);
    vectors = (q.n - 1) / kLanes + 1;
    panels = (vectors - 1) / most + 1;
  }
  std::int64_t bands, vectors, panels;
};

/// Some steps from p on, and the columns of one panel.
struct Panel {
  Panel(const Product& q, const Grid& grid, std::int64_t first_step, std::int64_t i)
      : p(first_step), steps(std::min(kSteps, q.k - p)) {
    const std::int64_t first = part(grid.vectors, grid.panels, i);
    vectors = part(grid.vectors, grid.panels, i + 1) - first;
    j = first * kLanes;
    columns = std::min(vectors * kLanes, q.n - j);
  }
  std::int64_t p, steps, j, vectors, columns;
};

HWY_INLINE void multiply_band(const Product& q, const Grid& grid, const Panel& panel,
                              std::int64_t band, const Strided& a, const float* b,
                              std::int64_t b_row, bool padded) {
  const std::int64_t i = part(q.m, grid.bands, band);
  const std::int64_t rows = part(q.m, grid.bands, band + 1) - i;
  const std::int64_t last = panel.columns - (panel.vectors - 1) * kLanes;
  kTiles[static_cast<std::size_t>(rows - 1)][static_cast<std::size_t>(panel.vectors - 1)](
      {a, b, b_row, panel.steps, last, padded, q.accumulate || panel.p != 0,
       q.c + i * q.c_row + panel.j, q.c_row});
}

void multiply_as_it_lies(const Product& q) {
  const Grid grid(q, false);
  for (std::int64_t p = 0; p < q.k; p += kSteps) {
    for (std::int64_t band = 0; band < grid.bands; ++band) {
      for (std::int64_t i = 0; i < grid.panels; ++i) {
        const Panel panel(q, grid, p, i);
        multiply_band(q, grid, panel, band, q.a.from(part(q.m, grid.bands, band), p),
                      q.b.from(p, panel.j).data, q.b.row, false);
      }
    }
  }
}

void multiply_packed(const Product& q) {
  HWY_ALIGN float packed[kSteps * kPanelVectors * kLanes];  // on the stack: 24 KB, or fewer
  const Grid grid(q, true);
  float* const packed_a = is_far(q.a) ? room_for_a() : nullptr;
  for (std::int64_t p = 0; p < q.k; p += kSteps) {
    const std::int64_t steps = std::min(kSteps, q.k - p);
    const auto place = [&](std::int64_t band) { return packed_a + band * steps * kMostRows; };
    for (std::int64_t band = 0; packed_a != nullptr && band < grid.bands; ++band) {
      const std::int64_t i = part(q.m, grid.bands, band);
      pack_band(q.a.from(i, p), part(q.m, grid.bands, band + 1) - i, steps, place(band));
    }
    for (std::int64_t i = 0; i < grid.panels; ++i) {
      const Panel panel(q, grid, p, i);
      const std::int64_t width = panel.vectors * kLanes;
      pack(q.b.from(p, panel.j), panel.steps, panel.columns, width, packed);
      for (std::int64_t band = 0; band < grid.bands; ++band) {
        const Strided a = packed_a != nullptr ? Strided{place(band), 1, kMostRows}
                                              : q.a.from(part(q.m, grid.bands, band), p);
        multiply_band(q, grid, panel, band, a, packed, width, true);
      }
    }
  }
}

/// One row of c where b lies transposed: each element is a sum along a row of the memory of b.
void multiply_one_row(const Product& q) {
  constexpr int kAtOnce = 4;
  const D d;
  for (std::int64_t j = 0; j < q.n; j += kAtOnce) {
    const float* b[kAtOnce];
    V sum[kAtOnce];
    for (int r = 0; r < kAtOnce; ++r) {
      b[r] = q.b.data + std::min(j + r, q.n - 1) * q.b.column;  // past the end: the last again
      sum[r] = hn::Zero(d);
    }
    std::int64_t p = 0;
    for (; p + kLanes <= q.k; p += kLanes) {
      const V x = hn::LoadU(d, q.a.data + p);
#pragma GCC unroll 4
      for (int r = 0; r < kAtOnce; ++r) sum[r] = hn::MulAdd(x, hn::LoadU(d, b[r] + p), sum[r]);
    }
    if (p != q.k) {
      const V x = load_part(q.a.data + p, q.k - p);
#pragma GCC unroll 4
      for (int r = 0; r < kAtOnce; ++r)
        sum[r] = hn::MulAdd(x, load_part(b[r] + p, q.k - p), sum[r]);
    }
    for (int r = 0; r < kAtOnce && j + r < q.n; ++r) {
      const float total = hn::GetLane(hn::SumOfLanes(d, sum[r]));
      q.c[j + r] = q.accumulate ? q.c[j + r] + total : total;
    }
  }
}

void Multiply(const Product& q) {
  // Packing b pays where many rows of a meet more of it than the first cache holds.
  constexpr std::int64_t kInCache = 4096;
  if (q.b.column == 1 && (q.m <= kMostRows || q.k * q.n <= kInCache)) {
    multiply_as_it_lies(q);
  } else if (q.b.column != 1 && q.m == 1 && q.a.column == 1) {
    multiply_one_row(q);
  } else {
    multiply_packed(q);
  }
}

}  // namespace keratin::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace keratin::kernels {

HWY_EXPORT(Multiply);

void matmul(MatrixView a, MatrixView b, std::int64_t m, std::int64_t k, std::int64_t n,
            bool accumulate, float* c, std::int64_t c_row) {
  // Rows of c in a task at most; products in it at least, or elements of b, which few rows meet no
  // faster than memory gives them, where columns are shared out as well: in panels of every
  // instruction set, since what a task reads of a should meet as much of b as registers hold.
  constexpr std::int64_t kRows = 240, kColumns = 48, kProducts = 1 << 20, kElements = 1 << 17;
  constexpr std::int64_t kFarColumns = 288;  // that what is packed of a meets many of b
  if (m == 0 || n == 0) return;
  if (c_row == 0) c_row = n;
  if (k == 0) {
    if (accumulate) return;
    for (std::int64_t i = 0; i < m; ++i) std::fill(c + i * c_row, c + i * c_row + n, 0.0F);
    return;
  }
  const auto strided = [](const MatrixView& x, std::int64_t rows, std::int64_t columns) {
    const std::int64_t row = x.row != 0 ? x.row : x.transposed ? rows : columns;
    return x.transposed ? Strided{x.data, 1, row} : Strided{x.data, row, 1};
  };
  Product all = {strided(a, m, k), strided(b, k, n), m, k, n, accumulate, c, c_row};
  // A column is the same memory as a row, and vectors lie along rows.
  if (n == 1 && c_row == 1) all = {all.b.transpose(), all.a.transpose(), 1, k, m, accumulate, c, m};

  const bool far = is_far(all.a);
  const std::int64_t most_rows = far ? kFarRows : kRows;
  const std::int64_t least_columns = far ? kFarColumns : kColumns;
  const std::int64_t bands = (all.m - 1) / most_rows + 1;
  const std::int64_t units = (all.n - 1) / least_columns + 1;
  const std::int64_t panels =
      std::clamp(std::max(all.m / bands * k * all.n / kProducts, k * all.n / kElements),
                 std::int64_t{1}, units);
  parallel::for_chunks(bands * panels, 1, [&](std::int64_t first, std::int64_t end) {
    for (std::int64_t task = first; task < end; ++task) {
      const std::int64_t band = task / panels, panel = task % panels;
      const std::int64_t i = part(all.m, bands, band);
      const std::int64_t j = part(units, panels, panel) * least_columns;
      const std::int64_t j_end = std::min(part(units, panels, panel + 1) * least_columns, all.n);
      const Product one = {all.a.from(i, 0),
                           all.b.from(0, j),
                           part(all.m, bands, band + 1) - i,
                           k,
                           j_end - j,
                           accumulate,
                           c + i * all.c_row + j,
                           all.c_row};
      HWY_DYNAMIC_DISPATCH(Multiply)(one);
    }
  });
}

}  // namespace keratin::kernels
#endif
