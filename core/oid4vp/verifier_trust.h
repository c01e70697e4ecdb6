#pragma once

#include "core/crypto/x509.h"
#include "core/oid4vp/known_verifiers.h"
#include "core/oid4vp/request_profile.h"

namespace mibun::oid4vp {

// Whom a wallet believes when it is asked, and which requests it answers. All of it outlives what is given it.
struct VerifierTrust {
  const crypto::TrustAnchors& access;  // CertificatePurpose::verifier_access: who may sign with x5c
  const crypto::TrustAnchors&
      registrars;  // CertificatePurpose::registrar: registrations, and attestations of verifiers
  const KnownVerifiers& known;
  RequestProfile profile;
};

}  // namespace mibun::oid4vp
