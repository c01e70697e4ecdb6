#include "core/oid4vp/request_signer.h"

#include "core/jose/jws.h"
#include "core/oid4vp/request.h"

namespace mibun::oid4vp {

Result<RequestSigner> RequestSigner::make(std::shared_ptr<const crypto::Signer> signer, std::span<const Bytes> chain,
                                          ClientId::Prefix prefix) {
  if (chain.empty()) return fail(ErrorCode::invalid_argument, "chain", "there is no certificate");
  MIBUN_TRY(crypto::Certificate leaf, crypto::Certificate::parse(chain.front()));
  if (leaf.public_key() != signer->verification_key()) {
    return fail(ErrorCode::invalid_argument, "chain", "not the signer's certificate");
  }
  MIBUN_TRY(std::string client_id, client_id_of(leaf, prefix));
  return RequestSigner(std::move(signer), std::move(leaf), std::move(client_id),
                       {{"typ", kRequestObjectType}, {"x5c", jose::x5c_member(chain)}});
}

}  // namespace mibun::oid4vp
