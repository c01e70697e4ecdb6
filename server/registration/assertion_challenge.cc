#include "server/registration/assertion_challenge.h"

#include "core/codecs/base64url.h"

namespace mibun::server {
namespace {

constexpr std::size_t kTimeBytes = 8, kRandomBytes = 16;
constexpr std::size_t kIdBytes = kTimeBytes + kRandomBytes;

void append_number(Bytes& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

void append(Bytes& out, BytesView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Instant end_in(const Bytes& id) {
  std::uint64_t milliseconds = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) milliseconds = milliseconds << 8U | id[i];
  return Instant::from_unix_milliseconds(static_cast<std::int64_t>(milliseconds));
}

}  // namespace

Result<AssertionChallenge> AssertionChallenge::of(keyd::KeyHolder& keys, Bytes id, const AssertedRequest& request) {
  Bytes all = id;
  append(all, request.body_sha256);
  append_number(all, static_cast<std::uint64_t>(request.restored.unix_milliseconds()), kTimeBytes);
  append_number(all, request.method.size(), 4);
  append(all, as_bytes(request.method));
  append(all, as_bytes(request.target));
  AssertionChallenge made;
  MIBUN_TRY(made.challenge_, keys.lookup_hash("assertion", all));
  made.expires_ = end_in(id);
  made.id_ = std::move(id);
  return made;
}

Result<AssertionChallenge> AssertionChallenge::make(keyd::KeyHolder& keys, Rng& rng, const AssertedRequest& request,
                                                    Instant expires) {
  Bytes id;
  append_number(id, static_cast<std::uint64_t>(expires.unix_milliseconds()), kTimeBytes);
  append(id, rng.bytes(kRandomBytes));
  return of(keys, std::move(id), request);
}

Result<AssertionChallenge> AssertionChallenge::find(keyd::KeyHolder& keys, std::string_view assertion_id,
                                                    const AssertedRequest& request) {
  auto id = base64url::decode(assertion_id);
  if (!id || id->size() != kIdBytes) return fail(ErrorCode::assertion_invalid, "assertion", "unknown assertion_id");
  return of(keys, std::move(*id), request);
}

std::string AssertionChallenge::assertion_id() const {
  return base64url::encode(id_);
}

}  // namespace mibun::server
