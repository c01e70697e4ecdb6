#include "core/webauthn/attestation_object.h"

#include <functional>
#include <map>

#include "core/codecs/cbor.h"
#include "core/webauthn/malformed.h"

namespace mibun::webauthn {
namespace {

constexpr const char* kWhere = "attestationObject";
constexpr const char* kStatement = "attestationObject.attStmt";
constexpr cbor::Limits kLimits{.depth_max = 8, .items_max = 256};

using Members = std::map<std::string, BytesView, std::less<>>;  // name -> the encoded value

Result<Members> read_members(BytesView item) {
  MIBUN_CHECK(cbor::check_well_formed(item, kLimits));  // refuses duplicate names and trailing bytes too
  cbor::Reader reader(item, kLimits);
  MIBUN_TRY(const std::uint64_t count, reader.read_map());
  Members members;
  for (std::uint64_t i = 0; i < count; ++i) {
    MIBUN_TRY(const std::string_view name, reader.read_text());
    MIBUN_TRY(members[std::string(name)], reader.skip());
  }
  return members;
}

Result<cbor::Reader> value_of(const Members& members, std::string_view name, const char* where) {
  const auto found = members.find(name);
  if (found == members.end()) return malformed(where, "a required member is missing");
  return cbor::Reader(found->second, kLimits);
}

Result<Bytes> bytes_of(const Members& members, std::string_view name, const char* where) {
  MIBUN_TRY(cbor::Reader reader, value_of(members, name, where));
  MIBUN_TRY(const BytesView bytes, or_malformed(reader.read_bytes(), where));
  return to_bytes(bytes);
}

Result<std::vector<Bytes>> chain_of(const Members& members) {
  MIBUN_TRY(cbor::Reader reader, value_of(members, "x5c", kStatement));
  MIBUN_TRY(const std::uint64_t count, or_malformed(reader.read_array(), kStatement));
  if (count > kAttestationChainMax) return malformed(kStatement, "x5c has one to five certificates");
  std::vector<Bytes> chain;
  for (std::uint64_t i = 0; i < count; ++i) {
    MIBUN_TRY(const BytesView certificate, or_malformed(reader.read_bytes(), kStatement));
    chain.push_back(to_bytes(certificate));
  }
  return chain;
}

}  // namespace

Result<AttestationObject> AttestationObject::parse(BytesView bytes) {
  if (bytes.size() > kAttestationObjectBytesMax) return malformed(kWhere, "it is too long");
  MIBUN_TRY(const Members members, or_malformed(read_members(bytes), kWhere));
  if (members.size() != 3) return malformed(kWhere, "it has three members: fmt, attStmt, authData");
  AttestationObject object;
  MIBUN_TRY(cbor::Reader format, value_of(members, "fmt", kWhere));
  MIBUN_TRY(object.format, or_malformed(format.read_text(), kWhere));
  MIBUN_TRY(object.authenticator_data, bytes_of(members, "authData", kWhere));
  MIBUN_TRY(cbor::Reader statement, value_of(members, "attStmt", kWhere));
  MIBUN_CHECK(or_malformed(statement.read_map(), kStatement));
  object.statement = to_bytes(members.find("attStmt")->second);
  return object;
}

Bytes AttestationObject::write() const {
  cbor::Writer writer;
  writer.map(3).text("fmt").text(format).text("attStmt").raw(statement).text("authData").bytes(authenticator_data);
  return writer.take();
}

Result<PackedStatement> PackedStatement::parse(BytesView statement) {
  MIBUN_TRY(const Members members, or_malformed(read_members(statement), kStatement));
  PackedStatement packed;
  MIBUN_TRY(cbor::Reader algorithm, value_of(members, "alg", kStatement));
  MIBUN_TRY(packed.algorithm, or_malformed(algorithm.read_integer(), kStatement));
  MIBUN_TRY(packed.signature, bytes_of(members, "sig", kStatement));
  if (packed.signature.empty() || packed.signature.size() > kSignatureBytesMax) {
    return malformed(kStatement, "no signature has this length");
  }
  if (members.contains("x5c")) {
    MIBUN_TRY(packed.x5c, chain_of(members));
  }
  if (members.size() != (packed.x5c.empty() ? 2U : 3U)) return malformed(kStatement, "members beside alg, sig and x5c");
  return packed;
}

Bytes PackedStatement::write() const {
  cbor::Writer writer;
  writer.map(x5c.empty() ? 2 : 3).text("alg").integer(algorithm).text("sig").bytes(signature);
  if (!x5c.empty()) {
    writer.text("x5c").array(x5c.size());
    for (const Bytes& certificate : x5c) writer.bytes(certificate);
  }
  return writer.take();
}

}  // namespace mibun::webauthn
