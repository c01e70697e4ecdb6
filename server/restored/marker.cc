#include "server/restored/marker.h"

#include "core/codecs/json.h"
#include "platform/files/files.h"

namespace mibun::server {

std::string RestoreMarker::to_json() const {
  json::Object object;
  object["generation"] = generation;
  object["made_at"] = to_jst_string(made_at);
  object["made_at_ms"] = made_at.unix_milliseconds();
  object["without_journal"] = without_journal;
  return json::serialize(object);
}

Result<std::optional<RestoreMarker>> RestoreMarker::read(const std::string& data_directory) {
  auto text = files::read_file(path(data_directory), 4096);
  if (!text && text.error().code == ErrorCode::not_found) return std::optional<RestoreMarker>();
  if (!text) return pass_error(text);
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(*text)));
  json::ObjectReader reader(object, "restored");
  RestoreMarker marker;
  MIBUN_TRY(marker.generation, reader.integer("generation"));
  MIBUN_TRY(const std::string_view shown, reader.string("made_at"));
  static_cast<void>(shown);
  MIBUN_TRY(const std::int64_t made_at, reader.integer("made_at_ms"));
  marker.made_at = Instant::from_unix_milliseconds(made_at);
  MIBUN_TRY(marker.without_journal, reader.boolean("without_journal"));
  MIBUN_CHECK(reader.finish());
  return std::optional<RestoreMarker>(marker);
}

}  // namespace mibun::server
