#include "platform/sealed_file/sealed_file.h"

#include <argon2.h>

#include <utility>

#include "core/crypto/aead.h"
#include "platform/files/files.h"

namespace mibun::sealed_file {
namespace {

constexpr std::string_view kMagic = "mibun-sealed-1\n";
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kKeySize = 32;
constexpr std::size_t kHeaderSize = kMagic.size() + 3 * 4 + kSaltSize;
constexpr std::size_t kRecordOverhead = crypto::kAeadIvSize + crypto::kAeadTagSize;
constexpr std::size_t kFileBytesMax = kHeaderSize + kSecretBytesMax + kRecordOverhead;
// A header comes from outside: these bound what it can make us spend.
constexpr std::uint32_t kMemoryKibMax = 1024 * 1024;
constexpr std::uint32_t kPassesMax = 16;
constexpr std::uint32_t kLanesMax = 16;

bool is_allowed(const Argon2Cost& cost) {
  return cost.lanes >= 1 && cost.lanes <= kLanesMax && cost.passes >= 1 && cost.passes <= kPassesMax &&
         cost.memory_kib >= 8 * cost.lanes && cost.memory_kib <= kMemoryKibMax;
}

void append_number(Bytes& out, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

std::uint32_t number_at(BytesView bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : bytes.subspan(at, 4)) number = number << 8 | byte;
  return number;
}

Bytes make_header(const Argon2Cost& cost, BytesView salt) {
  Bytes header = to_bytes(kMagic);
  append_number(header, cost.memory_kib);
  append_number(header, cost.passes);
  append_number(header, cost.lanes);
  header.insert(header.end(), salt.begin(), salt.end());
  return header;
}

Result<SecretBytes> derive_key(std::string_view passphrase, BytesView salt, const Argon2Cost& cost) {
  SecretBytes key(kKeySize);
  const int code = argon2id_hash_raw(cost.passes, cost.memory_kib, cost.lanes, passphrase.data(), passphrase.size(),
                                     salt.data(), salt.size(), key.reveal_mutable().data(), key.size());
  if (code == ARGON2_OK) return key;
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) {
    return fail(ErrorCode::unavailable, "passphrase", "not enough memory to stretch it");
  }
  return fail(ErrorCode::invalid_argument, "passphrase", argon2_error_message(code));
}

// The whole content of a new file, with a new salt and IV.
Result<Bytes> seal(std::string_view passphrase, BytesView secret, Rng& rng, const Argon2Cost& cost) {
  if (passphrase.empty()) return fail(ErrorCode::invalid_argument, "passphrase", "is empty");
  if (!is_allowed(cost)) return fail(ErrorCode::invalid_argument, "cost", "outside of what is taken");
  if (secret.size() > kSecretBytesMax) return fail(ErrorCode::invalid_argument, "secret", "is too large");
  const Bytes salt = rng.bytes(kSaltSize);
  MIBUN_TRY(const SecretBytes key, derive_key(passphrase, salt, cost));
  Bytes file = make_header(cost, salt);
  const Bytes record = crypto::seal_record(key.reveal(), file, secret, rng);
  file.insert(file.end(), record.begin(), record.end());
  return file;
}

std::unexpected<Error> malformed(const std::string& path, std::string detail) {
  return fail(ErrorCode::sealed_file_malformed, path, std::move(detail));
}

}  // namespace

Status create(const std::string& path, std::string_view passphrase, BytesView secret, Rng& rng, Argon2Cost cost) {
  if (files::exists(path)) return fail(ErrorCode::io_error, path, "there is such a file already");  // before the work
  MIBUN_TRY(const Bytes file, seal(passphrase, secret, rng, cost));
  return files::write_new_file(path, file);
}

Status replace(const std::string& path, std::string_view passphrase, BytesView secret, Rng& rng, Argon2Cost cost) {
  MIBUN_TRY(const Bytes file, seal(passphrase, secret, rng, cost));
  return files::write_file_atomic(path, file);
}

Result<SecretBytes> open(const std::string& path, std::string_view passphrase) {
  MIBUN_TRY(const Bytes file, files::read_file(path, kFileBytesMax));
  if (file.size() < kHeaderSize + kRecordOverhead) return malformed(path, "too short");
  const BytesView header = BytesView(file).first(kHeaderSize);
  if (as_text(header.first(kMagic.size())) != kMagic) return malformed(path, "not a sealed file");
  const Argon2Cost cost{.memory_kib = number_at(header, kMagic.size()),
                        .passes = number_at(header, kMagic.size() + 4),
                        .lanes = number_at(header, kMagic.size() + 8)};
  if (!is_allowed(cost)) return malformed(path, "asks for more work than allowed, or for none");
  MIBUN_TRY(const SecretBytes key, derive_key(passphrase, header.last(kSaltSize), cost));
  auto secret = crypto::open_record(key.reveal(), header, BytesView(file).subspan(kHeaderSize));
  if (!secret) {
    return fail(ErrorCode::sealed_file_wrong_passphrase, path, "the passphrase is wrong, or the file was changed");
  }
  return SecretBytes::take(std::move(*secret));
}

}  // namespace mibun::sealed_file
