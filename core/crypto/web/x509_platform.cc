// What the rules over certificates ask of their platform, on the web: compiled there in the place of x509.cc,
// x509_platform.cc and pem_native.cc.

#include "core/crypto/certificate_parts.h"
#include "core/crypto/pem.h"
#include "core/crypto/web/certificate.h"

namespace mibun::crypto {

Result<std::shared_ptr<const Certificate::Parts>> parse_certificate(BytesView der) {
  return web::parse_certificate(der);
}

bool same_name(BytesView a, BytesView b) {
  return web::same_name(a, b);
}

Result<std::string> name_text(BytesView name) {
  return web::name_text(name);
}

bool is_signed_by(const Certificate::Parts& certificate, const Certificate::Parts& issuer) {
  return web::is_signed_by(certificate, issuer);
}

bool is_list_signed_by(const SignatureMethod& method, BytesView tbs, BytesView signature,
                       const Certificate::Parts& issuer) {
  return web::is_list_signed_by(method, tbs, signature, issuer);
}

Result<std::optional<PemBlock>> next_pem_block(std::string_view& text) {
  return web::next_pem_block(text);
}

}  // namespace mibun::crypto
