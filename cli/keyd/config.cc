#include "cli/keyd/config.h"

#include "platform/files/files.h"

namespace mibun::cli {
namespace {

constexpr std::size_t kConfigBytesMax = 64 * 1024;
constexpr std::int64_t kConnectionsMax = 256;
constexpr std::int64_t kOpensMax = 1'000'000;

Result<keyd::OpenRates> read_limits(const json::Object& object, const std::string& where) {
  keyd::OpenRates limits;
  json::ObjectReader reader(object, where);
  for (const keyd::Purpose purpose : keyd::all_purposes()) {
    MIBUN_TRY(const json::Object* one, reader.optional_object(keyd::to_string(purpose)));
    if (one == nullptr) continue;
    json::ObjectReader of_purpose(*one, reader.place(keyd::to_string(purpose)));
    MIBUN_TRY(const std::int64_t per_second, of_purpose.integer("per_second"));
    MIBUN_TRY(const std::int64_t burst, of_purpose.integer("burst"));
    MIBUN_CHECK(of_purpose.finish());
    for (const std::int64_t number : {per_second, burst}) {
      if (number < 0 || number > kOpensMax) {
        return fail(ErrorCode::invalid_argument, reader.place(keyd::to_string(purpose)), "0 to 1000000");
      }
    }
    limits[purpose] = {static_cast<double>(per_second), static_cast<double>(burst)};
  }
  MIBUN_CHECK(reader.finish());
  return limits;
}

}  // namespace

Result<KeydConfig> read_keyd_config(const std::string& path) {
  KeydConfig config;
  if (path.empty()) return config;
  MIBUN_TRY(const Bytes text, files::read_file(path, kConfigBytesMax));
  MIBUN_TRY(const json::Object object, json::parse_object(as_text(text)));
  json::ObjectReader reader(object, "config");
  MIBUN_TRY(config.settings, keyd::read_settings(reader));
  MIBUN_TRY(const auto user, reader.optional_string("user"));
  MIBUN_TRY(const json::Array* peers, reader.optional_array("peers"));
  MIBUN_TRY(const json::Object* limits, reader.optional_object("limits"));
  MIBUN_TRY(const auto connections, reader.optional_integer("connections_max"));
  MIBUN_CHECK(reader.finish());
  if (user) config.user = *user;
  if (peers != nullptr) {
    MIBUN_TRY(config.peers, json::string_array(*peers, "config.peers"));
  }
  if (limits != nullptr) {
    MIBUN_TRY(config.limits, read_limits(*limits, "config.limits"));
  }
  if (connections) {
    if (*connections < 1 || *connections > kConnectionsMax) {
      return fail(ErrorCode::invalid_argument, "config.connections_max", "1 to 256");
    }
    config.connections_max = static_cast<std::size_t>(*connections);
  }
  if (config.settings.service != keyd::ServiceKind::in_process || !config.settings.socket.empty() ||
      !config.settings.service_user.empty()) {
    return fail(ErrorCode::invalid_argument, "config.socket", "this is the service; its socket is --socket");
  }
  return config;
}

}  // namespace mibun::cli
