#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tlog/hash.h"
#include "core/tlog/note_key.h"
#include "core/tlog/proof.h"

namespace mibun::tlog {

// What a log signs: C2SP tlog-checkpoint.
//   <origin>\n<size>\n<base64 of the root>\n  and, rarely, further lines
class Checkpoint {
 public:
  // Exactly one form: what parses is written again as the same bytes. Errors: signature_malformed (also an empty tree
  // with another root than it has, and a size above kTreeSizeMax).
  static Result<Checkpoint> parse(std::string_view text);
  // Errors: invalid_argument (an origin that is no key's name: ours are both).
  static Result<Checkpoint> make(std::string origin, const TreeHead& head);

  const std::string& origin() const { return origin_; }
  const TreeHead& head() const { return head_; }
  const std::vector<std::string>& extensions() const { return extensions_; }
  std::string text() const;

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;

 private:
  Checkpoint(std::string origin, const TreeHead& head, std::vector<std::string> extensions);
  std::string origin_;
  TreeHead head_;
  std::vector<std::string> extensions_;
};

// A checkpoint that its log signed. Only opening makes one.
class SignedCheckpoint {
 public:
  // `log`: the key that the log is known by; its name is the origin too. Errors: signature_malformed,
  // signature_invalid (not signed by the log, or of another origin).
  static Result<SignedCheckpoint> open(std::string_view note, const VerifierKey& log);

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const TreeHead& head() const { return checkpoint_.head(); }
  const Note& note() const { return note_; }

 private:
  SignedCheckpoint(Note note, Checkpoint checkpoint);
  Note note_;
  Checkpoint checkpoint_;
};

// What whoever remembers a log asks of its next checkpoint: that it is of the same log, not smaller, and that
// everything which was there is there still. `proof`: the consistency proof from the old size to the new one. Wallets,
// witnesses and the log itself ask this one function. Errors: log_rollback (smaller), log_fork (one size, two roots),
// log_proof_invalid (another log, or a proof that does not prove it).
Status check_advance(const Checkpoint& remembered, const SignedCheckpoint& next, std::span<const Hash> proof);

}  // namespace mibun::tlog
