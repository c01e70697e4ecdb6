#include "core/dcql/authority_key_id.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/codecs/tlv.h"
#include "tests/support/test_pki.h"

using namespace mibun;

namespace {

constexpr std::uint32_t kSequence = 0x30, kOid = 0x06, kOctets = 0x04, kExtensions = 0xa3, kFirst = 0x80;

// 2.5.29.`id`, with a SEQUENCE that has [0].
Bytes extension(std::uint8_t id, std::string_view first) {
  const Bytes value = tlv::write(kSequence, tlv::write(kFirst, as_bytes(first)));
  return tlv::write(kSequence, tlv::concat({tlv::write(kOid, Bytes{0x55, 0x1d, id}), tlv::write(kOctets, value)}));
}
// As much of a certificate as is looked at.
Bytes certificate(const Bytes& extensions) {
  return tlv::write(kSequence, tlv::write(kSequence, tlv::write(kExtensions, tlv::write(kSequence, extensions))));
}

}  // namespace

TEST_CASE("the authority's key identifier is found, and nothing that looks like it") {
  const Bytes usage_period = extension(16, "20260101000000Z"), identifier = extension(35, "key");  // RFC 5280, 4.2.1
  const std::vector<Bytes> chain = {certificate(tlv::concat({usage_period, identifier})), certificate(usage_period),
                                    to_bytes("no certificate"), certificate(identifier)};
  CHECK(dcql::authority_key_ids(chain) == std::vector<std::string>(2, base64url::encode(as_bytes("key"))));
}

TEST_CASE("each certificate of a chain names the key that signed it") {
  const TestAuthority authority("issuers");
  const crypto::Certificate leaf = authority.leaf(TestAuthority::names("leaf"), crypto::CertificatePurpose::registrar,
                                                  crypto::P256PrivateKey::generate().public_key());
  const std::vector<Bytes> chain = {to_bytes(leaf.der())};
  CHECK(dcql::authority_key_ids(chain) ==
        std::vector<std::string>{base64url::encode(crypto::CaCertificate(authority.root).subject_key_id())});
}
