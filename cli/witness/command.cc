#include "cli/witness/command.h"

#include <systemd/sd-daemon.h>

#include <memory>
#include <optional>
#include <vector>

#include "cli/client/api_client.h"
#include "cli/client/http_log.h"
#include "cli/terminal/log_key.h"
#include "cli/witness/service.h"
#include "platform/files/files.h"
#include "platform/log_tree/witness.h"
#include "platform/process/stop_signals.h"

namespace mibun::cli {
namespace {

using log_tree::DirectoryStorage;

struct Options {
  std::string log, ca_file, state, name = "witness.invalid/mibun";
  std::vector<std::string> keys;
  std::optional<std::uint16_t> port;
  std::string address = "127.0.0.1", certificate_file, certificate_key_file;
};

// The witness' own key: made the first time, and its public part written beside it for whoever checks.
Result<tlog::NoteSigner> open_key(const Options& options) {
  const std::string file = options.state + "/witness.key", name_file = options.state + "/witness.vkey";
  if (!files::exists(file)) {
    const auto fresh = crypto::Ed25519PrivateKey::generate();
    MIBUN_TRY(const auto verifier,
              tlog::VerifierKey::make(options.name, tlog::NoteKeyKind::cosignature_v1, fresh.public_key()));
    MIBUN_CHECK(files::write_file_atomic(name_file, as_bytes(verifier.to_string() + "\n"), files::kPublicFile));
    MIBUN_CHECK(files::write_new_file(file, fresh.pkcs8().reveal()));
  }
  MIBUN_TRY(const SecretBytes pkcs8, files::read_secret_file(file, 1024));
  MIBUN_TRY(auto key, crypto::Ed25519PrivateKey::from_pkcs8(pkcs8.reveal()));
  MIBUN_TRY(const tlog::VerifierKey public_part, read_log_key(name_file));
  MIBUN_TRY(auto signer, tlog::NoteSigner::make(public_part.name(), tlog::NoteKeyKind::cosignature_v1,
                                                std::make_shared<crypto::Ed25519PrivateKey>(std::move(key))));
  if (signer.verifier() != public_part) return fail(ErrorCode::private_key_rejected, name_file, "is of another key");
  return signer;
}

// What the log would send: its checkpoint, and the proof from the size that was seen last.
Result<std::string> request_of(log_tree::Storage& log, const tlog::VerifierKey& key, std::uint64_t seen) {
  MIBUN_TRY(const Bytes note, log.read(log_tree::kCheckpointFile, tlog::kNoteBytesMax));
  MIBUN_TRY(const auto checkpoint, tlog::SignedCheckpoint::open(as_text(note), key));
  const std::uint64_t size = checkpoint.head().size;
  tlog::AddCheckpoint request{seen, {}, std::string(as_text(note))};
  if (size < seen) {
    request.old_size = size;  // the witness says that it saw more
    return request.encode();
  }
  log_tree::StorageTiles tiles(log);
  tlog::TileNodes nodes(tiles, size);
  MIBUN_TRY(request.proof, tlog::make_consistency_proof(seen, size, nodes));
  return request.encode();
}

// A folder, or an address.
Result<std::unique_ptr<log_tree::Storage>> open_log(const Options& options, const tlog::VerifierKey& key) {
  if (!options.log.starts_with("https://")) return DirectoryStorage::reading(options.log);
  std::string ca_pem;
  if (!options.ca_file.empty()) {
    MIBUN_TRY(ca_pem, read_text_file(options.ca_file));
  }
  MIBUN_TRY(auto log, HttpLog::open(options.log, key, std::move(ca_pem)));
  return std::unique_ptr<log_tree::Storage>(std::move(log));
}

Result<int> run_once(const Options& options, const Terminal& terminal) {
  if (options.keys.size() != 1) return fail(ErrorCode::invalid_argument, "--key", "one, of the log at --log");
  MIBUN_TRY(const tlog::VerifierKey log_key, read_log_key(options.keys.front()));
  MIBUN_TRY(auto state, DirectoryStorage::open(options.state));
  MIBUN_TRY(const auto lock, log_tree::FolderLock::take(options.state));
  MIBUN_TRY(tlog::NoteSigner signer, open_key(options));
  log_tree::Witness witness(std::move(signer), std::move(state), {log_key});
  MIBUN_TRY(const std::uint64_t seen, witness.seen_size(log_key.name()));
  MIBUN_TRY(const auto log, open_log(options, log_key));
  MIBUN_TRY(const std::string request, request_of(*log, log_key, seen));
  const log_tree::WitnessAnswer answer = witness.add_checkpoint(request, SystemClock().now());
  if (answer.status != 200) {
    terminal.error_line(terminal.bad(terminal.say({"Not signed: this log does not go on from what was seen last. ",
                                                   "署名しません: 前回確認したログの続きではありません。 "})) +
                        answer.reason);
    return kExitRefused;
  }
  MIBUN_TRY(const std::uint64_t now, witness.seen_size(log_key.name()));
  terminal.line(terminal.good(terminal.say({"Signed. ", "署名しました。 "})) + std::to_string(seen) + " -> " +
                std::to_string(now));
  terminal.line(std::string(terminal.say({"  checkpoint: ", "  チェックポイント: "})) + options.state + "/" +
                log_tree::Witness::folder(log_key.name()) + "/checkpoint");
  terminal.line(std::string(terminal.say({"  key:        ", "  鍵:               "})) + witness.key().to_string());
  return kExitOk;
}

// None: in the clear, for a proxy on the same machine that has the certificate.
Result<std::optional<http::TlsIdentity>> read_tls(const Options& options) {
  if (options.certificate_file.empty() != options.certificate_key_file.empty()) {
    return fail(ErrorCode::invalid_argument, "--tls-certificate", "goes with --tls-key");
  }
  if (options.certificate_file.empty()) {
    if (options.address == "127.0.0.1" || options.address == "::1") return std::nullopt;
    return fail(ErrorCode::invalid_argument, "--address", "not without --tls-certificate and --tls-key");
  }
  http::TlsIdentity identity;
  MIBUN_TRY(identity.certificate_chain_pem, read_text_file(options.certificate_file));
  MIBUN_TRY(identity.private_key_pem, read_text_file(options.certificate_key_file));
  return std::optional(std::move(identity));
}

Result<int> serve(const Options& options, const Terminal& terminal) {
  const process::StopSignals signals;
  std::vector<tlog::VerifierKey> log_keys;
  for (const std::string& key : options.keys) {
    MIBUN_TRY(tlog::VerifierKey log_key, read_log_key(key));
    log_keys.push_back(std::move(log_key));
  }
  MIBUN_TRY(auto state, DirectoryStorage::open(options.state));
  MIBUN_TRY(const auto lock, log_tree::FolderLock::take(options.state));
  MIBUN_TRY(tlog::NoteSigner signer, open_key(options));
  log_tree::Witness witness(std::move(signer), std::move(state), std::move(log_keys));
  http::ServerOptions listener = witness_server_options(options.address, *options.port);
  MIBUN_TRY(listener.tls, read_tls(options));
  const SystemClock clock;
  MIBUN_TRY(const auto server, http::Server::bind(std::move(listener), [&](const http::ServerRequest& request) {
              return answer_log(witness, request, clock.now());
            }));
  server->start();
  terminal.line(std::string(terminal.say({"ready: port ", "準備ができました: ポート "})) +
                std::to_string(server->port()));
  terminal.line(std::string(terminal.say({"  key: ", "  鍵: "})) + witness.key().to_string());
  sd_notify(0, "READY=1");
  signals.wait();
  sd_notify(0, "STOPPING=1");
  server->stop();
  return kExitOk;
}

Result<int> run(const Options& options, const Terminal& terminal) {
  if (options.log.empty() == !options.port) {
    return fail(ErrorCode::invalid_argument, "--log", "either --log or --listen");
  }
  return options.port ? serve(options, terminal) : run_once(options, terminal);
}

}  // namespace

void add_witness_command(CLI::App& app, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "witness", "sign a log's checkpoint if it goes on from the last one / ログが続きであることを確かめて署名する");
  command->add_option("--log", options->log, "once: the log's folder, or where it is served: https://.../log");
  command->add_option("--listen", options->port, "for logs that ask by themselves (C2SP tlog-witness): the port");
  command->add_option("--address", options->address, "where it listens");
  command->add_option("--tls-certificate", options->certificate_file, "PEM; needed on any address but this machine's");
  command->add_option("--tls-key", options->certificate_key_file, "PEM, on P-256");
  command->add_option("--ca", options->ca_file, "roots to trust at an address (PEM); the system's when not given");
  command->add_option("--key", options->keys, "the log's public key, or a file with it; with --listen one or more")
      ->required();
  command->add_option("--state", options->state, "the witness' own folder: its key and what it saw")->required();
  command->add_option("--name", options->name, "what the witness is called; counts the first time only");
  command->callback([=, &terminal, &exit_code] {
    const auto code = run(*options, terminal);
    exit_code = code ? *code : terminal.report(code.error());
  });
}

}  // namespace mibun::cli
