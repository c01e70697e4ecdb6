#include "core/crypto/web/algorithm.h"
#include "core/crypto/web/certificate.h"
#include "core/crypto/web/key.h"
#include "core/crypto/web/pss.h"

namespace mibun::crypto::web {
namespace {

// How `certificate` says that it was signed, for a key of `issuer`; nullopt when its algorithm does not hold together:
// parameters of Ed25519, of PSS with two digests, or beyond what the issuer's key allows.
std::optional<SignatureScheme> scheme_of(const Certificate::Parts& certificate, const Certificate::Parts& issuer) {
  const auto algorithm = read_algorithm(certificate.signature_algorithm, "signatureAlgorithm");
  SignatureScheme out{.key = certificate.method.key, .digest = certificate.method.digest, .curve = issuer.key.curve};
  if (out.key == KeyKind::ed25519 && !algorithm->parameters.empty()) return std::nullopt;
  if (out.key != KeyKind::rsa_pss) return out;
  const auto pss = read_pss_parameters(algorithm->parameters);
  if (!pss || pss->mask_digest != pss->digest) return std::nullopt;
  out.salt_bytes = pss->salt_bytes;
  // RFC 4055, section 3.3: parameters of the key bind the signature's.
  const BytesView bound = issuer.key.kind == KeyKind::rsa_pss ? key_parameters(issuer.spki) : BytesView{};
  if (bound.empty()) return out;
  const auto limits = read_pss_parameters(bound);
  const bool kept = limits && limits->digest == pss->digest && limits->mask_digest == pss->digest &&
                    limits->salt_bytes <= pss->salt_bytes;
  return kept ? std::optional(out) : std::nullopt;
}

}  // namespace

bool is_signed_by(const Certificate::Parts& certificate, const Certificate::Parts& issuer) {
  const auto scheme = scheme_of(certificate, issuer);
  const BytesView signature = certificate.signature;  // octets only: no unused bits
  return scheme && signature[0] == 0 && verify_signature(*scheme, issuer.spki, certificate.tbs, signature.subspan(1));
}

// Lists by RSASSA-PSS have no method that fits a key: read_signature_method().
bool is_list_signed_by(const SignatureMethod& method, BytesView tbs, BytesView signature,
                       const Certificate::Parts& issuer) {
  const SignatureScheme scheme{.key = method.key, .digest = method.digest, .curve = issuer.key.curve};
  return verify_signature(scheme, issuer.spki, tbs, signature);
}

}  // namespace mibun::crypto::web
