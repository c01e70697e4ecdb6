#include "server/app/ground.h"

#include <utility>

#include "platform/files/files.h"
#include "platform/keyd/open_key_holder.h"
#include "platform/keyd/rehearsed.h"
#include "platform/keyd/stored_signing_keys.h"
#include "server/access/attestation_status.h"
#include "server/access/wallet_authenticator.h"
#include "server/app/file_places.h"
#include "server/clock/memory.h"
#include "server/issuance/configurations.h"
#include "server/legal_hold/service.h"
#include "server/migrations/migrations.h"
#include "server/restored/marker.h"
#include "server/transparency/note_key.h"
#include "server/transparency/running_operation.h"
#include "server/trust/published_trust.h"

namespace mibun::server {
namespace {

// The log of operations in its folders, and the memory of its key beside the key.
Result<std::unique_ptr<OperationLog>> open_log(const Config& config, Trust& trust, const Clock& clock,
                                               metrics::Metrics& metrics) {
  const std::string keys = config.data_directory + "/keys";
  std::vector<std::string> folders = config.log_directories;
  if (folders.empty()) {
    const std::string both = config.data_directory + "/log-tree";
    MIBUN_CHECK(files::make_private_directory(both));
    folders = {both + "/a", both + "/b"};
  }
  MIBUN_TRY(tlog::NoteSigner signer, open_log_key(keys, config.public_origin, trust));
  OperationLogOptions options;
  options.open_sinks = [folders] {
    std::vector<std::unique_ptr<log_tree::Storage>> sinks;
    for (const std::string& folder : folders) {
      auto sink = log_tree::DirectoryStorage::open(folder);
      // One that is not there fails when it is used, and the log goes on with the others.
      sinks.push_back(sink ? std::move(*sink) : log_tree::DirectoryStorage::reading(folder));
    }
    return sinks;
  };
  for (const std::string& folder : folders) {
    options.readers.push_back(log_tree::DirectoryStorage::reading(folder));
  }
  MIBUN_TRY(options.memory, log_tree::DirectoryStorage::open(keys + "/log"));
  MIBUN_TRY(auto lock, log_tree::FolderLock::take(keys + "/log"));
  options.lock.emplace(std::move(lock));
  return OperationLog::open(std::move(signer), std::move(options), clock, metrics);
}

Result<std::shared_ptr<keyd::KeyHolder>> open_keys(const Config& config, Rng& rng) {
  if (config.key_holder) return config.key_holder;
  const std::string directory = config.data_directory + "/keyd";
  const bool lies_here = config.keyd.socket.empty() && config.keyd.directories.empty();
  // A holder that is made anew would know nobody, and everybody in the restored database would be taken for erased.
  if (lies_here && files::exists(RestoreMarker::path(config.data_directory)) &&
      !files::exists(directory + "/keyd.db")) {
    return fail(ErrorCode::keyd_unavailable, directory,
                "this data was restored and the key holder's directory is not there yet");
  }
  MIBUN_TRY(auto holder, keyd::open_key_holder(config.keyd, directory, rng));
  return std::shared_ptr<keyd::KeyHolder>(std::move(holder));
}

// Somebody who has no account yet gets it in the same transaction.
Result<bool> is_there(database::Transaction& transaction, const keyd::PersonId& person) {
  MIBUN_TRY(const auto erased,
            transaction.row("SELECT 1 FROM accounts WHERE account_id = $1 AND state = 'erased'", person.value));
  return !erased;
}

// In <data>/keys, in the token that the configuration names, or with the key service.
Result<std::shared_ptr<keyd::SigningKeys>> open_signing_keys(const Config& config, Rng& rng) {
  if (config.signing_keys) return config.signing_keys;
  const std::string directory = config.data_directory + "/keys";
  if (!config.keyd.socket.empty() && keyd::has_signing_key_files(directory)) {
    // New ones with the service would be strangers to everybody who knows these.
    return fail(ErrorCode::keyd_integrity_error, directory,
                "has signing keys, which the key service is to have: mibun keyd --take-signing-keys");
  }
  const std::string table = config.data_directory + "/keyd";
  MIBUN_TRY(
      auto keys,
      keyd::open_signing_keys(
          config.keyd,
          {.directory = directory, .default_directory = table, .default_memory = keyd::memory_beside(table)}, rng));
  return std::shared_ptr<keyd::SigningKeys>(std::move(keys));
}

OwnTypes own_types() {
  OwnTypes types;
  for (const oid4vci::CredentialConfiguration& one : configurations()) {
    if (one.format == oid4vci::CredentialFormat::mso_mdoc) {
      types.doctypes.push_back(one.doctype);
    } else {
      types.vcts.push_back(one.vct);
    }
  }
  return types;
}

}  // namespace

Result<Ground> open_ground(const Config& config, const Clock& clock, Rng& rng) {
  Ground ground;
  LegalHoldService::SignInKeys sign_in_keys;
  for (const StaffMember& member : config.staff) sign_in_keys.emplace(member.client_id, member.key);
  MIBUN_CHECK(LegalHoldService::check(config.legal_hold, sign_in_keys));
  MIBUN_CHECK(files::make_private_directory(config.data_directory));
  MIBUN_TRY(ground.clock_seen, RememberedMoment(config.data_directory, kClockSeen).read());
  MIBUN_TRY(auto database, database::Database::open(config.data_directory + "/mibun.db", migrations()));
  ground.database =
      std::make_unique<CarryingDatabase>(std::make_unique<keyd::RehearsedDatabase>(std::move(database), is_there));
  MIBUN_TRY(ground.key_holder, open_keys(config, rng));
  ground.keys = std::make_unique<keyd::GuardedKeyHolder>(*ground.key_holder);
  MIBUN_TRY(ground.files, open_files(config, rng));
  std::vector<std::string> journal{config.data_directory + "/journal"};
  journal.insert(journal.end(), config.journal_directories.begin(), config.journal_directories.end());
  MIBUN_TRY(ground.journal, Journal::open(journal));
  MIBUN_TRY(auto kept_files, KeptFiles::open(journal, *ground.keys));
  ground.kept_files = std::make_unique<KeptFiles>(std::move(kept_files));
  MIBUN_TRY(ground.signing_keys, open_signing_keys(config, rng));
  MIBUN_TRY(ground.trust, Trust::open(config.data_directory + "/keys", config.public_origin, rng, clock.now(),
                                      ground.signing_keys, config.taken_back_signer_pem));
  MIBUN_TRY(ground.operation_log, open_log(config, *ground.trust, clock, *ground.metrics));
  MIBUN_TRY(auto card_issuers, server::card_issuers(*ground.trust, own_types(), config.trusted_issuers));
  ground.card_issuers = std::make_unique<CardIssuers>(std::move(card_issuers));
  MIBUN_TRY(ground.trust_list, published_trust(*ground.trust, *ground.card_issuers, config.wallet_trust_pem,
                                               config.known_verifiers, ground.operation_log->key().to_string()));
  MIBUN_TRY(ground.known_verifiers, oid4vp::KnownVerifiers::parse(config.known_verifiers, "wallet_trust.verifiers"));
  MIBUN_TRY(ground.cosigned,
            CosignedCheckpoint::open({*ground.operation_log, *ground.metrics, config.data_directory + "/log-cosigned"},
                                     config.witnesses));
  MIBUN_TRY(auto providers, wallet_provider_anchors(ground.trust->wallet_provider_roots(), config.wallet_provider_pem));
  ground.wallet_providers = std::make_unique<crypto::TrustAnchors>(std::move(providers));
  MIBUN_TRY(auto lists, http::Destinations::these_and_public(config.attestation_list_origins));
  ground.fetch_crl = config.fetch_crl ? config.fetch_crl : fetch_crls(lists);
  const auto fetch = fetch_status_lists(std::move(lists));
  ground.fetch_attestation_list = config.fetch_attestation_list ? config.fetch_attestation_list : fetch;
  ground.fetch_status_list = config.fetch_status_list ? config.fetch_status_list : fetch;
  MIBUN_TRY(auto emrtd, EmrtdVerifier::make(config.csca_pem));
  ground.verifiers.push_back(std::make_unique<EmrtdVerifier>(std::move(emrtd)));
  MIBUN_TRY(ground.push_services, http::Destinations::these_and_public(config.push_services));
  return ground;
}

}  // namespace mibun::server
