#include "core/crypto/cms_shape.h"

#include "core/codecs/tlv.h"

namespace mibun::crypto {
namespace {

constexpr std::uint32_t kInteger = 0x02, kOctetString = 0x04, kNull = 0x05, kObjectId = 0x06, kSequence = 0x30,
                        kSet = 0x31, kContext0 = 0xa0, kContext1 = 0xa1, kKeyIdentifier = 0x80;

std::unexpected<Error> malformed(const char* where) {
  return fail(ErrorCode::cms_malformed, where);
}

// Objects side by side, taken one after another with the tag that must come.
class Reader {
 public:
  Reader(BytesView bytes, const char* where) : rest_(bytes), where_(where) {}
  bool empty() const { return rest_.empty(); }

  Result<tlv::Node> any() {
    const auto node = tlv::read(rest_);
    if (!node) return malformed(where_);
    rest_ = rest_.subspan(node->total);
    return *node;
  }
  Result<BytesView> expect(std::uint32_t tag) {
    MIBUN_TRY(const tlv::Node node, any());
    if (node.tag != tag) return malformed(where_);
    return node.value;
  }
  // Goes past an object that may be there.
  Status skip(std::uint32_t tag) {
    const auto node = tlv::read(rest_);
    if (node && node->tag == tag) rest_ = rest_.subspan(node->total);
    return {};
  }
  Status end() const { return rest_.empty() ? Status{} : Status(malformed(where_)); }

