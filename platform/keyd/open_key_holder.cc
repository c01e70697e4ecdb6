#include "platform/keyd/open_key_holder.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "platform/database/backup.h"
#include "platform/files/files.h"
#include "platform/keyd/file_epoch_keys.h"
#include "platform/keyd/file_signing_place.h"
#include "platform/keyd/remote_key_holder.h"
#include "platform/keyd/remote_signing_keys.h"
#include "platform/keyd/signing_table.h"
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

constexpr const char* kEpochOwner = "mibun epoch key";
constexpr const char* kSigningEpochOwner = "mibun signing epoch key";
constexpr const char* kSigningFolder = "/signing";

// `owner`: whose they are among the objects of a token.
Result<OpenEpochKeys> prepare_epoch_keys(const EpochKeysSettings& settings, const std::string& credentials,
                                         const std::string& owner) {
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
    return OpenEpochKeys([place = pkcs11::TokenPlace{token->module, token->token}, pin,
                          owner](const auto&) -> Result<std::unique_ptr<EpochKeys>> {
      MIBUN_TRY(auto opened, pkcs11::Token::open(place, SecretBytes::copy_of(pin->reveal())));
      return std::make_unique<TokenEpochKeys>(std::move(opened), owner);
    });
  }
  return OpenEpochKeys([](const auto& directories) -> Result<std::unique_ptr<EpochKeys>> {
    return std::make_unique<FileEpochKeys>(directories);
  });
}

// Those of a table, and those before them while they are replaced.
struct OpenEpochs {
  OpenEpochKeys now, previous;  // none: nothing is being replaced

  // For the directories that stand in `places`.
  Status open_into(HolderPlaces& places) const {
    MIBUN_TRY(places.epochs, now(places.directories));
    if (previous) {
      MIBUN_TRY(places.previous_epochs, previous(places.directories));
    }
    return {};
  }
};

Result<OpenEpochs> prepare_epochs(const Settings& settings, const std::string& owner) {
  OpenEpochs epochs;
  MIBUN_TRY(epochs.now, prepare_epoch_keys(settings.epoch_keys, settings.credentials_directory, owner));
  if (settings.previous_epoch_keys) {
    MIBUN_TRY(epochs.previous,
              prepare_epoch_keys(*settings.previous_epoch_keys, settings.credentials_directory, owner));
  }
  return epochs;
}

Result<RemoteOptions> remote_options(const Settings& settings) {
  RemoteOptions options{.socket_path = settings.socket};
  if (!settings.service_user.empty()) {
    MIBUN_TRY(const sandbox::User user, sandbox::find_user(settings.service_user));
    options.service_users = {user.uid, 0};
  }
  return options;
}

std::vector<std::string> table_directories(const Settings& settings, const std::string& default_directory) {
  return settings.directories.empty() ? std::vector{default_directory} : settings.directories;
}

// Null where the settings name no token.
using OpenToken = std::function<Result<std::unique_ptr<pkcs11::SigningToken>>()>;

Result<OpenToken> prepare_token(const Settings& settings) {
  const auto* token = std::get_if<TokenObjects>(&settings.signing_keys);
  if (token == nullptr) return OpenToken();
  MIBUN_TRY(SecretBytes read, read_secret(token->pin, settings.credentials_directory));
  const auto pin = std::make_shared<const SecretBytes>(std::move(read));
  return OpenToken([place = pkcs11::TokenPlace{token->module, token->token}, pin] {
    return pkcs11::SigningToken::open(place, SecretBytes::copy_of(pin->reveal()));
  });
}

std::unexpected<Error> forgotten(const std::string& directory) {
  return fail(ErrorCode::keyd_integrity_error, directory,
              "has signing keys in files: say so in previous_signing_keys, or they would be forgotten");
}

Status check_nothing_forgotten(const SigningTable& table) {
  MIBUN_TRY(const auto kept, table.holder().kept());
  return kept.keys.empty() ? Status() : forgotten(table.directory());
}

