#include "platform/keyd/stored_signing_keys.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/crypto/x509.h"
#include "platform/database/inside_write.h"
#include "platform/keyd/file_signing_place.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kChainBytesMax = 64 * 1024;
constexpr std::string_view kSuffix = ".pem";

std::unexpected<Error> damaged(const SigningKeyId& id, const char* what) {
  return fail(ErrorCode::keyd_integrity_error, stem_of(id), what);
}

Result<crypto::P256PublicKey> key_of(const Bytes& leaf) {
  MIBUN_TRY(const crypto::Certificate certificate, crypto::Certificate::parse(leaf));
  if (certificate.public_key().p256() == nullptr) return fail(ErrorCode::invalid_argument, "chain", "not on P-256");
  return *certificate.public_key().p256();
}

}  // namespace

Result<std::unique_ptr<StoredSigningKeys>> StoredSigningKeys::open(std::string directory,
                                                                   std::vector<std::unique_ptr<SigningPlace>> places) {
  return open(std::make_shared<DirectoryPapers>(std::move(directory)), std::move(places));
}

Result<std::unique_ptr<StoredSigningKeys>> StoredSigningKeys::open(std::shared_ptr<SigningPapers> papers,
                                                                   std::vector<std::unique_ptr<SigningPlace>> places) {
  MIBUN_INVARIANT(!places.empty());
  std::unique_ptr<StoredSigningKeys> keys(new StoredSigningKeys(std::move(papers), std::move(places)));
  const std::unique_lock lock(keys->mutex_);
  MIBUN_CHECK(keys->read_again());
  return keys;
}

Result<std::unique_ptr<StoredSigningKeys>> StoredSigningKeys::open_files(const std::string& directory, Rng& rng) {
  MIBUN_TRY(KeyDirectory keys, KeyDirectory::open(directory, rng));
  std::vector<std::unique_ptr<SigningPlace>> places;
  places.push_back(std::make_unique<FileSigningPlace>(std::move(keys)));
  return open(directory, std::move(places));
}

// What is known stays; only what is new is opened.
Status StoredSigningKeys::read_again() {
  std::map<SigningKeyId, Entry> entries;
  for (const auto& place : places_) {
    MIBUN_TRY(const auto stems, place->stems());
    for (const std::string& stem : stems) {
      const SigningKeyId id = *parse_stem(stem);
      if (entries.contains(id)) return damaged(id, "is in two places");
      MIBUN_TRY(const auto public_key, place->public_key(stem));
      entries.emplace(id, Entry{{id, public_key, {}, false}, place.get()});
    }
  }
  MIBUN_CHECK(read_chains(entries));
  entries_ = std::move(entries);
  return {};
}

Status StoredSigningKeys::read_chains(std::map<SigningKeyId, Entry>& entries) const {
  MIBUN_TRY(const auto written, papers_->all(kSuffix));
  for (const auto& [stem, pem] : written) {
    const SigningKeyId id = *parse_stem(stem);
    const auto known = entries_.find(id);
    std::vector<Bytes> chain;
    if (known != entries_.end()) chain = known->second.key.chain;
    if (chain.empty()) {
      auto read = crypto::certificates_from_pem(as_text(pem));
      if (!read || read->empty()) return damaged(id, "its certificates cannot be read");
      chain = std::move(*read);
    }
    const auto certified = key_of(chain.front());
    Entry& entry = entries.try_emplace(id, Entry{{id, std::nullopt, {}, true}}).first->second;
    if (!entry.key.public_key && certified) entry.key.public_key = *certified;
    if (!certified || *certified != *entry.key.public_key) return damaged(id, "its certificate is of another key");
    entry.key.chain = std::move(chain);
  }
  return {};
}

Result<std::vector<SigningKey>> StoredSigningKeys::list() {
  const std::unique_lock lock(mutex_);
  MIBUN_CHECK(read_again());
  std::vector<SigningKey> keys;
  for (const auto& [id, entry] : entries_) keys.push_back(entry.key);
  return keys;
}

