#include "core/crypto/certificate_parts.h"

#include <algorithm>
#include <charconv>

namespace mibun::crypto {
namespace {

struct KnownAlgorithm {
  std::string_view oid;
  KeyKind key;
  SignatureDigest digest;
};
constexpr KnownAlgorithm kAlgorithms[] = {
    {"\x2a\x86\x48\xce\x3d\x04\x03\x02", KeyKind::ec, SignatureDigest::sha256},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x03", KeyKind::ec, SignatureDigest::sha384},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x04", KeyKind::ec, SignatureDigest::sha512},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", KeyKind::rsa, SignatureDigest::sha256},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", KeyKind::rsa, SignatureDigest::sha384},
    {"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", KeyKind::rsa, SignatureDigest::sha512},
    {"\x2b\x65\x70", KeyKind::ed25519, SignatureDigest::other},
};

void append_arc(Bytes& out, std::uint64_t arc) {
  std::size_t groups = 1;
  while (groups < 9 && arc >> (7 * groups) != 0) ++groups;
  while (groups-- > 0) {
    out.push_back(static_cast<std::uint8_t>((arc >> (7 * groups) & 0x7f) | (groups > 0 ? 0x80 : 0)));
  }
}

}  // namespace

const der::Extension* Certificate::Parts::extension(std::uint8_t x) const {
  const auto found = std::ranges::find(extensions, x, [](const der::Extension& one) { return id_ce_of(one.oid); });
  return found == extensions.end() ? nullptr : &*found;
}

Bytes object_identifier(std::string_view dotted) {
  std::vector<std::uint64_t> arcs;
  for (const char* at = dotted.data(); at < dotted.data() + dotted.size();) {
    std::uint64_t arc = 0;
    const auto read = std::from_chars(at, dotted.data() + dotted.size(), arc);
    MIBUN_INVARIANT(read.ec == std::errc());
    arcs.push_back(arc);
    at = read.ptr + 1;
  }
  MIBUN_INVARIANT(arcs.size() >= 2);
  Bytes out;
  append_arc(out, arcs[0] * 40 + arcs[1]);
  for (std::size_t i = 2; i < arcs.size(); ++i) append_arc(out, arcs[i]);
  return out;
}

Result<SignatureMethod> read_signature_method(BytesView algorithm, ErrorCode what) {
  MIBUN_TRY(const BytesView sequence, der::Reader(algorithm, what, "signatureAlgorithm").value(der::kSequence));
  der::Reader fields(sequence, what, "signatureAlgorithm");
  MIBUN_TRY(const BytesView oid, fields.value(der::kObjectId));
  if (!fields.empty()) {
    MIBUN_TRY(const tlv::Node parameters, fields.any());
    if (!der::is_any(parameters)) return fail(what, "signatureAlgorithm");
  }
  MIBUN_CHECK(fields.end());
  const auto known = std::ranges::find(kAlgorithms, as_text(oid), &KnownAlgorithm::oid);
  return known == std::end(kAlgorithms) ? SignatureMethod{} : SignatureMethod{known->key, known->digest};
}

}  // namespace mibun::crypto
