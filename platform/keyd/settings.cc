#include "platform/keyd/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "platform/files/files.h"
#include "platform/keyd/file_epoch_keys.h"
#include "platform/keyd/remote_key_holder.h"
#include "platform/keyd/token_epoch_keys.h"
#include "platform/sandbox/process.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kSecretFileBytesMax = 4096;

Result<std::string> path_of(const SecretSource& source) {
  if (const auto* file = std::get_if<SecretFile>(&source)) return file->path;
  const std::string& name = std::get<SystemdCredential>(source).name;
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) {
    return fail(ErrorCode::invalid_argument, "CREDENTIALS_DIRECTORY", "is not set: was this started by systemd?");
  }
  if (name.empty() || name.contains('/') || name.starts_with('.')) {
    return fail(ErrorCode::invalid_argument, "credential", "not the name of one");
  }
  return std::string(directory) + "/" + name;
}

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

Result<EpochKeysSettings> read_epoch_keys(const json::Object& object, std::string where) {
  json::ObjectReader reader(object, std::move(where));
  MIBUN_TRY(const std::string_view kind, reader.string("kind"));
  EpochKeysSettings settings;
  if (kind == "sealed_file") {
    MIBUN_TRY(SecretSource passphrase, read_source(reader, "passphrase"));
    settings = SealedFiles{std::move(passphrase)};
  } else if (kind == "token") {
    MIBUN_TRY(const std::string_view module, reader.string("module"));
    MIBUN_TRY(const std::string_view token, reader.string("token"));
    MIBUN_TRY(SecretSource pin, read_source(reader, "pin"));
    settings = TokenObjects{std::string(module), std::string(token), std::move(pin)};
  } else if (kind != "file") {
    return fail(ErrorCode::invalid_argument, reader.place("kind"), "file, sealed_file or token");
  }
  MIBUN_CHECK(reader.finish());
  return settings;
}

using OpenEpochKeys = std::function<Result<std::unique_ptr<EpochKeys>>(const std::vector<std::string>& directories)>;

Result<OpenEpochKeys> prepare_epoch_keys(const EpochKeysSettings& settings) {
  if (const auto* sealed = std::get_if<SealedFiles>(&settings)) {
    MIBUN_TRY(SecretBytes read, read_secret(sealed->passphrase));
    const auto passphrase = std::make_shared<const SecretBytes>(std::move(read));
    return OpenEpochKeys([passphrase](const auto& directories) -> Result<std::unique_ptr<EpochKeys>> {
      return std::make_unique<FileEpochKeys>(directories, SealedBy{SecretBytes::copy_of(passphrase->reveal())});
    });
  }
  if (const auto* token = std::get_if<TokenObjects>(&settings)) {
    MIBUN_TRY(SecretBytes read, read_secret(token->pin));
    const auto pin = std::make_shared<const SecretBytes>(std::move(read));
    return OpenEpochKeys([place = pkcs11::TokenPlace{token->module, token->token},
                          pin](const auto&) -> Result<std::unique_ptr<EpochKeys>> {
      MIBUN_TRY(auto opened, pkcs11::Token::open(place, SecretBytes::copy_of(pin->reveal())));
      return std::make_unique<TokenEpochKeys>(std::move(opened));
    });
  }
  return OpenEpochKeys([](const auto& directories) -> Result<std::unique_ptr<EpochKeys>> {
    return std::make_unique<FileEpochKeys>(directories);
  });
}

}  // namespace

Result<SecretBytes> read_secret(const SecretSource& source) {
  MIBUN_TRY(const std::string path, path_of(source));
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return fail(ErrorCode::io_error, path, "holds a secret and others may read or change it: chmod 0600");
  }
  MIBUN_TRY(SecretBytes text, files::read_secret_file(path, kSecretFileBytesMax));
  BytesView secret = text.reveal();
  if (!secret.empty() && secret.back() == '\n') secret = secret.first(secret.size() - 1);
  if (secret.empty()) return fail(ErrorCode::invalid_argument, path, "is empty");
  return SecretBytes::copy_of(secret);
}

Result<Settings> read_settings(json::ObjectReader& reader) {
  Settings settings;
  MIBUN_TRY(const auto socket, reader.optional_string("socket"));
  MIBUN_TRY(const auto service_user, reader.optional_string("service_user"));
  MIBUN_TRY(const json::Array* directories, reader.optional_array("directories"));
  MIBUN_TRY(const json::Object* epoch_keys, reader.optional_object("epoch_keys"));
  MIBUN_TRY(const json::Object* previous, reader.optional_object("previous_epoch_keys"));
  if (socket) settings.socket = *socket;
  if (service_user) settings.service_user = *service_user;
  if (socket && (directories != nullptr || epoch_keys != nullptr || previous != nullptr)) {
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
  return settings;
}

Result<OpenHolder> prepare(const Settings& settings, const std::string& default_directory) {
  MIBUN_TRY(const OpenEpochKeys open_epochs, prepare_epoch_keys(settings.epoch_keys));
  OpenEpochKeys open_previous;
  if (settings.previous_epoch_keys) {
    MIBUN_TRY(open_previous, prepare_epoch_keys(*settings.previous_epoch_keys));
  }
  const auto directories = settings.directories.empty() ? std::vector{default_directory} : settings.directories;
  return OpenHolder([=](Rng& rng, StaleCopies stale) -> Result<std::unique_ptr<EmbeddedKeyHolder>> {
    HolderPlaces places{.directories = directories, .epochs = nullptr};
    MIBUN_TRY(places.epochs, open_epochs(directories));
    if (open_previous) {
      MIBUN_TRY(places.previous_epochs, open_previous(directories));
    }
    return EmbeddedKeyHolder::open(std::move(places), rng, stale);
  });
}

Result<std::unique_ptr<KeyHolder>> open_key_holder(const Settings& settings, const std::string& default_directory,
                                                   Rng& rng) {
  if (settings.socket.empty()) {
    MIBUN_TRY(const OpenHolder open, prepare(settings, default_directory));
    MIBUN_TRY(std::unique_ptr<KeyHolder> holder, open(rng, StaleCopies::refuse));
    return holder;
  }
  RemoteOptions options{.socket_path = settings.socket};
  if (!settings.service_user.empty()) {
    MIBUN_TRY(const sandbox::User user, sandbox::find_user(settings.service_user));
    options.service_users = {user.uid, 0};
  }
  MIBUN_TRY(std::unique_ptr<KeyHolder> holder, RemoteKeyHolder::open(std::move(options)));
  return holder;
}

}  // namespace mibun::keyd
