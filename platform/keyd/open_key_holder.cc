#include "platform/keyd/open_key_holder.h"

#include <sys/stat.h>

#include <utility>

#include "platform/files/files.h"
#include "platform/keyd/file_epoch_keys.h"
#include "platform/keyd/file_signing_place.h"
#include "platform/keyd/remote_key_holder.h"
#include "platform/keyd/remote_signing_keys.h"
#include "platform/keyd/stored_signing_keys.h"
#include "platform/keyd/token_epoch_keys.h"
#include "platform/keyd/token_signing_place.h"
#include "platform/sandbox/process.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kSecretFileBytesMax = 4096;

Result<std::string> path_of(const SecretSource& source, const std::string& credentials_directory) {
  if (const auto* file = std::get_if<SecretFile>(&source)) return file->path;
  const std::string& name = std::get<SystemdCredential>(source).name;
  if (credentials_directory.empty()) {
    return fail(ErrorCode::invalid_argument, "--credentials", "is not given, and there is a credential to be read");
  }
  if (name.empty() || name.contains('/') || name.starts_with('.')) {
    return fail(ErrorCode::invalid_argument, "credential", "not the name of one");
  }
  return credentials_directory + "/" + name;
}

using OpenEpochKeys = std::function<Result<std::unique_ptr<EpochKeys>>(const std::vector<std::string>& directories)>;

Result<OpenEpochKeys> prepare_epoch_keys(const EpochKeysSettings& settings, const std::string& credentials) {
  if (const auto* sealed = std::get_if<SealedFiles>(&settings)) {
    MIBUN_TRY(SecretBytes read, read_secret(sealed->passphrase, credentials));
    const auto passphrase = std::make_shared<const SecretBytes>(std::move(read));
    return OpenEpochKeys([passphrase](const auto& directories) -> Result<std::unique_ptr<EpochKeys>> {
      return std::make_unique<FileEpochKeys>(directories, SealedBy{SecretBytes::copy_of(passphrase->reveal())});
    });
  }
  if (const auto* token = std::get_if<TokenObjects>(&settings)) {
    MIBUN_TRY(SecretBytes read, read_secret(token->pin, credentials));
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

Result<RemoteOptions> remote_options(const Settings& settings) {
  RemoteOptions options{.socket_path = settings.socket};
  if (!settings.service_user.empty()) {
    MIBUN_TRY(const sandbox::User user, sandbox::find_user(settings.service_user));
    options.service_users = {user.uid, 0};
  }
  return options;
}

}  // namespace

Result<SecretBytes> read_secret(const SecretSource& source, const std::string& credentials_directory) {
  MIBUN_TRY(const std::string path, path_of(source, credentials_directory));
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

Result<OpenHolder> prepare(const Settings& settings, const std::string& default_directory,
                           const std::string& default_memory) {
  MIBUN_TRY(const OpenEpochKeys open_epochs, prepare_epoch_keys(settings.epoch_keys, settings.credentials_directory));
  OpenEpochKeys open_previous;
  if (settings.previous_epoch_keys) {
    MIBUN_TRY(open_previous, prepare_epoch_keys(*settings.previous_epoch_keys, settings.credentials_directory));
  }
  const auto directories = settings.directories.empty() ? std::vector{default_directory} : settings.directories;
  const std::string memory = settings.memory.empty() ? default_memory : settings.memory;
  for (const std::string& directory : directories) {
    if (memory.starts_with(directory + "/")) {
      return fail(ErrorCode::invalid_argument, "memory", "it would go back together with the directory that it is in");
    }
  }
  return OpenHolder([=](Rng& rng, StaleCopies stale) -> Result<std::unique_ptr<EmbeddedKeyHolder>> {
    HolderPlaces places{.directories = directories, .epochs = nullptr, .memory = memory};
    MIBUN_TRY(places.epochs, open_epochs(directories));
    if (open_previous) {
      MIBUN_TRY(places.previous_epochs, open_previous(directories));
    }
    return EmbeddedKeyHolder::open(std::move(places), rng, stale);
  });
}

std::string memory_beside(const std::string& directory) {
  return directory + ".memory";
}

Result<std::unique_ptr<KeyHolder>> open_key_holder(const Settings& settings, const std::string& default_directory,
                                                   Rng& rng) {
  if (settings.socket.empty()) {
    MIBUN_TRY(const OpenHolder open, prepare(settings, default_directory, memory_beside(default_directory)));
    MIBUN_TRY(std::unique_ptr<KeyHolder> holder, open(rng, StaleCopies::refuse));
    return holder;
  }
  MIBUN_TRY(RemoteOptions options, remote_options(settings));
  MIBUN_TRY(std::unique_ptr<KeyHolder> holder, RemoteKeyHolder::open(std::move(options)));
  return holder;
}

Result<OpenSigningKeys> prepare_signing_keys(const Settings& settings) {
  std::shared_ptr<const SecretBytes> pin;
  if (const auto* token = std::get_if<TokenObjects>(&settings.signing_keys)) {
    MIBUN_TRY(SecretBytes read, read_secret(token->pin, settings.credentials_directory));
    pin = std::make_shared<const SecretBytes>(std::move(read));
  }
  return OpenSigningKeys([place = settings.signing_keys, with_files = settings.has_previous_signing_files, pin](
                             const std::string& directory, Rng& rng) -> Result<std::unique_ptr<SigningKeys>> {
    MIBUN_CHECK(files::make_private_directory(directory));
    std::vector<std::unique_ptr<SigningPlace>> places;
    const auto* token = std::get_if<TokenObjects>(&place);
    if (token != nullptr) {
      MIBUN_TRY(auto opened,
                pkcs11::SigningToken::open({token->module, token->token}, SecretBytes::copy_of(pin->reveal())));
      places.push_back(std::make_unique<TokenSigningPlace>(directory, std::move(opened)));
    }
    if (token == nullptr || with_files) {
      MIBUN_TRY(KeyDirectory keys, KeyDirectory::open(directory, rng));
      places.push_back(std::make_unique<FileSigningPlace>(std::move(keys)));
    } else if (has_signing_key_files(directory)) {
      return fail(ErrorCode::keyd_integrity_error, directory,
                  "has signing keys in files: say so in previous_signing_keys, or they would be forgotten");
    }
    MIBUN_TRY(std::unique_ptr<SigningKeys> opened, StoredSigningKeys::open(directory, std::move(places)));
    return opened;
  });
}

Result<std::unique_ptr<SigningKeys>> open_signing_keys(const Settings& settings, const std::string& directory,
                                                       Rng& rng) {
  if (settings.socket.empty()) {
    MIBUN_TRY(const OpenSigningKeys open, prepare_signing_keys(settings));
    return open(directory, rng);
  }
  MIBUN_TRY(RemoteOptions options, remote_options(settings));
  MIBUN_TRY(std::unique_ptr<SigningKeys> keys, RemoteSigningKeys::open(std::move(options)));
  return keys;
}

}  // namespace mibun::keyd
