#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/codecs/http_message.h"
#include "platform/metrics/metrics.h"
#include "server/transparency/chosen_witness.h"
#include "server/transparency/operation_log.h"

namespace mibun::server {

// Hands one request to the witness of that place in the list. Errors: those of http::Client::send.
using SendToWitness = std::function<Result<HttpResponse>(std::size_t witness, const HttpRequest& request)>;

// The newest checkpoint of our log that witnesses signed, too (C2SP tlog-witness, tlog-cosignature). Nothing waits for
// them: operations go on and checkpoints are published without them, and what stands here stays an older one until a
// witness signs again. How old it is, each signature says itself. Safe from several threads.
class CosignedCheckpoint {
 public:
  struct Parts {
    OperationLog& log;
    metrics::Metrics& metrics;
    std::string file;  // where it stays for the next start
  };
  // Errors: invalid_argument (a key that is not a witness', or one key twice).
  static Result<std::unique_ptr<CosignedCheckpoint>> open(Parts parts, std::vector<ChosenWitness> witnesses);

  bool has_witnesses() const { return !witnesses_.empty(); }

  // Asks each witness to sign the checkpoint of now. One that does not answer, or says that it does not go on from what
  // it saw, is told in the log of events and the metrics, and does not keep the others from it. From one thread at a
  // time. Errors: none of the witnesses'; io_error (it could not be kept).
  Status ask(const SendToWitness& send);

  // With the log's signature and those of the round that it is from; none before the first.
  std::optional<std::string> note() const;

 private:
  struct Witness {
    ChosenWitness chosen;
    std::uint64_t seen = 0;  // what it signed last, as far as we know
    bool failed = false;     // the last time, which was told
  };
  CosignedCheckpoint(Parts parts, std::vector<ChosenWitness> witnesses);
  void read_kept();
  Status goes_on_from(const tlog::TreeHead& kept);
  Result<std::vector<tlog::NoteSignature>> cosignatures(std::size_t index, const tlog::Note& checkpoint,
                                                        const tlog::TreeHead& head, const SendToWitness& send);
  Result<HttpResponse> submit(std::size_t index, const tlog::Note& checkpoint, const tlog::TreeHead& head,
                              const SendToWitness& send);
  void tell(Witness& witness, const Status& done);

  Parts parts_;
  std::vector<Witness> witnesses_;
  mutable std::mutex mutex_;
  std::optional<std::string> note_;
};

}  // namespace mibun::server
