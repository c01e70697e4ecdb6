#include "core/oid4vci/pkce.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/oid4vci/cause.h"

namespace mibun::oid4vci {
namespace {

constexpr std::size_t kVerifierBytes = 32;
constexpr std::size_t kVerifierCharactersMin = 43;
constexpr std::size_t kVerifierCharactersMax = 128;
constexpr std::size_t kDigestBytes = 32;

// code-verifier = 43*128unreserved
bool is_code_verifier(std::string_view text) {
  constexpr std::string_view kMarks = "-._~";
  return text.size() >= kVerifierCharactersMin && text.size() <= kVerifierCharactersMax &&
         std::ranges::all_of(text, [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  kMarks.find(c) != std::string_view::npos;
         });
}

}  // namespace

std::string make_code_verifier(Rng& rng) {
  return base64url::encode(rng.bytes(kVerifierBytes));
}

CodeChallenge CodeChallenge::of(std::string_view code_verifier) {
  return CodeChallenge(base64url::encode(crypto::sha256(code_verifier)));
}

Result<CodeChallenge> CodeChallenge::parse(std::string_view text) {
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_request, "code_challenge", const Bytes digest, base64url::decode(text));
  if (digest.size() != kDigestBytes) {
    return fail(ErrorCode::oauth_invalid_request, "code_challenge", "not the SHA-256 of anything");
  }
  return CodeChallenge(std::string(text));
}

Status CodeChallenge::check(std::string_view code_verifier) const {
  if (!is_code_verifier(code_verifier)) return fail(ErrorCode::oauth_invalid_grant, "code_verifier", "malformed");
  if (!ct_equal(as_bytes(of(code_verifier).text_), as_bytes(text_))) {
    return fail(ErrorCode::oauth_invalid_grant, "code_verifier", "of another code_challenge");
  }
  return {};
}

}  // namespace mibun::oid4vci
