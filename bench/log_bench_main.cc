// log_bench [--tiny] [FOLDER]: how many records a second become durable in a log with two sinks, by how many at once
// wait for theirs, next to what one writer reaches that appends as many bytes to one file and calls fdatasync. In
// FOLDER, or the system's folder for temporary files: what is measured is its disk. Ends as Google Benchmark does.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "bench/log_of_two.h"
#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"

namespace mibun::bench {
namespace {

// A folder of its own, gone at the end.
class Folder {
 public:
  explicit Folder(const std::string& below) {
    crypto::SystemRng rng;
    path_ = below + "/mibun-log-bench-" + hex::encode(rng.bytes(8));
    std::filesystem::create_directory(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The raw limit: one file, one writer, nothing but the bytes.
void sync_raw(benchmark::State& state, const std::string& path) {
  const Bytes record = operation_record(1'000'000).value();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  for (auto _ : state) {
    if (::write(file, record.data(), record.size()) != static_cast<ssize_t>(record.size()) || ::fdatasync(file) != 0) {
      state.SkipWithError("the disk does not take it");
      break;
    }
  }
  ::close(file);
  state.SetItemsProcessed(state.iterations());
}

void append_record(benchmark::State& state, log_tree::LogWriter& log) {
  const log_tree::EntryMaker maker = [](std::uint64_t index) { return operation_record(index); };
  for (auto _ : state) {
    if (!log.append({&maker, 1})) {
      state.SkipWithError("the log does not take it");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

int run(const std::string& below, bool tiny) {
  const Folder folder(below);
  const auto log = open_log_of_two(folder.path());
  if (!log) {
    std::fprintf(stderr, "log_bench: %s\n", log.error().detail.c_str());
    return 1;
  }
  const auto settle = [&](benchmark::internal::Benchmark* one) {
    one->UseRealTime()->Unit(benchmark::kMicrosecond);
    if (tiny) one->Iterations(2);
  };
  settle(benchmark::RegisterBenchmark("fdatasync/one writer",
                                      [&](benchmark::State& state) { sync_raw(state, folder.path() + "/raw"); }));
  for (const int at_once : {1, 2, 8, 64, 256}) {
    settle(benchmark::RegisterBenchmark("append/two sinks", [&](benchmark::State& state) {
             append_record(state, **log);
           })->Threads(at_once));
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace mibun::bench

int main(int argc, char** argv) {
  bool tiny = false;
  std::string below = std::filesystem::temp_directory_path().string();
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--tiny") {
      tiny = true;
    } else if (argv[i][0] != '-') {
      below = argv[i];
    }
  }
  benchmark::Initialize(&argc, argv);
  return mibun::bench::run(below, tiny);
}
