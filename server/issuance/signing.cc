#include "server/issuance/signing.h"

#include "core/codecs/base64url.h"
#include "server/issuance/photo_id.h"

namespace mibun::server {
namespace {

template <class SignOne>
Result<std::vector<std::string>> sign_batch(std::size_t wanted, SignOne&& sign_one) {
  std::vector<std::string> copies;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < wanted; ++i) {
    MIBUN_TRY(std::string copy, sign_one(i));
    bytes += copy.size();
    if (!copies.empty() && bytes > kBatchBytesMax) break;
    copies.push_back(std::move(copy));
  }
  return copies;
}

}  // namespace

Result<std::vector<std::string>> sign_identity_cards(const CardContent& card, const sd_jwt::Issuer& issuer,
                                                     std::string_view issuer_name,
                                                     std::span<const crypto::P256PublicKey> keys,
                                                     std::span<const status_list::StatusReference> indexes, Rng& rng) {
  return sign_batch(keys.size(),
                    [&](std::size_t i) { return issuer.issue(copy_of(card, issuer_name, keys[i], indexes[i]), rng); });
}

Result<std::vector<std::string>> sign_photo_ids(const CardContent& card, const std::vector<mdoc::NewNameSpace>& content,
                                                const SigningIdentity& document_signer,
                                                std::span<const crypto::P256PublicKey> keys,
                                                std::span<const status_list::StatusReference> indexes, Rng& rng) {
  return sign_batch(keys.size(), [&](std::size_t i) -> Result<std::string> {
    const mdoc::IssueRequest request = photo_id_copy(card, content, keys[i], indexes[i]);
    MIBUN_TRY(const Bytes issued, mdoc::issue(request, *document_signer.signer, document_signer.chain, rng));
    return base64url::encode(issued);
  });
}

}  // namespace mibun::server
