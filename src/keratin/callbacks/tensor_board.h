// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "keratin/callbacks/save_freq.h"
#include "keratin/trainers/callback.h"

namespace keratin::formats {
class EventFile;
}

namespace keratin::callbacks {

struct TensorBoardOptions {
  std::string log_dir = "logs";
  std::int64_t histogram_freq = 0;  // epochs from one to the next; 0: none
  bool write_graph = true;
  bool write_steps_per_second = false;
  SaveFreq update_freq = {};         // a number: the numbers of every so many batches too
  std::int64_t embeddings_freq = 0;  // epochs from one to the next; 0: none
  /// By the name of the Embedding, a file of what its rows are, a line a row, as the projector
  /// finds it from log_dir; under "" for all that are not named.
  std::map<std::string, std::string> embeddings_metadata = {};
};

/// Writes a run for TensorBoard: events in `log_dir`/train and `log_dir`/validation. Keras:
/// `TensorBoard`.
///
///   epoch_<name>                           the numbers of an epoch, those of its validation
///   without "val_"; the
///                                          learning rate; steps_per_second where wanted
///   batch_<name>                           the numbers of a batch, by the count of batches of the
///   run, where
///                                          update_freq is a number
///   evaluation_<name>_vs_iterations        those of an evaluation, by the optimizer's iterations
///   <path of the weight>/histogram         the weights of each layer
///   keras                                  the model's architecture, of a Sequential or Functional
///   one
///
/// With embeddings_freq the rows of every Embedding, those within other layers too, are written to
/// `log_dir`, a line a row, and projector_config.pbtxt, which names them by their layers: the
/// projector shows those of the last time.
///
/// fit throws FileError for files that cannot be written; std::invalid_argument where
/// embeddings_metadata names what is no Embedding, and for a model that is not one of models/ where
/// its layers are to be shown.
class TensorBoard final : public Callback {
 public:
  using Options = TensorBoardOptions;
  /// Throws std::invalid_argument for a negative frequency, and an update_freq below 1.
  explicit TensorBoard(TensorBoardOptions options = {});
  template <std::convertible_to<std::string> Path>
  explicit TensorBoard(Path log_dir) : TensorBoard(Options{.log_dir = std::move(log_dir)}) {}
  ~TensorBoard() override;

  /// Other options from now on; the files of another log_dir are new ones. Throws, and changes
  /// nothing, as the constructor does.
  void set_options(TensorBoardOptions options);

  void on_train_begin(const Logs& logs) override;
  void on_train_end(const Logs& logs) override;
  void on_epoch_begin(int epoch, const Logs& logs) override;
  void on_epoch_end(int epoch, Logs& logs) override;
  void on_train_batch_begin(std::int64_t batch, const Logs& logs) override;
  void on_train_batch_end(std::int64_t batch, const Logs& logs) override;
  void on_test_end(const Logs& logs) override;
  trainers::RunState run_state() const override;
  void set_run_state(const trainers::RunState& state) override;

 private:
  formats::EventFile& events_of(std::unique_ptr<formats::EventFile>& file, std::string_view folder);
  formats::EventFile& train();
  formats::EventFile& validation();
  void close();
  void flush();
  void write_histograms(int epoch);

  TensorBoardOptions options_;
  std::unique_ptr<formats::EventFile> train_;  // made when there is something to write
  std::unique_ptr<formats::EventFile> validation_;
  std::int64_t batches_ = 0;     // of the run
  std::int64_t iterations_ = 0;  // of the optimizer, at the begin of the epoch
  double epoch_began_ = 0;       // in seconds
  double batch_began_ = 0;
};

}  // namespace keratin::callbacks
