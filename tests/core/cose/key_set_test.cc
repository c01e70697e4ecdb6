#include <doctest/doctest.h>

#include <map>
#include <regex>

#include "core/cose/key.h"
#include "core/crypto/p256.h"
#include "tests/core/cose/support.h"
#include "tests/support/vectors.h"

// The working group's KeySet.txt: maps in diagnostic notation with the private members, of the keys that sign and seal
// its examples. Behind them stand three JSON objects that are no COSE_Key.
namespace {

using namespace mibun;
using namespace mibun::cose;

constexpr ErrorCode kPasses = ErrorCode::internal_error;

// Label to encoded value.
using Members = std::map<std::int64_t, Bytes>;

Bytes encoded(const std::string& value) {
  if (value.starts_with("h'")) {
    std::string digits = value.substr(2, value.size() - 3);
    std::erase_if(digits, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    return cbor::Writer().bytes(must(hex::decode(digits))).take();
  }
  if (value.starts_with("'"))
    return cbor::Writer().bytes(as_bytes(std::string_view(value).substr(1, value.size() - 2))).take();
  return cbor::Writer().integer(std::stoll(value)).take();
}

std::vector<Members> key_set() {
  const std::string text = read_vector("cose-wg/KeySet.txt");
  const std::regex map_of(R"(\{[^}]*\})"), member_of(R"((-?[0-9]+):(h'[0-9a-f\s]*'|'[^']*'|[0-9]+))");
  std::vector<Members> keys;
  for (std::sregex_iterator map(text.begin(), text.end(), map_of), end; map != end; ++map) {
    const std::string body = map->str();
    if (body.find('"') != std::string::npos) continue;
    Members members;
    for (std::sregex_iterator member(body.begin(), body.end(), member_of); member != end; ++member) {
      members[std::stoll((*member)[1])] = encoded((*member)[2]);
    }
    keys.push_back(std::move(members));
  }
  return keys;
}

Bytes written(const Members& members) {
  cbor::Writer writer;
  writer.map(members.size());
  for (const auto& [label, value] : members) writer.integer(label).raw(value);
  return writer.take();
}

Bytes bytes_of(const Members& members, std::int64_t label) {
  cbor::Reader reader(members.at(label));
  return to_bytes(must(reader.read_bytes()));
}

}  // namespace

TEST_CASE("the working group's keys: none with its private member, the public halves of those on our curves") {
  constexpr std::string_view kP521 = "bilbo.baggins@hobbiton.example";
  std::map<std::string, ErrorCode> whole, halves;
  for (const Members& members : key_set()) {
    const std::string name(as_text(bytes_of(members, 2)));
    INFO(name);
    whole[name] = code_of(CoseKey::parse(written(members)));
    if (!members.contains(-4)) continue;
    Members half = members;
    half.erase(-4);
    const auto key = CoseKey::parse(written(half));
    halves[name] = code_of(key);
    if (name == kP521) continue;
    CHECK(as_text(*must(Result(key)).key_id()) == name);
    CHECK(key->key() ==
          crypto::PublicKey(must(crypto::P256PrivateKey::from_scalar(bytes_of(members, -4))).public_key()));
  }
  CHECK(whole ==
        std::map<std::string, ErrorCode>{{"11", ErrorCode::private_key_rejected},
                                         {"meriadoc.brandybuck@buckland.example", ErrorCode::private_key_rejected},
                                         {"peregrin.took@tuckborough.example", ErrorCode::private_key_rejected},
                                         {std::string(kP521), ErrorCode::private_key_rejected},
                                         {"our-secret", ErrorCode::cose_key_unsupported},
                                         {"our-secret2", ErrorCode::cose_key_unsupported},
                                         {"018c0ae5-4d9b-471b-bfd6-eef314bc7037", ErrorCode::cose_key_unsupported}});
  CHECK(halves == std::map<std::string, ErrorCode>{{"11", kPasses},
                                                   {"meriadoc.brandybuck@buckland.example", kPasses},
                                                   {"peregrin.took@tuckborough.example", kPasses},
                                                   {std::string(kP521), ErrorCode::cose_key_unsupported}});
}
