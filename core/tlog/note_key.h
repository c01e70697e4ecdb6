#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/signer.h"
#include "core/tlog/note.h"

namespace mibun::tlog {

// What a key signs, and the byte that says so in its id: signed-note, "Signature types".
enum class NoteKeyKind : std::uint8_t {
  ed25519 = 0x01,         // the text: logs
  cosignature_v1 = 0x04,  // a time and the text: witnesses (tlog-cosignature)
};

// Who may sign notes: a name and an Ed25519 key. Written "<name>+<key id>+<base64 of kind and key>".
class VerifierKey {
 public:
  // Errors: signature_malformed (shape, unknown kind, the id is not the key's), public_key_malformed,
  // public_key_not_on_curve.
  static Result<VerifierKey> parse(std::string_view text);
  // Errors: invalid_argument (no name of a key).
  static Result<VerifierKey> make(std::string name, NoteKeyKind kind, const crypto::Ed25519PublicKey& key);

  const std::string& name() const { return name_; }
  NoteKeyKind kind() const { return kind_; }
  std::uint32_t id() const { return id_; }
  const crypto::Ed25519PublicKey& key() const { return key_; }
  std::string to_string() const;

  // Whether the note is signed by this key: at least one line is, and every line that carries its name and id.
  // For logs the result is nothing more than that; for witnesses it is when they signed last.
  // Errors: signature_invalid (none by this key, or one that does not match).
  Result<Instant> verify(const Note& note) const;

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;

 private:
  VerifierKey(std::string name, NoteKeyKind kind, const crypto::Ed25519PublicKey& key);
  Result<Instant> verify_line(const std::string& text, const NoteSignature& line) const;

  std::string name_;
  NoteKeyKind kind_;
  crypto::Ed25519PublicKey key_;
  std::uint32_t id_;
};

// Who signs notes. The key may be anywhere behind a crypto::Signer.
class NoteSigner {
 public:
  // Errors: invalid_argument (no name of a key, not an Ed25519 key).
  static Result<NoteSigner> make(std::string name, NoteKeyKind kind, std::shared_ptr<const crypto::Signer> signer);

  const VerifierKey& verifier() const { return verifier_; }
  // `now` is what a witness' signature carries; a log's carries no time. Verified before it is returned: a broken
  // signer is an error here and not at a stranger's. Errors: crypto_failure, the signer's.
  Result<NoteSignature> sign(const std::string& text, Instant now) const;

 private:
  NoteSigner(VerifierKey verifier, std::shared_ptr<const crypto::Signer> signer);
  VerifierKey verifier_;
  std::shared_ptr<const crypto::Signer> signer_;
};

}  // namespace mibun::tlog
