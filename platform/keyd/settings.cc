#include "platform/keyd/settings.h"

#include <utility>

namespace mibun::keyd {
namespace {

// {"<what>_file": PATH} or {"<what>_credential": NAME}
Result<SecretSource> read_source(json::ObjectReader& reader, const std::string& what) {
  MIBUN_TRY(const auto file, reader.optional_string(what + "_file"));
  MIBUN_TRY(const auto credential, reader.optional_string(what + "_credential"));
  if (file.has_value() == credential.has_value()) {
    return fail(ErrorCode::invalid_argument, reader.place(what), "a file or a credential, one of the two");
  }
  if (file) return SecretFile{std::string(*file)};
  return SystemdCredential{std::string(*credential)};
}

Result<TokenObjects> read_token(json::ObjectReader& reader) {
  MIBUN_TRY(const std::string_view module, reader.string("module"));
  MIBUN_TRY(const std::string_view token, reader.string("token"));
  MIBUN_TRY(SecretSource pin, read_source(reader, "pin"));
  return TokenObjects{std::string(module), std::string(token), std::move(pin)};
}

Result<EpochKeysSettings> read_epoch_keys(const json::Object& object, std::string where) {
  json::ObjectReader reader(object, std::move(where));
  MIBUN_TRY(const std::string_view kind, reader.string("kind"));
  EpochKeysSettings settings;
  if (kind == "sealed_file") {
    MIBUN_TRY(SecretSource passphrase, read_source(reader, "passphrase"));
    settings = SealedFiles{std::move(passphrase)};
  } else if (kind == "token") {
    MIBUN_TRY(settings, read_token(reader));
  } else if (kind != "file") {
    return fail(ErrorCode::invalid_argument, reader.place("kind"), "file, sealed_file or token");
  }
  MIBUN_CHECK(reader.finish());
  return settings;
}

// {"kind":"file"} or {"kind":"token", ...}
Status read_signing_keys(const json::Object& object, std::string where, Settings& settings) {
  json::ObjectReader reader(object, std::move(where));
  MIBUN_TRY(const std::string_view kind, reader.string("kind"));
  if (kind == "token") {
    MIBUN_TRY(settings.signing_keys, read_token(reader));
  } else if (kind != "file") {
    return fail(ErrorCode::invalid_argument, reader.place("kind"), "file or token");
  }
  return reader.finish();
}

Status read_previous_signing_keys(const json::Object& object, std::string where, Settings& settings) {
  json::ObjectReader reader(object, std::move(where));
  MIBUN_TRY(const std::string_view kind, reader.string("kind"));
  const bool comes_before = kind == "file" && std::holds_alternative<TokenObjects>(settings.signing_keys);
  if (!comes_before) {
    return fail(ErrorCode::invalid_argument, reader.place("kind"), "file, when signing_keys are of a token");
  }
  settings.has_previous_signing_files = true;
  return reader.finish();
}

Result<ServiceKind> read_service(const std::optional<std::string_view>& said, bool has_socket,
                                 const std::string& where) {
  if (!said) return has_socket ? ServiceKind::socket : ServiceKind::in_process;
  const bool fits = (*said == "socket") == has_socket && (has_socket || *said == "own" || *said == "in_process");
  if (!fits) return fail(ErrorCode::invalid_argument, where, "own or in_process, or socket where there is a socket");
  return *said == "own" ? ServiceKind::own : *said == "socket" ? ServiceKind::socket : ServiceKind::in_process;
}

}  // namespace

Result<Settings> read_settings(json::ObjectReader& reader) {
  Settings settings;
  MIBUN_TRY(const auto service, reader.optional_string("service"));
  MIBUN_TRY(const auto socket, reader.optional_string("socket"));
  MIBUN_TRY(const auto service_user, reader.optional_string("service_user"));
  MIBUN_TRY(const json::Array* directories, reader.optional_array("directories"));
  MIBUN_TRY(const auto memory, reader.optional_string("memory"));
  MIBUN_TRY(const json::Object* epoch_keys, reader.optional_object("epoch_keys"));
  MIBUN_TRY(const json::Object* previous, reader.optional_object("previous_epoch_keys"));
  MIBUN_TRY(const json::Object* signing, reader.optional_object("signing_keys"));
  MIBUN_TRY(const json::Object* previous_signing, reader.optional_object("previous_signing_keys"));
  MIBUN_TRY(settings.service, read_service(service, socket.has_value(), reader.place("service")));
  if (socket) settings.socket = *socket;
  if (service_user) settings.service_user = *service_user;
  if (memory) settings.memory = *memory;
  const bool says_more = directories != nullptr || memory || epoch_keys != nullptr || previous != nullptr ||
                         signing != nullptr || previous_signing != nullptr;
  if (socket && says_more) {
    return fail(ErrorCode::invalid_argument, reader.place("socket"), "the service there has the keys, so nothing else");
  }
  if (directories != nullptr) {
    MIBUN_TRY(settings.directories, json::string_array(*directories, reader.place("directories")));
    if (settings.directories.empty()) return fail(ErrorCode::invalid_argument, reader.place("directories"), "none");
  }
  if (epoch_keys != nullptr) {
    MIBUN_TRY(settings.epoch_keys, read_epoch_keys(*epoch_keys, reader.place("epoch_keys")));
  }
  if (previous != nullptr) {
    MIBUN_TRY(settings.previous_epoch_keys, read_epoch_keys(*previous, reader.place("previous_epoch_keys")));
    if (settings.previous_epoch_keys->index() == settings.epoch_keys.index()) {
      return fail(ErrorCode::invalid_argument, reader.place("previous_epoch_keys"), "of the same kind as epoch_keys");
    }
  }
  if (signing != nullptr) MIBUN_CHECK(read_signing_keys(*signing, reader.place("signing_keys"), settings));
  if (previous_signing != nullptr) {
    MIBUN_CHECK(read_previous_signing_keys(*previous_signing, reader.place("previous_signing_keys"), settings));
  }
  return settings;
}

}  // namespace mibun::keyd