// A key table has its own words for itself.
Error of_signing(Error error) {
  if (error.where == key_table::kPersonsFile) error.where = key_table::kSigningFile;
  return error;
}

// The folders of the copies. That of a disk that is away is missed by whoever opens its copy.
void make_folders(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    if (files::make_private_directory(files::parent_directory(folder))) {
      static_cast<void>(files::make_private_directory(folder));
    }
  }
}

// Sealed files, and a token beside them where the settings name one.
Result<std::unique_ptr<SigningKeys>> open_in_one_directory(const Settings& settings, const std::string& directory,
                                                           Rng& rng) {
  MIBUN_CHECK(files::make_private_directory(directory));
  MIBUN_TRY(const OpenToken open_token, prepare_token(settings));
  std::vector<std::unique_ptr<SigningPlace>> places;
  if (open_token != nullptr) {
    if (!settings.has_previous_signing_files && has_signing_key_files(directory)) return forgotten(directory);
    MIBUN_TRY(auto token, open_token());
    places.push_back(std::make_unique<TokenSigningPlace>(directory, std::move(token)));
  }
  if (open_token == nullptr || settings.has_previous_signing_files) {
    MIBUN_TRY(KeyDirectory keys, KeyDirectory::open(directory, rng));
    places.push_back(std::make_unique<FileSigningPlace>(std::move(keys)));
  }
  MIBUN_TRY(std::unique_ptr<SigningKeys> opened, StoredSigningKeys::open(directory, std::move(places)));
  return opened;
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
  MIBUN_TRY(const OpenEpochs epochs, prepare_epochs(settings, kEpochOwner));
  const auto directories = table_directories(settings, default_directory);
  const std::string memory = settings.memory.empty() ? default_memory : settings.memory;
  for (const std::string& directory : directories) {
    if (memory.starts_with(directory + "/")) {
      return fail(ErrorCode::invalid_argument, "memory", "it would go back together with the directory that it is in");
    }
  }
  return OpenHolder([=](Rng& rng, StaleCopies stale) -> Result<std::unique_ptr<EmbeddedKeyHolder>> {
    HolderPlaces places{.directories = directories, .epochs = nullptr, .memory = memory};
    MIBUN_CHECK(epochs.open_into(places));
    return EmbeddedKeyHolder::open(std::move(places), rng, stale);
  });
}

std::string memory_beside(const std::string& directory) {
  return directory + ".memory";
}

