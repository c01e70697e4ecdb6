#include "core/jose/jws.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "core/codecs/base64url.h"
#include "core/crypto/digest_use.h"
#include "core/jose/algorithm_names.h"

namespace mibun::jose {
namespace {

constexpr std::size_t kX5cCertificatesMax = 5;
constexpr std::string_view kKeyHeaders[] = {"jwk", "x5c", "kid", "jku", "x5u", "x5t", "x5t#S256"};

struct Parts {
  std::string_view header, payload, signature, signing_input;
};

Result<Parts> split(std::string_view compact) {
  if (compact.size() > kJwsBytesMax) return fail(ErrorCode::jws_malformed, "jws", "too large");
  const std::size_t first = compact.find('.');
  const std::size_t last = compact.rfind('.');
  if (first == last) return fail(ErrorCode::jws_malformed, "jws", "not three parts");  // also when there is no dot
  // A fourth part's dot stands in the payload, where base64url does not allow it.
  return Parts{.header = compact.substr(0, first),
               .payload = compact.substr(first + 1, last - first - 1),
               .signature = compact.substr(last + 1),
               .signing_input = compact.substr(0, last)};
}

Result<Bytes> decode_part(std::string_view text, const char* where) {
  auto bytes = base64url::decode(text);
  if (!bytes) return fail(ErrorCode::jws_malformed, where, "not base64url without padding");
  return bytes;
}

Result<json::Object> parse_header(std::string_view text) {
  MIBUN_TRY(const Bytes bytes, decode_part(text, "header"));
  auto header = json::parse_object(as_text(bytes));
  if (!header) return fail(ErrorCode::jws_header_malformed, "header", header.error().detail);
  return header;
}

// Local policy names the algorithm; the header may only agree (docs/threat_model.md, R2).
Result<crypto::SignatureAlgorithm> check_header(const json::Object& header) {
  const json::Value* alg = header.if_contains("alg");
  if (alg == nullptr || !alg->is_string()) return fail(ErrorCode::jws_header_malformed, "header.alg", "missing");
  const std::optional<crypto::SignatureAlgorithm> algorithm = signature_algorithm_named(alg->get_string());
  if (!algorithm) return fail(ErrorCode::jws_alg_not_allowed, "header.alg", "only ES256, ES384 and EdDSA");
  const json::Value* kid = header.if_contains("kid");
  if (kid != nullptr && !kid->is_string()) return fail(ErrorCode::jws_header_malformed, "header.kid", "no string");
  // We understand no extension, so any crit ends here: RFC 7515, section 4.1.11. b64 (RFC 7797) changes what is
  // signed and must come with crit; alone it is a trap.
  if (header.contains("crit") || header.contains("b64")) {
    return fail(ErrorCode::jws_crit_not_understood, "header.crit", "no extension is supported");
  }
  return *algorithm;
}

// Returns the size: that of some algorithm.
Result<std::size_t> read_signature(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t size = text.size() / 4 * 3 + text.size() % 4 * 3 / 4;
  if (size != 64 && size != out.size()) return fail(ErrorCode::jws_malformed, "signature", "of another size");
  if (!base64url::decode_into(text, out.first(size))) {
    return fail(ErrorCode::jws_malformed, "signature", "bad base64url");
  }
  return size;
}

Result<crypto::CertificateChain> read_x5c(const json::Object& header) {
  const json::Value* member = header.if_contains("x5c");
  if (member == nullptr || !member->is_array()) return fail(ErrorCode::jws_x5c_malformed, "header.x5c", "missing");
  const json::Array& array = member->get_array();
  if (array.empty() || array.size() > kX5cCertificatesMax) {
    return fail(ErrorCode::jws_x5c_malformed, "header.x5c", "one to five certificates");
  }
  std::vector<Bytes> chain;
  chain.reserve(array.size());
  for (const json::Value& element : array) {
    if (!element.is_string()) return fail(ErrorCode::jws_x5c_malformed, "header.x5c", "must hold strings");
    auto der = base64::decode(element.get_string());
    if (!der || der->empty()) return fail(ErrorCode::jws_x5c_malformed, "header.x5c", "not standard base64");
    chain.push_back(std::move(*der));
  }
  return crypto::CertificateChain(std::move(chain));
}

std::string_view without_application(std::string_view typ) {
  constexpr std::string_view kPrefix = "application/";
  return typ.starts_with(kPrefix) ? typ.substr(kPrefix.size()) : typ;
}

Status check_typ(const json::Object& header, std::string_view expected) {
  const json::Value* typ = header.if_contains("typ");
  if (expected == kNoTyp) {
    return typ == nullptr ? Status() : fail(ErrorCode::jws_typ_mismatch, "header.typ", "none is expected");
  }
  if (typ == nullptr) return fail(ErrorCode::jws_typ_mismatch, "header.typ", "missing");
  if (!typ->is_string() || without_application(typ->get_string()) != expected) {
    return fail(ErrorCode::jws_typ_mismatch, "header.typ", "another type");
  }
  return {};
}

Status check_key_headers(const json::Object& header, std::span<const std::string_view> allowed) {
  for (const std::string_view name : kKeyHeaders) {
    if (header.contains(name) && std::ranges::find(allowed, name) == allowed.end()) {
      return fail(ErrorCode::jws_header_not_allowed, "header." + std::string(name), "not defined by this protocol");
    }
  }
  return {};
}

}  // namespace

// A header that was read, and its certificates when somebody may ask for them again.
struct Jws::Header {
  json::Object object;
  crypto::SignatureAlgorithm algorithm;
  std::optional<crypto::CertificateChain> x5c;
};

namespace {

using SharedHeader = std::shared_ptr<const Jws::Header>;

Result<SharedHeader> read_header(std::string_view text, bool with_x5c) {
  auto header = std::make_shared<Jws::Header>();
  MIBUN_TRY(header->object, parse_header(text));
  MIBUN_TRY(header->algorithm, check_header(header->object));
  if (with_x5c && header->object.contains("x5c")) {
    if (auto chain = read_x5c(header->object)) header->x5c = std::move(*chain);
  }
  return SharedHeader(std::move(header));
}

// The headers this thread reads again and again: an issuer's, that of its status list, that of key binding JWTs. Only
// reading is saved: a header found here has exactly these characters, and everything is decided anew.
class KnownHeaders {
 public:
  static Result<SharedHeader> read(std::string_view text) {
    thread_local KnownHeaders headers;
    return headers.find_or_read(text);
  }

