#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"
#include "core/crypto/public_key.h"
#include "platform/keyd/purposes.h"

namespace mibun::keyd {

// A signing key: which, and the how manyth of its name. Nothing is ever overwritten: a new key is a new generation.
struct SigningKeyId {
  std::string name;
  std::uint32_t generation = 1;
  friend auto operator<=>(const SigningKeyId&, const SigningKeyId&) = default;
};

inline constexpr std::uint32_t kGenerationsMax = 9999;

// One row for each key that there may be. The purpose belongs to the name and stands nowhere else, so no file, token or
// message can give a key another.
struct SigningName {
  std::string_view name;
  Purpose purpose;
  bool is_certified;  // or others know it by its value
  // JWT types that it signs; none where it signs no JWTs.
  std::span<const std::string_view> types;
  // What an authority's leaves are for; none of other keys.
  std::span<const crypto::CertificatePurpose> certifies;
};
std::span<const SigningName> signing_names();
// Null: there is no such key.
const SigningName* find_signing_name(std::string_view name);

// How a key is called in files and tokens: "issuer", "issuer-2", "issuer-3".
std::string stem_of(const SigningKeyId& id);
// None when it is no key's. One form each: "issuer-1", "issuer-02" are none.
std::optional<SigningKeyId> parse_stem(std::string_view stem);

// Is `message` something that a key of this name signs? It is looked at, not believed: the header of a JWT, the
// structure of a COSE signature over an MSO, the certificate that an authority is to make (of itself for one of its
// `own` keys: this one and its later generations). Errors: keyd_purpose_not_allowed.
Status check_signed_content(const SigningName& name, BytesView message, std::span<const crypto::PublicKey> own);

}  // namespace mibun::keyd
