#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/crypto/p256.h"
#include "core/mdoc/issuer.h"
#include "core/sd_jwt/issuer.h"
#include "core/status_list/status_reference.h"
#include "server/issuance/card.h"
#include "server/trust/trust.h"

namespace mibun::server {

// A batch: one copy for each key, with the index at the same place, until the answer would be larger than
// kBatchBytesMax (section 8.3: an issuer may give fewer than asked for); always one. Salts and digests are drawn for
// each copy. Errors: those of sd_jwt::Issuer and mdoc::issue.
inline constexpr std::size_t kBatchBytesMax = 1024 * 1024;

Result<std::vector<std::string>> sign_identity_cards(const CardContent& card, const sd_jwt::Issuer& issuer,
                                                     std::string_view issuer_name,
                                                     std::span<const crypto::P256PublicKey> keys,
                                                     std::span<const status_list::StatusReference> indexes, Rng& rng);

// IssuerSigned in base64url: OpenID4VCI 1.0, appendix A.2.4.
Result<std::vector<std::string>> sign_photo_ids(const CardContent& card, const std::vector<mdoc::NewNameSpace>& content,
                                                const SigningIdentity& document_signer,
                                                std::span<const crypto::P256PublicKey> keys,
                                                std::span<const status_list::StatusReference> indexes, Rng& rng);

}  // namespace mibun::server
