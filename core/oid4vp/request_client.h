#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/jose/jws.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/registration.h"
#include "core/oid4vp/request.h"

// For files in core/oid4vp only: who asks, and where that client may have answers sent.
namespace mibun::oid4vp {

// A client whose kind is answered and, if its kind signs, whose signature was checked.
class RequestClient {
 public:
  // Errors: oid4vp_client_id_prefix_not_supported (unknown, or refused by the profile), oid4vp_invalid_request (a
  // signed request of redirect_uri), certificate_*, jws_*, oid4vp_client_id_mismatch, those of
  // VerifiedAttestation::verify.
  static Result<RequestClient> of_signed(const jose::Jws& jws, std::string_view client_id, const VerifierTrust& trust,
                                         Instant now);
  // Only redirect_uri is not signed. Errors: oid4vp_client_id_prefix_not_supported, oid4vp_invalid_request.
  static Result<RequestClient> of_unsigned(std::string_view client_id, const VerifierTrust& trust);

  const std::string& id() const { return text_; }
  const ClientId& client_id() const { return client_id_; }
  Identified identified() const { return identified_; }
  const std::optional<crypto::Certificate>& certificate() const { return leaf_; }  // that signed, where one did
  const json::Object& header() const { return header_; }    // protected; empty where nothing was signed
  const json::Object& payload() const { return payload_; }  // the same

  // May answers go to `uri`, where the mode is `mode`? A certificate covers its hosts, an attestation and our registry
  // the addresses that they name, redirect_uri the one that it is; beyond these a page, but no gateway, may lie on an
  // origin of the registration. Errors: oid4vp_response_uri_not_owned.
  Status check_address(std::string_view uri, ResponseMode mode, const Registration& registration) const;

 private:
  RequestClient(std::string_view text, ClientId client_id, Identified identified)
      : text_(text), client_id_(std::move(client_id)), identified_(identified) {}
  bool owns(std::string_view uri) const;
  std::string text_;
  ClientId client_id_;
  Identified identified_;
  json::Object header_, payload_;
  std::optional<crypto::Certificate> leaf_;
  std::optional<std::vector<std::string>> addresses_;
};

// Whether `uri` lies on one of the origins that the registration names.
bool names_origin_of(const Registration& registration, std::string_view uri);

// Whether such a client is answered at all: known before anything is fetched for it.
// Errors: oid4vp_client_id_prefix_not_supported.
Status check_answered(std::string_view client_id, const VerifierTrust& trust);

// Whether the registration is for this client: it names its id or, where nobody signed, the origin that is asking.
// Errors: oid4vp_registration_invalid.
Status check_registered_for(const Registration& registration, std::string_view client_id,
                            const std::optional<std::string>& unsigned_origin);

}  // namespace mibun::oid4vp
