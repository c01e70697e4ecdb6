#include "core/tlog/note_key.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/crypto/public_key.h"

namespace mibun::tlog {
namespace {

constexpr std::size_t kTimeBytes = 8;

std::unexpected<Error> malformed(const char* why) {
  return fail(ErrorCode::signature_malformed, "verifier key", why);
}

std::array<std::uint8_t, 4> big_endian(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value >> 24), static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}

Bytes kind_and_key(NoteKeyKind kind, const crypto::Ed25519PublicKey& key) {
  Bytes out{static_cast<std::uint8_t>(kind)};
  out.insert(out.end(), key.bytes().begin(), key.bytes().end());
  return out;
}

std::uint32_t key_id(const std::string& name, NoteKeyKind kind, const crypto::Ed25519PublicKey& key) {
  const auto digest = crypto::sha256({as_bytes(name), as_bytes("\n"), kind_and_key(kind, key)});
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = id << 8 | digest[i];
  return id;
}

std::string cosigned_message(std::uint64_t unix_seconds, const std::string& text) {
  return "cosignature/v1\ntime " + std::to_string(unix_seconds) + "\n" + text;
}

Result<NoteKeyKind> known_kind(std::uint8_t byte) {
  for (const NoteKeyKind kind : {NoteKeyKind::ed25519, NoteKeyKind::cosignature_v1}) {
    if (byte == static_cast<std::uint8_t>(kind)) return kind;
  }
  return malformed("another kind of key");
}

}  // namespace

VerifierKey::VerifierKey(std::string name, NoteKeyKind kind, const crypto::Ed25519PublicKey& key)
    : name_(std::move(name)), kind_(kind), key_(key), id_(key_id(name_, kind, key)) {}

Result<VerifierKey> VerifierKey::make(std::string name, NoteKeyKind kind, const crypto::Ed25519PublicKey& key) {
  if (!is_key_name(name)) return fail(ErrorCode::invalid_argument, "name", "no name of a key");
  return VerifierKey(std::move(name), kind, key);
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("not three parts");
  const std::string_view name = text.substr(0, first);
  if (!is_key_name(name)) return malformed("no name of a key");
  const auto bytes = base64::decode(text.substr(second + 1));
  if (!bytes || bytes->empty()) return malformed("not base64");
  MIBUN_TRY(const NoteKeyKind kind, known_kind(bytes->front()));
  MIBUN_TRY(const auto key, crypto::Ed25519PublicKey::from_bytes(BytesView(*bytes).subspan(1)));
  VerifierKey made(std::string(name), kind, key);
  if (text.substr(first + 1, second - first - 1) != hex::encode(big_endian(made.id_))) {
    return malformed("the id is not that of the name and the key");
  }
  return made;
}

std::string VerifierKey::to_string() const {
  return name_ + "+" + hex::encode(big_endian(id_)) + "+" + base64::encode(kind_and_key(kind_, key_));
}

Result<Instant> VerifierKey::verify_line(const std::string& text, const NoteSignature& line) const {
  const bool timed = kind_ == NoteKeyKind::cosignature_v1;
  const std::size_t prefix = timed ? kTimeBytes : 0;
  crypto::Ed25519Signature signature{};
  if (line.signature.size() != prefix + signature.size()) {
    return fail(ErrorCode::signature_invalid, "signature line", "another size than the key's signatures have");
  }
  std::copy(line.signature.begin() + static_cast<std::ptrdiff_t>(prefix), line.signature.end(), signature.begin());
  if (!timed) {
    MIBUN_CHECK(key_.verify(as_bytes(text), signature));
    return Instant();
  }
  std::uint64_t time = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) time = time << 8 | line.signature[i];
  // Beyond the year 9999 our own clock could not show it.
  if (time == 0 || time > 253'402'300'799) return fail(ErrorCode::signature_invalid, "signature line", "no such time");
  MIBUN_CHECK(key_.verify(as_bytes(cosigned_message(time, text)), signature));
  return Instant::from_unix_seconds(static_cast<std::int64_t>(time));
}

Result<Instant> VerifierKey::verify(const Note& note) const {
  std::optional<Instant> last;
  for (const NoteSignature& line : note.signatures()) {
    if (line.name != name_ || line.key_id != id_) continue;
    MIBUN_TRY(const Instant signed_at, verify_line(note.text(), line));
    last = last ? std::max(*last, signed_at) : signed_at;
  }
  if (!last) return fail(ErrorCode::signature_invalid, "note", "not signed by this key");
  return *last;
}

NoteSigner::NoteSigner(VerifierKey verifier, std::shared_ptr<const crypto::Signer> signer)
    : verifier_(std::move(verifier)), signer_(std::move(signer)) {}

Result<NoteSigner> NoteSigner::make(std::string name, NoteKeyKind kind, std::shared_ptr<const crypto::Signer> signer) {
  const crypto::PublicKey key = signer->verification_key();
  if (key.ed25519() == nullptr) return fail(ErrorCode::invalid_argument, "key", "not an Ed25519 key");
  MIBUN_TRY(VerifierKey verifier, VerifierKey::make(std::move(name), kind, *key.ed25519()));
  return NoteSigner(std::move(verifier), std::move(signer));
}

Result<NoteSignature> NoteSigner::sign(const std::string& text, Instant now) const {
  NoteSignature line{verifier_.name(), verifier_.id(), {}};
  std::string message = text;
  if (verifier_.kind() == NoteKeyKind::cosignature_v1) {
    const auto time = static_cast<std::uint64_t>(now.unix_seconds());
    for (int shift = 56; shift >= 0; shift -= 8) line.signature.push_back(static_cast<std::uint8_t>(time >> shift));
    message = cosigned_message(time, text);
  }
  MIBUN_TRY(const Bytes signature, signer_->sign_raw(as_bytes(message)));
  line.signature.insert(line.signature.end(), signature.begin(), signature.end());
  MIBUN_TRY(const Note note, Note::make(text, {line}));
  if (!verifier_.verify(note)) return fail(ErrorCode::crypto_failure, "sign", "the signature does not verify");
  return line;
}

}  // namespace mibun::tlog
