#include "wallet/move_link.h"

#include "core/base/decimal.h"
#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/crypto/hash.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kPrefix = "mibun-move://?";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLinkBytesMax = 1024;
constexpr std::size_t kIdCharactersMax = 64;

std::unexpected<Error> not_a_link(std::string detail) {
  return fail(ErrorCode::move_not_found, "link", std::move(detail));
}

Bytes keyed(BytesView secret, std::string_view purpose, std::initializer_list<BytesView> parts) {
  Bytes text = to_bytes(purpose);
  for (const BytesView part : parts) text.insert(text.end(), part.begin(), part.end());
  return to_bytes(crypto::hmac_sha256(secret, text));
}

Result<Bytes> secret_field(const form::Fields& fields, std::string_view name) {
  const auto text = fields.find(name);
  auto bytes = text ? base64url::decode(*text) : Result<Bytes>(not_a_link(std::string(name)));
  if (!bytes || bytes->size() != kSecretBytes) return not_a_link(std::string(name));
  return bytes;
}

}  // namespace

std::string MoveLink::to_text() const {
  return std::string(kPrefix) + form::encode({{"server", server},
                                              {"move", move_id},
                                              {"secret", base64url::encode(secret)},
                                              {"commitment", base64url::encode(commitment)}});
}

Result<MoveLink> MoveLink::parse(std::string_view text) {
  if (!text.starts_with(kPrefix) || text.size() > kLinkBytesMax) return not_a_link("not a link of another wallet");
  const auto fields = form::Fields::parse(text.substr(kPrefix.size()));
  if (!fields) return not_a_link("not readable");
  const auto server = fields->find("server"), move = fields->find("move");
  if (!server || !move || fields->all().size() != 4) return not_a_link("a part is missing, or too much");
  MoveLink link;
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(*server));
  link.server = url.origin();
  if (move->empty() || move->size() > kIdCharactersMax || !base64url::decode(*move)) return not_a_link("move");
  link.move_id = *move;
  MIBUN_TRY(link.secret, secret_field(*fields, "secret"));
  MIBUN_TRY(link.commitment, secret_field(*fields, "commitment"));
  return link;
}

Bytes move_commitment(BytesView nonce) {
  return to_bytes(crypto::sha256({as_bytes("mibun move nonce"), nonce}));
}

Bytes commitment_tag(BytesView secret, BytesView commitment) {
  return keyed(secret, "mibun move commitment", {commitment});
}

Bytes move_proof(BytesView secret) {
  return keyed(secret, "mibun move proof", {});
}

Bytes move_tag(BytesView secret, const MoveKeys& keys) {
  return keyed(secret, "mibun move tag", {keys.new_device.point(), keys.seal.point()});
}

Bytes luggage_tag(BytesView secret, BytesView luggage) {
  return keyed(secret, "mibun move luggage", {luggage});
}

std::string move_number(BytesView secret, BytesView nonce, const MoveKeys& keys) {
  const Bytes digest =
      keyed(secret, "mibun move number", {nonce, keys.old_device.point(), keys.new_device.point(), keys.seal.point()});
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(value); ++i) value = value << 8U | digest[i];
  return decimal(value, 6);
}

}  // namespace mibun::wallet
