#include "core/codecs/json.h"
#include "web/module/device.h"
#include "web/module/taken.h"

namespace mibun::web {
namespace {

// Names are few and small; their list is as long as the wallet is old.
constexpr json::Limits kNames{.bytes_max = 16 * 1024 * 1024, .values_max = 200'000};

Status written(int result) {
  if (result == 0) return {};
  return fail(ErrorCode::io_error, "browser", "the browser could not store it");
}

}  // namespace

Instant PageClock::now() const {
  return Instant::from_unix_milliseconds(static_cast<std::int64_t>(page_clock_now()));
}

Result<std::string> PageStore::read(std::string_view name) {
  const int size = page_record_read(name.data(), name.size());
  if (size < 0) return fail(ErrorCode::not_found, std::string(name));
  return taken(size);
}

Status PageStore::write(std::string_view name, std::string_view value) {
  return written(page_record_write(name.data(), name.size(), value.data(), value.size()));
}

Status PageStore::remove(std::string_view name) {
  return written(page_record_remove(name.data(), name.size()));
}

Result<std::vector<std::string>> PageStore::names(std::string_view prefix) {
  const int size = page_record_names(prefix.data(), prefix.size());
  if (size < 0) return fail(ErrorCode::io_error, "browser");
  MIBUN_TRY(const json::Value list, json::parse(taken(size), kNames));
  if (!list.is_array()) return fail(ErrorCode::json_wrong_type, "names");
  return json::string_array(list.get_array(), "names");
}

}  // namespace mibun::web
