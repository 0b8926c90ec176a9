// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "keratin/base/error.h"
#include "keratin/cli/command_line.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/report.h"
#include "keratin/parallel/parallel.h"

namespace keratin::cli {
namespace {

int fail(int code, std::string_view message) {
  std::fputs(str("keratin: ", message, "\n").c_str(), stderr);
  return code;
}

void run(const CommandLine& line) {
  if (line.command == Command::kNone) {
    write_out(line.print);
    return;
  }
  catch_interrupts();
  parallel::set_num_threads(line.threads);
  if (line.command == Command::kTrain) run_train(line.train);
  if (line.command == Command::kDemo) run_demo(line.demo);
}

int main(int argc, char** argv) {
  try {
    run(read_command_line(argc, argv));
    return kOk;
  } catch (const Interrupted&) {
    return fail(kInterrupted, "interrupted");
  } catch (const InputError& error) {
    return fail(kBadInput, error.what());
  } catch (const UsageError& error) {
    return fail(kUsage, error.what());
  } catch (const std::invalid_argument& error) {  // of a layer or an optimizer, which options made
    return fail(kUsage, error.what());
  } catch (const std::bad_alloc& error) {
    return fail(kFailure, str("memory ran out (", error.what(),
                              "): a smaller --output-dim, --batch-size or --num-words may help"));
  } catch (const std::exception& error) {
    return fail(kFailure, error.what());
  }
}

}  // namespace
}  // namespace keratin::cli

int main(int argc, char** argv) { return keratin::cli::main(argc, argv); }
