#pragma once

#include <optional>

#include "core/oid4vp/registration.h"
#include "core/proximity/holder_flow.h"

namespace mibun::wallet {

// What our registrars say about a reader at close range: the registration that came with each of its requests, made for
// its certificate (sub: "x509_hash:...") and covering every element it asks for, as in a request online.
class RegisteredReaders final : public proximity::ReaderRegister {
 public:
  // Borrowed. Purpose: registrar.
  explicit RegisteredReaders(const crypto::TrustAnchors& registrars) : registrars_(registrars) {}

  // Errors: mdoc_request_malformed (a "requestInfo" that is none), oid4vp_registration_invalid (does not verify,
  // another reader's, not the same in all requests), oid4vp_claim_not_registered (asks for more; `where` is the path).
  Result<Standing> check(const crypto::Certificate& reader, std::span<const mdoc::ItemsRequest> requests,
                         Instant now) override;

  // The last one, whatever came of it: its signature was verified.
  const std::optional<crypto::Certificate>& reader() const { return reader_; }
  // Of that reader, in force; whether it covers what was asked, check() said.
  const std::optional<oid4vp::Registration>& registration() const { return registration_; }

 private:
  const crypto::TrustAnchors& registrars_;
  std::optional<crypto::Certificate> reader_;
  std::optional<oid4vp::Registration> registration_;
};

}  // namespace mibun::wallet
