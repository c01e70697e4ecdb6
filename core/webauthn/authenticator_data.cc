#include "core/webauthn/authenticator_data.h"

#include <algorithm>

#include "core/codecs/cbor.h"
#include "core/webauthn/cose_key.h"
#include "core/webauthn/malformed.h"

namespace mibun::webauthn {
namespace {

constexpr const char* kWhere = "authenticatorData";
constexpr std::size_t kFixedSize = 32 + 1 + 4;
constexpr cbor::Limits kCborLimits{.depth_max = 8, .items_max = 256};

// Takes `size` bytes off the front.
Result<BytesView> take(BytesView& rest, std::size_t size) {
  if (rest.size() < size) return malformed(kWhere, "it ends too early");
  const BytesView taken = rest.first(size);
  rest = rest.subspan(size);
  return taken;
}

// Takes one CBOR item off the front.
Result<BytesView> take_item(BytesView& rest, const char* where) {
  cbor::Reader reader(rest, kCborLimits);
  MIBUN_TRY(const BytesView item, or_malformed(reader.skip(), where));
  rest = rest.subspan(item.size());
  return item;
}

std::uint64_t big_endian(BytesView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

void append(Bytes& out, BytesView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_big_endian(Bytes& out, std::uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

Result<AttestedCredential> take_attested(BytesView& rest) {
  MIBUN_TRY(const BytesView aaguid, take(rest, 16));
  MIBUN_TRY(const BytesView size, take(rest, 2));
  const auto id_size = static_cast<std::size_t>(big_endian(size));
  if (id_size == 0 || id_size > kCredentialIdBytesMax)
    return malformed(kWhere, "the credential id has 1 to 1023 bytes");
  MIBUN_TRY(const BytesView id, take(rest, id_size));
  MIBUN_TRY(const BytesView cose_key, take_item(rest, "credentialPublicKey"));
  MIBUN_TRY(const crypto::P256PublicKey key, parse_cose_key(cose_key));
  AttestedCredential attested{{}, to_bytes(id), key};
  std::ranges::copy(aaguid, attested.aaguid.begin());
  return attested;
}

Result<Bytes> take_extensions(BytesView& rest) {
  constexpr const char* kPlace = "authenticatorData.extensions";
  MIBUN_TRY(const BytesView item, take_item(rest, kPlace));
  cbor::Reader reader(item, kCborLimits);
  MIBUN_TRY(const std::uint64_t count, or_malformed(reader.read_map(), kPlace));
  for (std::uint64_t i = 0; i < count; ++i) {
    MIBUN_CHECK(or_malformed(reader.read_text(), kPlace));
    MIBUN_CHECK(or_malformed(reader.skip(), kPlace));
  }
  return to_bytes(item);
}

}  // namespace

Result<AuthenticatorData> AuthenticatorData::parse(BytesView bytes) {
  if (bytes.size() > kAuthenticatorDataBytesMax) return malformed(kWhere, "it is too long");
  BytesView rest = bytes;
  MIBUN_TRY(const BytesView fixed, take(rest, kFixedSize));
  const std::uint8_t flags = fixed[32];
  AuthenticatorData data;
  std::ranges::copy(fixed.first(32), data.rp_id_hash.begin());
  data.user_present = (flags & flag::user_present) != 0;
  data.user_verified = (flags & flag::user_verified) != 0;
  data.backup_eligible = (flags & flag::backup_eligible) != 0;
  data.backup_state = (flags & flag::backup_state) != 0;
  data.reserved_flags = flags & flag::reserved;
  data.counter = static_cast<std::uint32_t>(big_endian(fixed.subspan(33)));
  if ((flags & flag::attested) != 0) {
    MIBUN_TRY(data.attested, take_attested(rest));
  }
  if ((flags & flag::extensions) != 0) {
    MIBUN_TRY(data.extensions, take_extensions(rest));
  }
  if (!rest.empty()) return malformed(kWhere, "bytes stand behind its end");
  return data;
}

Bytes AuthenticatorData::write() const {
  const auto bit = [](bool on, std::uint8_t value) { return on ? unsigned{value} : 0U; };
  Bytes out(rp_id_hash.begin(), rp_id_hash.end());
  out.push_back(static_cast<std::uint8_t>(
      bit(user_present, flag::user_present) | bit(user_verified, flag::user_verified) |
      bit(backup_eligible, flag::backup_eligible) | bit(backup_state, flag::backup_state) |
      bit(attested.has_value(), flag::attested) | bit(!extensions.empty(), flag::extensions) | reserved_flags));
  append_big_endian(out, counter, 4);
  if (attested) {
    append(out, attested->aaguid);
    append_big_endian(out, attested->credential_id.size(), 2);
    append(out, attested->credential_id);
    append(out, write_cose_key(attested->public_key));
  }
  append(out, extensions);
  return out;
}

Status AuthenticatorData::check(std::string_view rp_id) const {
  if (!ct_equal(rp_id_hash, crypto::sha256(rp_id))) {
    return fail(ErrorCode::webauthn_rp_id_mismatch, "authenticatorData.rpIdHash", "made for another relying party");
  }
  if (!user_present) {
    return fail(ErrorCode::webauthn_user_not_present, "authenticatorData.flags", "no user presence");
  }
  if (!user_verified) {
    return fail(ErrorCode::webauthn_user_not_verified, "authenticatorData.flags", "no user verification");
  }
  if (backup_state && !backup_eligible) {
    return fail(ErrorCode::webauthn_backup_flags_inconsistent, "authenticatorData.flags",
                "backed up, although not eligible for backup");
  }
  return {};
}

}  // namespace mibun::webauthn