Result<crypto::P256PublicKey> StoredSigningKeys::create(const SigningKeyId& id) {
  if (find_signing_name(id.name) == nullptr) {
    return fail(ErrorCode::invalid_argument, "name", "there is no such signing key");
  }
  const std::unique_lock lock(mutex_);
  MIBUN_CHECK(read_again());
  std::uint32_t newest = 0;
  for (const auto& [other, entry] : entries_) {
    if (other.name == id.name) newest = std::max(newest, other.generation);
  }
  if (id.generation != 0 && id.generation <= newest) {
    return fail(ErrorCode::keyd_key_exists, stem_of(id), "no signing key is ever made a second time");
  }
  if (id.generation != newest + 1 || id.generation > kGenerationsMax) {
    return fail(ErrorCode::invalid_argument, "generation", "not the one that comes next");
  }
  MIBUN_TRY(const auto public_key, places_.front()->create(stem_of(id)));
  entries_.emplace(id, Entry{{id, public_key, {}, false}, places_.front().get()});
  return public_key;
}

Status StoredSigningKeys::keep_chain(const SigningKeyId& id, std::span<const Bytes> chain) {
  if (chain.empty()) return fail(ErrorCode::invalid_argument, "chain", "has no certificate");
  const std::unique_lock lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return fail(ErrorCode::not_found, stem_of(id), "there is no such signing key");
  SigningKey& key = found->second.key;
  MIBUN_TRY(const auto certified, key_of(chain.front()));
  if (certified != *key.public_key) return fail(ErrorCode::invalid_argument, "chain", "is of another key");
  std::string pem;
  for (const Bytes& der : chain) {
    MIBUN_TRY(const crypto::Certificate certificate, crypto::Certificate::parse(der));
    pem += certificate.pem();
  }
  if (pem.size() > kChainBytesMax) return fail(ErrorCode::invalid_argument, "chain", "too long");
  MIBUN_CHECK(papers_->write_new(stem_of(id), kSuffix, as_bytes(pem)));
  key.chain.assign(chain.begin(), chain.end());
  return {};
}

Result<crypto::P256Signature> StoredSigningKeys::sign(Purpose purpose, const SigningKeyId& id, BytesView message) {
  // It may lie in a token, and everybody who writes would wait for that.
  MIBUN_INVARIANT(!database::inside_write());
  const SigningName* row = find_signing_name(id.name);
  if (row == nullptr || row->purpose != purpose) {
    return fail(ErrorCode::keyd_purpose_not_allowed, std::string(to_string(purpose)), "this key is for something else");
  }
  SigningPlace* place = nullptr;
  std::vector<crypto::PublicKey> own;
  {
    const std::shared_lock lock(mutex_);
    const auto found = entries_.find(id);
    if (found != entries_.end()) place = found->second.place;
    // It and its later generations, which lie behind it.
    for (auto at = found; at != entries_.end() && at->first.name == id.name; ++at) {
      if (at->second.key.public_key) own.emplace_back(*at->second.key.public_key);
    }
  }
  if (place == nullptr) return fail(ErrorCode::not_found, stem_of(id), "no such signing key, or it is retired");
  MIBUN_CHECK(check_signed_content(*row, message, own));
  return place->sign(stem_of(id), message);
}

Status StoredSigningKeys::retire(const SigningKeyId& id) {
  const std::unique_lock lock(mutex_);
  MIBUN_CHECK(read_again());
  const auto found = entries_.find(id);
  if (found == entries_.end()) return fail(ErrorCode::not_found, stem_of(id), "there is no such signing key");
  const bool needs_certificate = find_signing_name(id.name)->is_certified;
  const bool has_successor = std::ranges::any_of(entries_, [&](const auto& other) {
    return other.first.name == id.name && other.first.generation > id.generation && other.second.place != nullptr &&
           (!needs_certificate || !other.second.key.chain.empty());
  });
  if (!has_successor) {
    return fail(ErrorCode::keyd_purpose_not_allowed, stem_of(id), "nothing that is certified comes after it");
  }
  if (found->second.place == nullptr) return {};
  MIBUN_CHECK(found->second.place->destroy(stem_of(id)));
  found->second.place = nullptr;
  found->second.key.is_retired = true;
  return {};
}

bool has_signing_key_files(const std::string& directory) {
  const auto stems = signing_stems_in(directory, ".key");
  return stems && !stems->empty();
}

}  // namespace mibun::keyd
