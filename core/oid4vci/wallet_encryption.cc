#include "core/oid4vci/wallet_encryption.h"

#include <algorithm>

namespace mibun::oid4vci {
namespace {

jose::ContentEncryption strongest(const std::vector<jose::ContentEncryption>& encs) {
  const auto best = std::ranges::find(encs, jose::ContentEncryption::a256gcm);
  return best != encs.end() ? *best : encs.front();
}

std::unexpected<Error> impossible(std::string where) {
  return fail(ErrorCode::oid4vci_invalid_encryption_parameters, std::move(where),
              "the issuer demands encryption that this wallet cannot do");
}

}  // namespace

Result<WalletEncryption> WalletEncryption::choose(const IssuerMetadata& issuer) {
  WalletEncryption encryption;
  const auto& requests = issuer.request_encryption;
  const auto& answers = issuer.response_encryption;
  if (requests && !requests->keys.empty() && !requests->encs.empty()) {
    encryption.recipient_ = Recipient{requests->keys.front(), strongest(requests->encs)};
  } else if (requests && requests->required) {
    return impossible("metadata.credential_request_encryption");
  }
  // Section 8.2: parameters for the answer travel in encrypted requests only.
  if (encryption.recipient_ && answers && answers->ecdh_es && !answers->encs.empty()) {
    encryption.answer_key_ = crypto::P256PrivateKey::generate();
    encryption.answer_enc_ = strongest(answers->encs);
  } else if (answers && answers->required) {
    return impossible("metadata.credential_response_encryption");
  }
  return encryption;
}

std::optional<AnswerEncryption> WalletEncryption::answer() const {
  if (!answer_key_) return std::nullopt;
  jose::Jwk jwk(answer_key_->public_key());
  jwk.set_alg("ECDH-ES");
  jwk.set_use("enc");
  return AnswerEncryption{std::move(jwk), answer_enc_};
}

Result<WalletEncryption::Message> WalletEncryption::seal(const json::Object& request, Rng& rng) const {
  if (!recipient_) return Message{"application/json", json::serialize(request)};
  MIBUN_TRY(std::string body, encrypt_message(request, recipient_->key, recipient_->enc, rng));
  return Message{kJwtMediaType, std::move(body)};
}

Result<std::string> WalletEncryption::open(const HttpResponse& response) const {
  return open_answer(response, answer_key_ ? &*answer_key_ : nullptr);
}

}  // namespace mibun::oid4vci
