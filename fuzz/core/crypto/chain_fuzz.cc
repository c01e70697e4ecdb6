#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/codecs/tlv.h"
#include "core/crypto/certificate_make.h"
#include "core/crypto/crl.h"
#include "core/crypto/trust_anchors.h"

// Input: DER objects side by side, certificates of a chain, leaf first, and lists. Nothing that a fuzzer makes up leads
// to our root.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  static const auto key = crypto::P256PrivateKey::generate();
  static const auto root = [] {
    crypto::CertificateRequest request;
    request.common_name = "Fuzz root";
    request.not_before = Instant::from_unix_seconds(0);
    request.not_after = Instant::from_unix_seconds(4'000'000'000);
    return crypto::make_root_certificate(request, key).value();
  }();
  const auto objects = tlv::read_all({data, size}, 16);
  if (!objects) return 0;
  std::vector<Bytes> chain;
  std::vector<crypto::CaCertificate> anchors{root};
  std::vector<crypto::Crl> lists;
  BytesView rest(data, size);
  for (const tlv::Node& object : *objects) {
    const BytesView der = rest.first(object.total);
    rest = rest.subspan(object.total);
    if (auto list = crypto::Crl::parse(der)) {
      lists.push_back(std::move(*list));
    } else {
      chain.push_back(to_bytes(der));
    }
  }
  crypto::TrustAnchors ours(crypto::CertificatePurpose::mdoc_document_signer, anchors,
                            crypto::RevocationPolicy::require_crls);
  ours.set_crls(lists);
  const Instant now = Instant::from_unix_seconds(1'795'402'800);
  if (ours.verify_chain(chain, now)) std::abort();
  // With the last member as the anchor every rule comes to be looked at; whatever is believed then, is believed again.
  if (chain.size() < 2) return 0;
  auto last = crypto::CaCertificate::parse(chain.back());
  if (!last) return 0;
  chain.pop_back();
  crypto::TrustAnchors theirs(crypto::CertificatePurpose::mdoc_document_signer, {*last},
                              crypto::RevocationPolicy::require_crls);
  theirs.set_crls(lists);
  const auto first = theirs.verify_chain(chain, now), second = theirs.verify_chain(chain, now);
  if (first.has_value() != second.has_value()) std::abort();
  return 0;
}
