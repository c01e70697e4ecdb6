#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/tlog/add_checkpoint.h"
#include "core/tlog/checkpoint.h"
#include "platform/log_tree/storage.h"

namespace mibun::log_tree {

// What a witness answers: an HTTP status of C2SP tlog-witness and its body.
struct WitnessAnswer {
  int status = 200;
  std::string body;    // 200: signature lines; 409: the size it has
  std::string reason;  // for people; empty at 200
};

// Somebody else than the log, with a key and a folder of its own, who signs each checkpoint that goes on from the last
// one it saw: so that a log cannot show a smaller or another tree later without two parties lying. It writes down what
// it saw before it signs, and so a crash never lets it sign backwards.
class Witness {
 public:
  // `signer`: of kind cosignature_v1. `logs`: whom it works for. `state`: "<hex of SHA-256 of the origin>/latest", what
  // was seen last, and ".../checkpoint", the same with the witness' signature.
  Witness(tlog::NoteSigner signer, std::unique_ptr<Storage> state, std::vector<tlog::VerifierKey> logs);

  const tlog::VerifierKey& key() const { return signer_.verifier(); }

  // C2SP tlog-witness, "add-checkpoint". 400 not a request, or from a larger size than to; 403 not signed by the log;
  // 404 another log; 409 from another size than the last one seen, or another root of that size; 422 a proof that does
  // not prove it; 500 the state could not be read or kept, and nothing is signed.
  WitnessAnswer add_checkpoint(std::string_view body, Instant now);

  // The size to prove from; 0 for a log that was never seen. Errors: not_found (another log), io_error, and what is
  // wrong with the file.
  Result<std::uint64_t> seen_size(std::string_view origin);
  // The last checkpoint with the log's and the witness' signature. Errors: not_found, io_error.
  Result<std::string> cosigned(std::string_view origin);

  // Where the state of a log stands.
  static std::string folder(std::string_view origin);

 private:
  const tlog::VerifierKey* find(std::string_view origin) const;
  Result<tlog::Checkpoint> latest(const tlog::VerifierKey& log);
  WitnessAnswer sign(const tlog::SignedCheckpoint& checkpoint, Instant now);

  tlog::NoteSigner signer_;
  std::unique_ptr<Storage> state_;
  std::vector<tlog::VerifierKey> logs_;
  std::mutex mutex_;  // reading the last size and keeping the next are one step
};

}  // namespace mibun::log_tree
