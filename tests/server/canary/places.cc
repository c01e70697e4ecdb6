#include "tests/server/canary/places.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/server/canary/many.h"

namespace mibun::server {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

Bytes whole_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot be read: " + path.string());
  return Bytes(std::istreambuf_iterator<char>(in), {});
}

struct Mapping {
  std::uint64_t begin = 0, end = 0;
  std::string name;
};

std::vector<Mapping> readable_mappings(const std::string& base) {
  std::vector<Mapping> mappings;
  std::ifstream maps(base + "/maps");
  for (std::string line; std::getline(maps, line);) {
    Mapping mapping;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &mapping.begin, &mapping.end, rights) != 3 || rights[0] != 'r')
      continue;
    std::istringstream words(line);
    std::string word;
    for (int i = 0; words >> word; ++i) {
      if (i == 5) mapping.name = std::filesystem::path(word).filename();
    }
    if (mapping.name.starts_with("[v")) continue;  // [vvar], [vdso], [vsyscall]: the kernel's
    mappings.push_back(std::move(mapping));
  }
  if (mappings.empty()) throw std::runtime_error("the server has no memory: " + base);
  return mappings;
}

// Piece by piece, so that one page that is gone does not hide what lies behind it.
std::uint64_t read_mapping(int memory, const Mapping& mapping, Bytes& content) {
  std::uint64_t missing = 0;
  content.assign(mapping.end - mapping.begin, 0);
  for (std::uint64_t at = mapping.begin; at < mapping.end;) {
    const std::size_t size = std::min<std::uint64_t>(kPieceBytes, mapping.end - at);
    const ssize_t got = ::pread(memory, content.data() + (at - mapping.begin), size, static_cast<off_t>(at));
    const std::uint64_t step = got > 0 ? static_cast<std::uint64_t>(got) : 4096;
    if (got <= 0) missing += step;
    at += step;
  }
  return missing;
}

}  // namespace

void visit_files(const std::string& folder, const VisitPlace& visit) {
  std::string names;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names += entry.path().filename().string() + "\n";
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  many_at_a_time(paths.size(), 2, [&](std::size_t i) { visit({paths[i].filename().string(), whole_file(paths[i])}); });
  visit({"the names of files", to_bytes(names)});
}

std::uint64_t visit_memory(pid_t process, const VisitPlace& visit) {
  const std::string base = "/proc/" + std::to_string(process);
  const int memory = ::open((base + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) throw std::runtime_error("the memory of the server cannot be read");
  std::uint64_t missing = 0;
  for (const Mapping& mapping : readable_mappings(base)) {
    Place place{"memory: " + (mapping.name.empty() ? "anonymous" : mapping.name), {}};
    missing += read_mapping(memory, mapping, place.content);
    visit(place);
  }
  ::close(memory);
  return missing;
}

}  // namespace mibun::server
