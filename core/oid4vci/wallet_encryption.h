#pragma once

#include <optional>
#include <string>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/http_message.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/oid4vci/encryption.h"
#include "core/oid4vci/metadata.h"

namespace mibun::oid4vci {

// How this wallet talks to one issuer's credential endpoints: encrypted both ways when that is offered, with A256GCM
// where there is a choice, and with a key of its own for each exchange.
class WalletEncryption {
 public:
  // Errors: oid4vci_invalid_encryption_parameters (what the issuer demands cannot be done).
  static Result<WalletEncryption> choose(const IssuerMetadata& issuer);
  WalletEncryption() = default;  // in clear

  // What a request must say about its answer; nothing: in clear.
  std::optional<AnswerEncryption> answer() const;

  struct Message {
    std::string_view content_type;
    std::string body;
  };
  // Errors: jwk_unsupported.
  Result<Message> seal(const json::Object& request, Rng& rng) const;
  // An answer of success. Errors: those of open_answer.
  Result<std::string> open(const HttpResponse& response) const;

 private:
  struct Recipient {
    jose::Jwk key;
    jose::ContentEncryption enc;
  };
  std::optional<Recipient> recipient_;
  std::optional<crypto::P256PrivateKey> answer_key_;
  jose::ContentEncryption answer_enc_ = jose::ContentEncryption::a256gcm;
};

}  // namespace mibun::oid4vci
