// SPDX-License-Identifier: Apache-2.0
#include "keratin/kernels/matmul.h"

#include <algorithm>
#include <csignal>

#include <dnnl.h>
#include <omp.h>

#include "keratin/parallel/parallel.h"

namespace keratin::kernels {
namespace {

// Below this many multiplications the call of sgemm costs more than the product.
constexpr std::int64_t kSmall = 4096;
// Rows of c in one task: enough work for sgemm to reach its speed.
constexpr std::int64_t kRowsPerTask = 256;

/// Plain loops; the inner one runs along rows of c. `lda`: the stored width of a's rows.
void small_matmul(MatrixView a, std::int64_t lda, MatrixView b, std::int64_t m, std::int64_t k,
                  std::int64_t n, bool accumulate, float* c) {
  if (!accumulate) std::fill(c, c + m * n, 0.0F);
  if (b.transposed) {  // b lies as (n, k): dot products
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        float sum = 0;
        for (std::int64_t p = 0; p < k; ++p) {
          sum += (a.transposed ? a.data[p * lda + i] : a.data[i * lda + p]) * b.data[j * k + p];
        }
        c[i * n + j] += sum;
      }
    }
    return;
  }
  for (std::int64_t i = 0; i < m; ++i) {
    float* row = c + i * n;
    for (std::int64_t p = 0; p < k; ++p) {
      const float x = a.transposed ? a.data[p * lda + i] : a.data[i * lda + p];
      const float* from = b.data + p * n;
      for (std::int64_t j = 0; j < n; ++j) row[j] += x * from[j];
    }
  }
}

/// OpenMP's threads belong to the program; inside our tasks oneDNN may use one.
class OneOpenMpThread {
 public:
  OneOpenMpThread() : before_(omp_get_max_threads()) {
    if (before_ != 1) omp_set_num_threads(1);
  }
  ~OneOpenMpThread() {
    if (before_ != 1) omp_set_num_threads(before_);
  }
  OneOpenMpThread(const OneOpenMpThread&) = delete;
  OneOpenMpThread& operator=(const OneOpenMpThread&) = delete;

 private:
  int before_;
};

/// While it lives, signals wait. oneDNN, 3.11 and before at least, keeps the stack pointer in the
/// heap while its sgemm runs (uxlfoundation/oneDNN#4845): a handler called there, such as Python's
/// of Ctrl-C, writes its frame over memory of others. Faults of the machine cannot wait, and do
/// not.
class SignalsWait {
 public:
  SignalsWait() {
    sigset_t all;
    sigfillset(&all);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT})
      sigdelset(&all, fault);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~SignalsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsWait(const SignalsWait&) = delete;
  SignalsWait& operator=(const SignalsWait&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void matmul(MatrixView a, MatrixView b, std::int64_t m, std::int64_t k, std::int64_t n,
            bool accumulate, float* c) {
  if (m == 0 || n == 0) return;
  if (k == 0 || (m * n <= kSmall && m * n * k <= kSmall)) {
    small_matmul(a, a.transposed ? m : k, b, m, k, n, accumulate, c);
    return;
  }
  parallel::for_chunks(m, kRowsPerTask, [&](std::int64_t begin, std::int64_t end) {
    const OneOpenMpThread one;
    const SignalsWait wait;
    const float* a_rows = a.transposed ? a.data + begin : a.data + begin * k;
    const dnnl_status_t status =
        dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', end - begin, n, k, 1.0F,
                   a_rows, a.transposed ? m : k, b.data, b.transposed ? k : n,
                   accumulate ? 1.0F : 0.0F, c + begin * n, n);
    if (status != dnnl_success) {  // out of memory for its own buffers: slower, and right
      small_matmul({a_rows, a.transposed}, a.transposed ? m : k, b, end - begin, k, n, accumulate,
                   c + begin * n);
    }
  });
}

}  // namespace keratin::kernels
