#include "platform/restic/lock.h"

#include <fstream>

#include "core/codecs/json.h"
#include "platform/files/files.h"

namespace mibun::restic {
namespace {

constexpr std::size_t kNameBytesMax = 15;  // the kernel keeps no more of a program's name

// Whether it has ended, or is about to, and still has its number: then it has no memory any more, and so no arguments.
bool has_ended(const std::string& process) {
  std::ifstream file(process + "/cmdline");
  return file.is_open() && file.peek() == std::ifstream::traits_type::eof();
}

}  // namespace

Result<Lock> read_lock(std::string_view text) {
  MIBUN_TRY(const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "lock");
  Lock lock;
  MIBUN_TRY(lock.hostname, reader.string("hostname"));
  MIBUN_TRY(lock.time, reader.string("time"));
  MIBUN_TRY(lock.pid, reader.integer("pid"));
  return lock;
}

LockMaker maker_of(const Lock& lock, std::string_view hostname, std::string_view program) {
  if (lock.hostname != hostname) return LockMaker::elsewhere;
  const std::string process = "/proc/" + std::to_string(lock.pid);
  if (lock.pid <= 0 || !files::exists(process)) return LockMaker::gone;
  std::ifstream file(process + "/comm");
  std::string is;
  if (!std::getline(file, is)) return files::exists(process) ? LockMaker::here : LockMaker::gone;
  const std::string_view called = program.substr(program.rfind('/') + 1).substr(0, kNameBytesMax);
  return is == called && !has_ended(process) ? LockMaker::here : LockMaker::replaced;
}

}  // namespace mibun::restic
