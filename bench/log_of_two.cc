#include "bench/log_of_two.h"

#include "core/crypto/ed25519.h"

namespace mibun::bench {

Result<std::unique_ptr<log_tree::LogWriter>> open_log_of_two(const std::string& folder) {
  MIBUN_TRY(auto signer,
            tlog::NoteSigner::make("bench.example/log", tlog::NoteKeyKind::ed25519,
                                   std::make_shared<crypto::Ed25519PrivateKey>(crypto::Ed25519PrivateKey::generate())));
  log_tree::WriterOptions options;
  for (const char* sink : {"/a", "/b"}) {
    MIBUN_TRY(auto storage, log_tree::DirectoryStorage::open(folder + sink));
    options.sinks.push_back(std::move(storage));
  }
  options.sinks_at_once = true;
  MIBUN_TRY(options.memory, log_tree::DirectoryStorage::open(folder + "/memory"));
  return log_tree::LogWriter::open(std::move(signer), std::move(options));
}

Result<Bytes> operation_record(std::uint64_t index, const std::optional<tlog::LogOutcome>& outcome) {
  return tlog::LogRecord{.sequence = index,
                         .time = Instant::from_unix_seconds(1'796'000'000),
                         .operation = "presentation.answer",
                         .result = outcome,
                         .subject = {}}
      .encode();
}

}  // namespace mibun::bench
