#include "platform/keyd/generation_memory.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/base/bytes.h"
#include "platform/files/files.h"

namespace mibun::keyd {
namespace {

constexpr std::string_view kMagic = "mibun keyd memory 1 ";
constexpr std::size_t kFileBytesMax = 64;

std::string line_of(std::int64_t generation) {
  return std::string(kMagic) + std::to_string(generation) + "\n";
}

}  // namespace

Result<GenerationMemory> GenerationMemory::open(std::string path) {
  if (path.empty()) return GenerationMemory({}, 0);
  auto file = files::read_file(path, kFileBytesMax);
  if (!file && file.error().code == ErrorCode::not_found) return GenerationMemory(std::move(path), 0);
  if (!file) return pass_error(file);
  const std::string_view text = as_text(*file);
  std::int64_t generation = 0;
  if (text.starts_with(kMagic)) {
    std::from_chars(text.data() + kMagic.size(), text.data() + text.size(), generation);
  }
  if (generation <= 0 || text != line_of(generation)) {
    return fail(ErrorCode::keyd_integrity_error, path, "not the memory of a key table");
  }
  return GenerationMemory(std::move(path), generation);
}

std::int64_t GenerationMemory::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

Status GenerationMemory::raise(std::int64_t generation) {
  if (path_.empty()) return {};
  {
    const std::lock_guard lock(mutex_);
    wanted_ = std::max(wanted_, generation);
  }
  const std::lock_guard writing(writing_);
  std::int64_t next = 0;
  {
    const std::lock_guard lock(mutex_);
    if (generation_ >= generation) return {};  // another one's write had it
    next = wanted_;
  }
  MIBUN_CHECK(files::write_file_atomic(path_, as_bytes(line_of(next))));
  const std::lock_guard lock(mutex_);
  generation_ = next;
  return {};
}

}  // namespace mibun::keyd
