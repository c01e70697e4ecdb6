#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/signer.h"
#include "core/crypto/x509.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/known_verifiers.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/response_mode.h"
#include "core/oid4vp/verifier_attestation.h"

namespace mibun::oid4vp {

// A verifier's key with what proves whose it is: its certificate, a registrar's attestation, or that wallets know it.
// Read once: decoding a certificate costs as much as signing four requests.
class RequestSigner {
 public:
  // `chain`: DER, leaf first, without the anchor; the leaf's key must be the signer's. `prefix`: under which name it
  // asks; HAIP 1.0, section 5, has x509_hash alone. Errors: invalid_argument (empty, another key, no such name),
  // certificate_malformed.
  static Result<RequestSigner> make(std::shared_ptr<const crypto::Signer> signer, std::span<const Bytes> chain,
                                    ClientId::Prefix prefix = ClientId::Prefix::x509_hash);
  // Under the attestation's sub: OpenID4VP 1.0, section 12. Errors: invalid_argument (of another key; silent about the
  // addresses for answers, which wallets would then not know).
  static Result<RequestSigner> make_attested(std::shared_ptr<const crypto::Signer> signer,
                                             const VerifiedAttestation& attestation);
  // Without a prefix, to wallets that know `verifier`: section 5.9.2. Errors: invalid_argument (not one of its keys).
  static Result<RequestSigner> make_known(std::shared_ptr<const crypto::Signer> signer, const KnownVerifier& verifier);

  const crypto::Signer& signer() const { return *signer_; }
  const std::string& client_id() const { return client_id_; }
  const json::Object& header() const { return header_; }  // {"typ", "x5c"}, {"typ", "jwt"} or {"typ", "kid"?}
  // Will wallets answer to `uri` where the mode is `mode`? A certificate covers its hosts and, of a page, the origins
  // of the registration; whoever names addresses means these and no others. Errors: oid4vp_response_uri_not_owned.
  Status check_address(std::string_view uri, ResponseMode mode, const Registration& registration) const;

 private:
  RequestSigner(std::shared_ptr<const crypto::Signer> signer, std::string client_id, json::Object header)
      : signer_(std::move(signer)), client_id_(std::move(client_id)), header_(std::move(header)) {}
  std::shared_ptr<const crypto::Signer> signer_;
  std::string client_id_;
  json::Object header_;
  std::optional<crypto::Certificate> leaf_;  // without one:
  std::vector<std::string> addresses_;
};

}  // namespace mibun::oid4vp
