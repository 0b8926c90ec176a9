// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "keratin/base/error.h"
#include "keratin/base/format_error.h"
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
  switch (line.command) {
    case Command::kNone:
      break;
    case Command::kTrain:
      return run_train(line.train);
    case Command::kDemo:
      return run_demo(line.demo);
    case Command::kPredict:
      return run_predict(line.predict);
    case Command::kTest:
      return run_test(line.test);
    case Command::kInfo:
      return run_info(line.info);
    case Command::kConvert:
      return run_convert(line.convert);
    case Command::kVectors:
      return run_vectors(line.vectors);
    case Command::kQuantize:
      return run_quantize(line.quantize);
  }
}

int main(int argc, char** argv) {
  try {
    run(read_command_line(argc, argv));
    return kOk;
  } catch (const Interrupted&) {
    return fail(kInterrupted, "interrupted");
  } catch (const InputError& error) {
    return fail(kBadInput, error.what());
  } catch (const FormatError& error) {
    return fail(kBadInput, error.what());
  } catch (const FileError& error) {
    // One that is not there, may not be read, or is none, is a matter of what was asked for.
    const bool is_input = error.code() != ENOSPC && error.code() != EIO && error.code() != EDQUOT;
    return fail(is_input ? kBadInput : kFailure, error.what());
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
