#include "core/sd_jwt/digest.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"

namespace mibun::sd_jwt {

std::string_view to_string(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::sha256:
      return "sha-256";
    case DigestAlgorithm::sha384:
      return "sha-384";
    case DigestAlgorithm::sha512:
      return "sha-512";
  }
  MIBUN_INVARIANT(false);
  return {};
}

std::size_t digest_size(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::sha256:
      return 32;
    case DigestAlgorithm::sha384:
      return 48;
    case DigestAlgorithm::sha512:
      return 64;
  }
  MIBUN_INVARIANT(false);
  return 0;
}

Result<DigestAlgorithm> read_digest_algorithm(const json::Object& payload, AllowedDigests allowed) {
  const json::Value* stated = payload.if_contains("_sd_alg");
  const std::string_view name = stated == nullptr     ? to_string(DigestAlgorithm::sha256)
                                : stated->is_string() ? std::string_view(stated->get_string())
                                                      : std::string_view();
  for (const auto algorithm : {DigestAlgorithm::sha256, DigestAlgorithm::sha384, DigestAlgorithm::sha512}) {
    if (name == to_string(algorithm) && allowed.contains(algorithm)) return algorithm;
  }
  return fail(ErrorCode::sd_jwt_digest_algorithm_not_allowed, "_sd_alg", "not one the policy takes");
}

Digest digest_of(DigestAlgorithm algorithm, std::string_view text) {
  Digest digest{};
  if (algorithm == DigestAlgorithm::sha256) {
    std::ranges::copy(crypto::sha256(text), digest.begin());
  } else {
    const bool shorter = algorithm == DigestAlgorithm::sha384;
    std::ranges::copy(shorter ? crypto::sha384(as_bytes(text)) : crypto::sha512(as_bytes(text)), digest.begin());
  }
  return digest;
}

std::string digest_text(DigestAlgorithm algorithm, const Digest& digest) {
  return base64url::encode(BytesView(digest).first(digest_size(algorithm)));
}

Result<Digest> parse_digest(DigestAlgorithm algorithm, std::string_view text) {
  Digest digest{};
  const std::size_t size = digest_size(algorithm);
  if (text.size() != (size * 4 + 2) / 3 || !base64url::decode_into(text, std::span(digest).first(size))) {
    return fail(ErrorCode::sd_jwt_malformed_digest, "digest", "not a digest of this algorithm in base64url");
  }
  return digest;
}

}  // namespace mibun::sd_jwt