 private:
  BytesView rest_;
  const char* where_;
};

Result<int> version(Reader& reader) {
  MIBUN_TRY(const BytesView value, reader.expect(kInteger));
  if (value.size() != 1) return malformed("version");
  return int{value[0]};
}

// AlgorithmIdentifier of a digest: parameters absent or NULL. Returns the OID.
Result<BytesView> digest_algorithm(BytesView value) {
  Reader reader(value, "digest algorithm");
  MIBUN_TRY(const BytesView oid, reader.expect(kObjectId));
  if (reader.empty()) return oid;
  MIBUN_TRY(const BytesView null, reader.expect(kNull));
  MIBUN_CHECK(reader.end());
  if (!null.empty()) return malformed("digest algorithm");
  return oid;
}

Status read_digest_set(BytesView set, SignedDataShape& shape) {
  for (Reader reader(set, "digest algorithms"); !reader.empty();) {
    MIBUN_TRY(const BytesView one, reader.expect(kSequence));
    MIBUN_TRY(const BytesView oid, digest_algorithm(one));
    shape.digest_oids.push_back(oid);
  }
  return {};
}

Status check_content(BytesView encapsulated) {
  Reader reader(encapsulated, "content");
  MIBUN_CHECK(reader.expect(kObjectId));
  MIBUN_TRY(const BytesView wrapped, reader.expect(kContext0));
  MIBUN_CHECK(reader.end());
  Reader content(wrapped, "content");
  MIBUN_CHECK(content.expect(kOctetString));
  return content.end();
}

// Version 1 names the certificate by issuer and serial number, version 3 by key identifier.
Status read_signer_identifier(Reader& signer, SignedDataShape& shape) {
  MIBUN_TRY(const int number, version(signer));
  MIBUN_TRY(const tlv::Node identifier, signer.any());
  if (number == 3 && identifier.tag == kKeyIdentifier) return {};
  if (number != 1 || identifier.tag != kSequence) return malformed("signer identifier");
  const auto issuer = tlv::read(identifier.value);
  if (!issuer || issuer->tag != kSequence) return malformed("signer identifier");
  shape.issuer = identifier.value.first(issuer->total);
  Reader rest(identifier.value.subspan(issuer->total), "signer identifier");
  MIBUN_CHECK(rest.expect(kInteger));
  return rest.end();
}

Status check_attributes(BytesView attributes) {
  for (Reader reader(attributes, "signed attributes"); !reader.empty();) {
    MIBUN_TRY(const BytesView attribute, reader.expect(kSequence));
    Reader parts(attribute, "signed attributes");
    MIBUN_CHECK(parts.expect(kObjectId));
    MIBUN_CHECK(parts.expect(kSet));
    MIBUN_CHECK(parts.end());
  }
  return {};
}

// RSASSA-PSS-params (RFC 4055): [0] hash, [1] mask generation, [2] salt length, [3] trailer, each optional. The values
// are the library's business; here, only that the digests are written as digests are.
Status check_pss_parameters(BytesView value) {
  for (Reader reader(value, "signature algorithm"); !reader.empty();) {
    MIBUN_TRY(const tlv::Node field, reader.any());
    Reader inside(field.value, "signature algorithm");
    if (field.tag == kContext0) {
      MIBUN_TRY(const BytesView digest, inside.expect(kSequence));
      MIBUN_CHECK(digest_algorithm(digest));
    } else if (field.tag == kContext1) {
      MIBUN_TRY(const BytesView mask, inside.expect(kSequence));
      Reader parts(mask, "signature algorithm");
      MIBUN_CHECK(parts.expect(kObjectId));
      MIBUN_TRY(const BytesView digest, parts.expect(kSequence));
      MIBUN_CHECK(parts.end());
      MIBUN_CHECK(digest_algorithm(digest));
    } else {
      MIBUN_CHECK(inside.expect(kInteger));
    }
    MIBUN_CHECK(inside.end());
  }
  return {};
}

// Parameters absent, NULL, or those of RSA-PSS.
Status check_signature_algorithm(BytesView value) {
  Reader reader(value, "signature algorithm");
  MIBUN_CHECK(reader.expect(kObjectId));
  if (reader.empty()) return {};
  MIBUN_TRY(const tlv::Node parameters, reader.any());
  MIBUN_CHECK(reader.end());
  if (parameters.tag == kNull && parameters.value.empty()) return {};
  if (parameters.tag != kSequence) return malformed("signature algorithm");
  return check_pss_parameters(parameters.value);
}

Status read_signer(BytesView signers, SignedDataShape& shape) {
  Reader set(signers, "signers");
  MIBUN_TRY(const BytesView info, set.expect(kSequence));
  MIBUN_CHECK(set.end());
  Reader signer(info, "signer");
  MIBUN_CHECK(read_signer_identifier(signer, shape));
  MIBUN_TRY(const BytesView digest, signer.expect(kSequence));
  MIBUN_TRY(shape.signer_digest_oid, digest_algorithm(digest));
  MIBUN_TRY(const BytesView attributes, signer.expect(kContext0));
  MIBUN_CHECK(check_attributes(attributes));
  MIBUN_TRY(const BytesView algorithm, signer.expect(kSequence));
  MIBUN_CHECK(check_signature_algorithm(algorithm));
  MIBUN_CHECK(signer.expect(kOctetString));
  MIBUN_CHECK(signer.skip(kContext1));  // unsigned attributes: nothing here looks at them
  return signer.end();
}

}  // namespace

Result<SignedDataShape> read_signed_data_shape(BytesView der) {
  Reader outer(der, "content info");
  MIBUN_TRY(const BytesView info, outer.expect(kSequence));
  MIBUN_CHECK(outer.end());
  Reader content_info(info, "content info");
  MIBUN_CHECK(content_info.expect(kObjectId));
  MIBUN_TRY(const BytesView wrapped, content_info.expect(kContext0));
  MIBUN_CHECK(content_info.end());
  Reader unwrapped(wrapped, "signed data");
  MIBUN_TRY(const BytesView signed_data, unwrapped.expect(kSequence));
  MIBUN_CHECK(unwrapped.end());

  SignedDataShape shape;
  Reader reader(signed_data, "signed data");
  MIBUN_TRY(const int number, version(reader));
  if (number != 3) return malformed("version");  // what RFC 5652 demands of content that is not plain data
  MIBUN_TRY(const BytesView digests, reader.expect(kSet));
  MIBUN_CHECK(read_digest_set(digests, shape));
  MIBUN_TRY(const BytesView encapsulated, reader.expect(kSequence));
  MIBUN_CHECK(check_content(encapsulated));
  MIBUN_CHECK(reader.expect(kContext0));  // certificates
  MIBUN_CHECK(reader.skip(kContext1));    // revocation lists
  MIBUN_TRY(const BytesView signers, reader.expect(kSet));
  MIBUN_CHECK(reader.end());
  MIBUN_CHECK(read_signer(signers, shape));
  return shape;
}

}  // namespace mibun::crypto
