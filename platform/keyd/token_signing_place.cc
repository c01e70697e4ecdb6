#include "platform/keyd/token_signing_place.h"

#include <algorithm>
#include <utility>

#include "core/crypto/hash.h"
#include "platform/keyd/signing_names.h"

namespace mibun::keyd {
namespace {

constexpr const char* kOwner = "mibun signing key";
constexpr std::string_view kSuffix = ".pub";
constexpr std::string_view kTrial = "mibun: does this key sign?";

}  // namespace

// Those whose public part is written down: one without has not been made to its end.
Result<std::vector<std::string>> TokenSigningPlace::stems() {
  MIBUN_TRY(auto labels, token_->labels(kOwner));
  MIBUN_TRY(const auto written, papers_->all(kSuffix));
  std::erase_if(labels, [&](const std::string& label) { return !parse_stem(label) || !written.contains(label); });
  return labels;
}

Result<crypto::P256PublicKey> TokenSigningPlace::create(const std::string& stem) {
  MIBUN_TRY(const auto labels, token_->labels(kOwner));
  if (std::ranges::find(labels, stem) == labels.end()) MIBUN_CHECK(token_->make_pair({kOwner, stem}));
  MIBUN_TRY(const Bytes point, token_->public_point({kOwner, stem}));
  MIBUN_TRY(const auto key, crypto::P256PublicKey::from_point(point));
  MIBUN_CHECK(sign_for(key, stem, as_bytes(kTrial)));  // before anybody certifies it
  const Status written = papers_->write_new(stem, kSuffix, key.spki());
  // Whoever asks for a new key knows of none: that somebody else's public part is there is the place's fault.
  if (!written && written.error().code == ErrorCode::keyd_key_exists) {
    return fail(ErrorCode::io_error, stem + ".pub", "is written already");
  }
  MIBUN_CHECK(written);
  return key;
}

Result<crypto::P256PublicKey> TokenSigningPlace::public_key(const std::string& stem) {
  const std::lock_guard lock(mutex_);
  if (const auto found = known_.find(stem); found != known_.end()) return found->second;
  MIBUN_TRY(const auto written, papers_->all(kSuffix));
  const auto spki = written.find(stem);
  if (spki == written.end()) return fail(ErrorCode::not_found, stem, "no such key");
  auto key = crypto::P256PublicKey::from_spki(spki->second);
  if (!key) return fail(ErrorCode::keyd_integrity_error, stem + ".pub", "is no public key on P-256");
  known_.emplace(stem, *key);
  return *key;
}

Result<crypto::P256Signature> TokenSigningPlace::sign_for(const crypto::P256PublicKey& key, const std::string& stem,
                                                          BytesView message) {
  const auto digest = crypto::sha256(message);
  const auto given = token_->sign_digest({kOwner, stem}, digest);
  if (!given && given.error().code == ErrorCode::not_found) {  // it was made here: if it is gone, the token is at fault
    return fail(ErrorCode::keyd_token_failed, stem, "this key is gone from the token");
  }
  if (!given) return std::unexpected(given.error());
  MIBUN_TRY(const crypto::P256Signature signature, crypto::parse_p256_signature(*given));
  if (key.verify_digest(digest, signature)) return signature;
  return fail(ErrorCode::keyd_token_failed, "C_Sign", "the token gave something that is not this key's signature");
}

Result<crypto::P256Signature> TokenSigningPlace::sign(const std::string& stem, BytesView message) {
  MIBUN_TRY(const auto key, public_key(stem));
  return sign_for(key, stem, message);
}

Status TokenSigningPlace::destroy(const std::string& stem) {
  MIBUN_CHECK(token_->destroy_pair({kOwner, stem}));
  return papers_->remove(stem, kSuffix);
}

}  // namespace mibun::keyd
