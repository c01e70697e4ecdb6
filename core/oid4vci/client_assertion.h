#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/jose/jws.h"

namespace mibun::oid4vci {

inline constexpr std::string_view kClientAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

// private_key_jwt (RFC 7523, section 3; OpenID Connect Core, section 9):
//   {"typ":"client-authentication+jwt" or "JWT" or none, "alg":"ES256", "kid"?}.
//   {"iss":client_id,"sub":client_id,"aud":..,"jti":..,"exp":..,"iat"?:..}
Result<std::string> make_client_assertion(std::string_view client_id, std::string_view audience,
                                          const crypto::P256Signer& signer, Instant now, Rng& rng,
                                          std::optional<std::string_view> kid = {});

struct ClientAssertionPolicy {
  // Each names us alone: the issuer identifier first, then the token endpoint's URL, which older clients send.
  std::span<const std::string> audiences;
  // A client_id beside the assertion in the form, when there was one: must be the same.
  std::optional<std::string_view> form_client_id;
  Instant now;
};

class VerifiedClientAssertion;

// Read, not verified: enough to look the client and its key up.
class ClientAssertion {
 public:
  // Errors: oauth_invalid_client.
  static Result<ClientAssertion> parse(std::string_view jwt);

  const std::string& unverified_client_id() const { return client_id_; }
  const std::optional<std::string>& unverified_kid() const { return kid_; }

  // `key`: the one registered for this client. The detail names the cause. Errors: oauth_invalid_client.
  Result<VerifiedClientAssertion> verify(const crypto::P256PublicKey& key, const ClientAssertionPolicy& policy) const;

 private:
  explicit ClientAssertion(jose::Jws jws) : jws_(std::move(jws)) {}
  jose::Jws jws_;
  std::string client_id_;
  std::optional<std::string> kid_;
};

// The client is who it says. One use only: remember (client_id, jti) until `remember_until` (docs/threat_model.md, R3).
class VerifiedClientAssertion {
 public:
  const std::string& client_id() const { return client_id_; }
  const std::string& jti() const { return jti_; }
  Instant remember_until() const { return remember_until_; }

 private:
  friend class ClientAssertion;
  VerifiedClientAssertion(std::string client_id, std::string jti, Instant remember_until)
      : client_id_(std::move(client_id)), jti_(std::move(jti)), remember_until_(remember_until) {}
  std::string client_id_, jti_;
  Instant remember_until_;
};

}  // namespace mibun::oid4vci
