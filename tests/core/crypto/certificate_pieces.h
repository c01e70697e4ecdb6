#pragma once

// Certificates taken apart, to be put together wrongly.

#include <vector>

#include "core/codecs/tlv.h"
#include "core/crypto/der.h"
#include "tests/support/test_pki.h"

namespace certificate_pieces {

namespace der = mibun::crypto::der;
namespace tlv = mibun::tlv;
using mibun::Bytes;
using mibun::BytesView;

using Parts = std::vector<Bytes>;  // each an encoded object

inline Parts parts_of(BytesView value) {
  Parts out;
  for (const tlv::Node& node : must(tlv::read_all(value))) out.push_back(tlv::write(node.tag, node.value));
  return out;
}
inline Bytes together(std::uint32_t tag, const Parts& parts) {
  Bytes value;
  for (const Bytes& part : parts) value.insert(value.end(), part.begin(), part.end());
  return tlv::write(tag, value);
}
inline BytesView inside(const Bytes& object) {
  return must(tlv::read_whole(object)).value;
}

// TBSCertificate: version, serial, algorithm, issuer, validity, subject, key, extensions.
inline constexpr std::size_t kVersion = 0, kAlgorithm = 2, kIssuer = 3, kValidity = 4, kSubject = 5, kKey = 6,
                             kExtensions = 7;
inline constexpr std::uint32_t kExtensionsTag = 0xa3;

struct Pieces {
  Parts outer, tbs;  // outer: to be signed, algorithm, signature

  explicit Pieces(BytesView der) : outer(parts_of(must(tlv::read_whole(der)).value)), tbs(parts_of(inside(outer[0]))) {}
  Bytes der() const {
    Parts all = outer;
    all[0] = together(der::kSequence, tbs);
    return together(der::kSequence, all);
  }
};

inline Bytes extension(const Bytes& oid, const Bytes& value) {
  return tlv::write(der::kSequence,
                    tlv::concat({tlv::write(der::kObjectId, oid), tlv::write(der::kOctetString, value)}));
}
inline void add_extension(Pieces& pieces, const Bytes& added) {
  Parts list = parts_of(inside(parts_of(inside(pieces.tbs[kExtensions]))[0]));
  list.push_back(added);
  pieces.tbs[kExtensions] = together(kExtensionsTag, {together(der::kSequence, list)});
}

}  // namespace certificate_pieces
