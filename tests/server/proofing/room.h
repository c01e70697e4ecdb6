#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/crypto/hash.h"
#include "platform/blobs/store.h"
#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "server/proofing/service.h"
#include "tests/server/account_row.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The proofing room alone, with a verifier that its test tells what to say, and when.
namespace mibun::server {

// Notes which files a person was told of as lost, and nothing else.
class SilentHistory final : public HistoryRecorder {
 public:
  Status record(database::Transaction&, const keyd::PersonId& person, HistoryKind kind,
                const json::Object& details) override {
    if (kind == HistoryKind::file_lost) lost.emplace(person.value, std::string(details.at("file").as_string()));
    return {};
  }

  std::multimap<std::string, std::string> lost;  // files' names by person
};

// Offers nothing, and counts how often it was asked to.
class NoOffers final : public OfferMaker {
 public:
  Status make_offer(database::Transaction&, const keyd::PersonId&, const std::string&) override {
    ++made;
    return {};
  }
  Result<std::optional<ShownOffer>> show_offer(const keyd::PersonId&, const std::string&) override {
    return std::optional<ShownOffer>();
  }

  int made = 0;
};

class ToldVerifier final : public EvidenceVerifier {
 public:
  std::string_view method() const override { return "told"; }
  bool takes_file(std::string_view name) const override { return name == "A" || name == "EF.DG2"; }
  Result<Verdict> verify(const Evidence& evidence, Instant) const override {
    seen = evidence.files;
    if (meanwhile) meanwhile();
    if (!genuine) return Verdict{{{"all", "failed", ""}}, {}};
    return Verdict{{{"all", "passed", ""}}, {{"given_name", "HARUKA", "told:A", {"all"}}}};
  }
  Bytes challenge(BytesView, std::string_view) const override { return Bytes(8); }

  bool genuine = true;
  std::function<void()> meanwhile;  // while the evidence is looked at
  mutable std::map<std::string, Bytes> seen;
};

// The room in a folder.
struct RoomIn {
  explicit RoomIn(const std::string& folder, Instant now = kTestNow)
      : clock(now),
        database(must(database::Database::open(folder + "/mibun.db", migrations()))),
        keys(must(keyd::open_embedded_key_holder(folder + "/keyd", rng))),
        store(must(blobs::Store::open({{{folder + "/a"}, {folder + "/b"}}, 0}, rng))) {
    auto told = std::make_unique<ToldVerifier>();
    verifier = told.get();
    std::vector<std::unique_ptr<EvidenceVerifier>> verifiers;
    verifiers.push_back(std::move(told));
    service =
        std::make_unique<ProofingService>(*database, *keys, *store, history, offers, std::move(verifiers), clock, rng);
    must(service->recover());
  }

  ManualClock clock;
  crypto::SystemRng rng;
  std::unique_ptr<database::Database> database;
  std::unique_ptr<keyd::KeyHolder> keys;
  std::unique_ptr<blobs::Store> store;
  SilentHistory history;
  NoOffers offers;
  ToldVerifier* verifier = nullptr;
  std::unique_ptr<ProofingService> service;
};

// One in a new folder, with somebody who has opened a case.
struct Room : TempDir, RoomIn {
  Room() : RoomIn(path().string()) {
    must(keys->create_person_key(account.id));
    case_id = must(service->open_case(account, "told")).case_id;
  }
  auto submit(ProofingService::Files files) { return service->submit(account, case_id, Bytes(64), std::move(files)); }
  std::string state() { return must(service->view(account, case_id)).state; }

  Account account = account_row(*database, "person");
  std::string case_id;
};

}  // namespace mibun::server
