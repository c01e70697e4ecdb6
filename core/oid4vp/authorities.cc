#include "core/oid4vp/authorities.h"

#include "core/dcql/authority_key_id.h"
#include "core/jose/jws.h"

namespace mibun::oid4vp {

std::vector<std::string> authorities_of(std::string_view issuer_jwt) {
  const auto jws = jose::Jws::parse(issuer_jwt, {.bytes_max = issuer_jwt.size()});
  if (!jws) return {};
  const auto chain = jws->x5c();
  return chain ? dcql::authority_key_ids(chain->members()) : std::vector<std::string>{};
}

std::vector<std::string> authorities_of(const mdoc::IssuerSigned& issuer_signed) {
  std::vector<Bytes> chain;
  for (const BytesView member : issuer_signed.issuer_auth.unverified_headers().x5chain) {
    chain.push_back(to_bytes(member));
  }
  return dcql::authority_key_ids(chain);
}

}  // namespace mibun::oid4vp