std::string signing_memory(const std::string& memory) {
  return memory + ".signing";
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

Result<OpenSigningTable> prepare_signing_table(const Settings& settings, SigningPlaces places) {
  std::vector<std::string> directories;
  for (const std::string& directory : table_directories(settings, places.default_directory)) {
    directories.push_back(directory + kSigningFolder);
  }
  const std::string memory = settings.memory.empty() ? places.default_memory : settings.memory;
  MIBUN_TRY(const OpenEpochs epochs, prepare_epochs(settings, kSigningEpochOwner));
  return OpenSigningTable([=](Rng& rng, StaleCopies stale) -> Result<std::shared_ptr<SigningTable>> {
    make_folders({places.directory});
    MIBUN_CHECK(files::make_private_directory(places.directory));
    make_folders(directories);
    HolderPlaces table_places{.directories = directories,
                              .epochs = nullptr,
                              .open_table = key_table::open_signing,
                              .memory = memory.empty() ? memory : signing_memory(memory),
                              .table_file = key_table::kSigningFile};
    MIBUN_CHECK(epochs.open_into(table_places));
    auto holder = EmbeddedKeyHolder::open(std::move(table_places), rng, stale);
    if (!holder) return std::unexpected(of_signing(holder.error()));
    return std::make_shared<SigningTable>(std::move(*holder), places.directory);
  });
}

Result<OpenSigningKeys> prepare_signing_keys(const Settings& settings, SigningPlaces places) {
  MIBUN_TRY(const OpenSigningTable open_table, prepare_signing_table(settings, places));
  MIBUN_TRY(const OpenToken open_token, prepare_token(settings));
  return OpenSigningKeys(
      [open_table, open_token, directory = places.directory, with_files = settings.has_previous_signing_files](
          Rng& rng, StaleCopies stale) -> Result<OpenedSigningKeys> {
        const bool is_on_token = open_token != nullptr;
        if (is_on_token && !with_files && has_signing_key_files(directory)) return forgotten(directory);
        MIBUN_TRY(const auto table, open_table(rng, stale));
        MIBUN_CHECK(table->take_files(rng));
        const auto papers = std::make_shared<TablePapers>(table);
        std::vector<std::unique_ptr<SigningPlace>> keys;
        if (is_on_token) {
          MIBUN_TRY(auto token, open_token());
          keys.push_back(std::make_unique<TokenSigningPlace>(papers, std::move(token)));
        }
        keys.push_back(std::make_unique<TableSigningPlace>(table));
        if (is_on_token && !with_files) MIBUN_CHECK(check_nothing_forgotten(*table));
        MIBUN_TRY(std::unique_ptr<SigningKeys> opened, StoredSigningKeys::open(papers, std::move(keys)));
        return OpenedSigningKeys{std::move(opened), table->holder().stale_copies()};
      });
}

bool has_signing_table(const Settings& settings, const std::string& default_directory) {
  return std::ranges::any_of(table_directories(settings, default_directory), [](const std::string& directory) {
    return files::exists(directory + kSigningFolder + "/" + std::string(key_table::kSigningFile));
  });
}

bool uses_signing_table(const Settings& settings, const std::string& default_directory) {
  const bool is_plain = settings.directories.empty() && std::holds_alternative<PlainFiles>(settings.epoch_keys);
  return !is_plain || has_signing_table(settings, default_directory);
}

Result<std::optional<Bytes>> copy_signing_table(const Settings& settings, const std::string& data_directory) {
  const Settings at = reached(settings, data_directory);
  if (!at.socket.empty()) {
    MIBUN_TRY(RemoteOptions options, remote_options(at));
    MIBUN_TRY(const auto keys, RemoteSigningKeys::open(std::move(options)));
    return keys->copy_table();
  }
  std::optional<database::Image> newest;
  for (const std::string& directory : table_directories(at, data_directory + "/keyd")) {
    auto image = database::read_image(directory + kSigningFolder + "/" + std::string(key_table::kSigningFile),
                                      key_table::kGenerationQuery);
    if (!image && image.error().code == ErrorCode::not_found) continue;
    if (!image) return std::unexpected(image.error());
    if (!newest || newest->number < image->number) newest = std::move(*image);
  }
  if (!newest) return std::nullopt;
  return std::move(newest->bytes);
}

std::string own_socket(const std::string& data_directory) {
  return data_directory + "/keyd.sock";
}

Settings reached(const Settings& settings, const std::string& data_directory) {
  if (!settings.socket.empty()) return settings;
  Settings at_socket;
  at_socket.service = ServiceKind::socket;
  at_socket.socket = own_socket(data_directory);
  if (files::exists(at_socket.socket) && RemoteSigningKeys::open({.socket_path = at_socket.socket})) return at_socket;
  return settings;
}

Result<std::unique_ptr<SigningKeys>> open_signing_keys(const Settings& settings, const SigningPlaces& places,
                                                       Rng& rng) {
  if (!settings.socket.empty()) {
    MIBUN_TRY(RemoteOptions options, remote_options(settings));
    MIBUN_TRY(std::unique_ptr<SigningKeys> keys, RemoteSigningKeys::open(std::move(options)));
    return keys;
  }
  if (!uses_signing_table(settings, places.default_directory)) {
    return open_in_one_directory(settings, places.directory, rng);
  }
  MIBUN_TRY(const OpenSigningKeys open, prepare_signing_keys(settings, places));
  MIBUN_TRY(OpenedSigningKeys opened, open(rng, StaleCopies::refuse));
  return std::move(opened.keys);
}

}  // namespace mibun::keyd