 private:
  static constexpr std::size_t kSlots = 8;
  static constexpr std::size_t kTextMax = 8 * 1024;

  Result<SharedHeader> find_or_read(std::string_view text) {
    const auto known = std::ranges::find(texts_, text);
    if (known != texts_.end() && !text.empty()) return headers_[static_cast<std::size_t>(known - texts_.begin())];
    const bool keep = text.size() <= kTextMax && came_before(std::hash<std::string_view>()(text));
    MIBUN_TRY(SharedHeader header, read_header(text, keep));
    if (keep) {
      texts_[next_] = text;
      headers_[next_] = header;
      next_ = (next_ + 1) % kSlots;
    }
    return header;
  }

  // A header that comes once (a DPoP proof's, with its key) is not worth a place.
  bool came_before(std::size_t hash) {
    if (std::ranges::find(recent_, hash) != recent_.end()) return true;
    recent_[next_recent_] = hash;
    next_recent_ = (next_recent_ + 1) % recent_.size();
    return false;
  }

  std::array<std::string, kSlots> texts_;
  std::array<SharedHeader, kSlots> headers_;
  std::size_t next_ = 0;
  std::array<std::size_t, 16> recent_{};
  std::size_t next_recent_ = 0;
};

}  // namespace

std::shared_ptr<const json::Object> Jws::header_object() const {
  return {header_, &header_->object};
}

Result<Jws> Jws::parse(std::string_view compact, const json::Limits& payload_limits, json::StoragePtr storage) {
  MIBUN_TRY(const Parts parts, split(compact));
  MIBUN_TRY(SharedHeader header, KnownHeaders::read(parts.header));
  Jws jws(std::move(header));
  jws.storage_ = std::move(storage);
  MIBUN_TRY(jws.signature_size_, read_signature(parts.signature, jws.signature_));
  MIBUN_TRY(jws.payload_, decode_part(parts.payload, "payload"));
  jws.compact_ = compact;
  jws.signing_input_size_ = parts.signing_input.size();
  jws.payload_limits_ = payload_limits;
  return jws;
}

Result<json::Object> Jws::unverified_payload() const {
  return parse_payload();
}

Result<json::Object> Jws::parse_payload() const {
  auto payload = json::parse_object(as_text(payload_), payload_limits_, storage_);
  if (!payload) return fail(ErrorCode::jws_payload_malformed, "payload", payload.error().detail);
  return payload;
}

Result<crypto::CertificateChain> Jws::x5c() const {
  if (header_->x5c) return *header_->x5c;
  return read_x5c(header_->object);
}

Status Jws::check(const crypto::PublicKey& key, const JwsPolicy& policy) const {
  MIBUN_CHECK(check_typ(header_->object, policy.typ));
  MIBUN_CHECK(check_key_headers(header_->object, policy.key_headers));
  if (key.algorithm() != header_->algorithm) return fail(ErrorCode::jws_alg_not_allowed, "header.alg", "not the key's");
  // RFC 7518, section 3.4; RFC 8037, section 3.1.
  if (signature_size_ != crypto::signature_size(header_->algorithm)) {
    return fail(ErrorCode::jws_malformed, "signature", "not of the algorithm's size");
  }
  return check_signature(key);
}

Status Jws::check_signature(const crypto::PublicKey& key) const {
  const BytesView signature = BytesView(signature_).first(signature_size_);
  const auto signing_input = std::string_view(compact_).substr(0, signing_input_size_);
  const auto verify = [&]() -> Status {
    if constexpr (crypto::kVerifiesDigests) {
      if (const crypto::P256PublicKey* p256 = key.p256(); p256 != nullptr && signing_input_digest_) {
        MIBUN_TRY(const auto raw, crypto::parse_p256_signature(signature));
        return p256->verify_digest(*signing_input_digest_, raw);
      }
    }
    return key.verify(as_bytes(signing_input), signature);
  };
  if (!verify()) return fail(ErrorCode::jws_signature_invalid, "signature", "does not fit the key");
  return {};
}

crypto::Sha256Digest Jws::digest_of_longer(std::string_view text) {
  MIBUN_INVARIANT(text.starts_with(compact_));
  const BytesView bytes = as_bytes(text);
  const auto digests =
      crypto::sha256_of_prefix_and_whole(bytes.first(signing_input_size_), bytes.subspan(signing_input_size_));
  signing_input_digest_ = digests.first;
  return digests.whole;
}

Result<VerifiedJws> Jws::verify(const crypto::PublicKey& key, const JwsPolicy& policy) const {
  MIBUN_CHECK(check(key, policy));
  MIBUN_TRY(json::Object payload, parse_payload());
  return VerifiedJws(header_object(), std::move(payload));
}

Result<Bytes> Jws::verify_bytes(const crypto::PublicKey& key, const JwsPolicy& policy) const {
  MIBUN_CHECK(check(key, policy));
  return payload_;
}

Result<std::string> sign_jws(json::Object header, std::string_view payload, const crypto::Signer& signer) {
  json::Object complete{{"alg", name_of(signer.verification_key().algorithm())}};
  for (auto& member : header) {
    if (member.key() != "alg") complete.emplace(member.key(), std::move(member.value()));
  }
  const std::string head = json::serialize(complete);
  std::string text;
  text.reserve(base64url::encoded_size(head.size()) + base64url::encoded_size(payload.size()) + 160);
  base64url::append(text, as_bytes(head));
  text += '.';
  base64url::append(text, as_bytes(payload));
  MIBUN_TRY(const Bytes signature, signer.sign_raw(as_bytes(text)));
  text += '.';
  base64url::append(text, signature);
  return text;
}

json::Array x5c_member(std::span<const Bytes> chain) {
  json::Array array;
  array.reserve(chain.size());
  for (const Bytes& der : chain) array.emplace_back(base64::encode(der));
  return array;
}

}  // namespace mibun::jose
