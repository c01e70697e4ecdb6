// Writes a log for log_interop.mjs: log_peer FOLDER COUNT...  Each count is one append; the first call makes the key.
// Prints the log's public key.

#include <cstdio>
#include <cstdlib>

#include "core/tlog/record.h"
#include "platform/files/files.h"
#include "platform/log_tree/writer.h"

using namespace mibun;
using namespace mibun::log_tree;

namespace {

Result<tlog::NoteSigner> signer_in(const std::string& folder) {
  const std::string file = folder + "/log.key";
  if (!files::exists(file)) {
    MIBUN_CHECK(files::write_new_file(file, crypto::Ed25519PrivateKey::generate().pkcs8().reveal()));
  }
  MIBUN_TRY(const SecretBytes pkcs8, files::read_secret_file(file, 1024));
  MIBUN_TRY(auto key, crypto::Ed25519PrivateKey::from_pkcs8(pkcs8.reveal()));
  return tlog::NoteSigner::make("log.example/ops", tlog::NoteKeyKind::ed25519,
                                std::make_shared<crypto::Ed25519PrivateKey>(std::move(key)));
}

Result<Bytes> record(std::uint64_t index) {
  tlog::LogRecord out{.sequence = index,
                      .time = SystemClock().now(),
                      .operation = "card.issue",
                      .result = {},
                      .subject = tlog::log_subject(Bytes(32, 7), index)};
  if (index % 2 == 1) out.result = tlog::LogOutcome{index - 1, "ok"};
  return out.encode();
}

Status run(const std::string& folder, char** counts) {
  MIBUN_TRY(tlog::NoteSigner signer, signer_in(folder));
  WriterOptions options;
  for (const char* name : {"first", "second"}) {
    MIBUN_TRY(auto storage, DirectoryStorage::open(folder + "/" + name));
    options.sinks.push_back(std::move(storage));
  }
  MIBUN_TRY(options.memory, DirectoryStorage::open(folder + "/memory"));
  MIBUN_TRY(const auto writer, LogWriter::open(std::move(signer), std::move(options)));
  for (; *counts != nullptr; ++counts) {
    const std::vector<EntryMaker> entries(std::strtoul(*counts, nullptr, 10), record);
    MIBUN_CHECK(writer->append(entries));
  }
  std::puts(writer->key().to_string().c_str());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const Status done = run(argv[1], argv + 2);
  if (!done) std::fprintf(stderr, "%s: %s\n", done.error().where.c_str(), done.error().detail.c_str());
  return done ? 0 : 1;
}
