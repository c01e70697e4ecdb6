#pragma once

#include <string_view>
#include <vector>

#include "core/oid4vp/client_id.h"
#include "core/oid4vp/response_mode.h"

// Which requests a wallet answers: each kind is named, none is left to a default.
namespace mibun::oid4vp {

enum class Stance { refuse, accept };

// A stance that must be said: a profile that forgets a kind does not compile.
class Kind {
 public:
  constexpr Kind(Stance stance) : stance_(stance) {}  // NOLINT(google-explicit-constructor)
  constexpr bool accepted() const { return stance_ == Stance::accept; }

 private:
  Stance stance_;
};

// How a verifier may be identified: OpenID4VP 1.0, section 5.9.3. Prefixes that are not here are refused always.
struct AnsweredClients {
  Kind x509_hash, x509_san_dns, verifier_attestation, preregistered, redirect_uri;
  bool accept(ClientId::Prefix prefix) const;
  // For client_id_prefixes_supported: section 10.1.
  std::vector<std::string_view> names() const;
};

struct AnsweredModes {
  Kind direct_post_jwt, direct_post, fragment, dc_api_jwt, dc_api;
  bool accept(ResponseMode mode) const;
};

// Protocols of the Digital Credentials API: section A.1.
struct AnsweredBrowserRequests {
  Kind one_signature, several_signatures, no_signature;
};

struct RequestProfile {
  AnsweredClients clients;
  AnsweredModes modes;
  AnsweredBrowserRequests browser;
};

// HAIP 1.0, sections 5, 5.1 and 5.2.
RequestProfile haip_profile();
// Whoever can be told to the holder, in answers that only the verifier can read: what our wallet does unless it is told
// otherwise.
RequestProfile encrypted_profile();
// All that is understood here, answers in the clear among them.
RequestProfile openid4vp_profile();

}  // namespace mibun::oid4vp
