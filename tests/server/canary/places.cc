#include "tests/server/canary/places.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace mibun::server {

void visit_files(const std::string& folder, const VisitPlace& visit) {
  std::string names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names += entry.path().filename().string() + "\n";
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    visit({entry.path().filename().string(), Bytes(std::istreambuf_iterator<char>(in), {})});
  }
  visit({"the names of files", to_bytes(names)});
}

void visit_memory(pid_t process, const VisitPlace& visit) {
  const std::string base = "/proc/" + std::to_string(process);
  const int memory = ::open((base + "/mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) throw std::runtime_error("the memory of the server cannot be read");
  std::ifstream maps(base + "/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t begin = 0, end = 0;
    char rights[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, rights) != 3 || rights[1] != 'w') continue;
    std::istringstream words(line);
    std::string name, word;
    for (int i = 0; words >> word; ++i) {
      if (i == 5) name = std::filesystem::path(word).filename();
    }
    Bytes content(end - begin);
    const ssize_t got = ::pread(memory, content.data(), content.size(), static_cast<off_t>(begin));
    content.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    visit({"memory: " + (name.empty() ? "anonymous" : name), std::move(content)});
  }
  ::close(memory);
}

}  // namespace mibun::server
