#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/blobs/person_files.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "platform/records/record_class.h"
#include "server/erasure/part.h"
#include "server/history/recorder.h"
#include "server/issuance/offers.h"
#include "server/legal_hold/facts.h"
#include "server/proofing/evidence.h"
#include "server/proofing/file_care.h"
#include "server/proofing/reasons.h"
#include "server/registration/accounts.h"

namespace mibun::server {

namespace proofing_store {
struct CaseRow;
struct FileRow;
}  // namespace proofing_store

// After a rejection the person may appeal for so long, and photos that nobody decides on are kept no longer.
inline constexpr auto kAppealPeriod = records::limit_of("photo");

// What a case shows to the person it is about, or to a reviewer.
struct CaseView {
  std::string case_id, method, state;  // open, in_review, more_needed, approved, rejected, expired
  Instant created_at;
  std::optional<Instant> submitted_at, decided_at;
  json::Value claims;    // null until the evidence was accepted
  json::Value findings;  // null until the evidence was looked at
  std::int64_t approvals = 0;
  std::string reason;  // a code, of more_needed and rejected; else empty
  std::vector<std::string> photos_needed;
  std::optional<Instant> appeal_until;  // while it may be appealed
  std::optional<Instant> appealed_at;
};

// Cases: evidence -> verifier plug-in -> findings and claims with provenance -> two different people decide -> offer.
class ProofingService final : public ApprovedClaims, public HeldFacts, public ErasablePart {
 public:
  ProofingService(database::Database& database, keyd::KeyHolder& keys, blobs::Store& files, HistoryRecorder& history,
                  OfferMaker& offers, std::vector<std::unique_ptr<EvidenceVerifier>> verifiers, const Clock& clock,
                  Rng& rng)
      : database_(database),
        keys_(keys),
        files_(files, keys),
        care_(database, files, history, clock),
        history_(history),
        offers_(offers),
        verifiers_(std::move(verifiers)),
        clock_(clock),
        rng_(rng) {}

  struct Opened {
    std::string case_id;
    Bytes server_nonce, challenge;
    Instant expires_at;
  };
  // Errors: request_malformed (an unknown method).
  Result<Opened> open_case(const Account& account, std::string_view method);
  // Errors: case_not_found, case_wrong_state, case_expired, request_malformed (a file this method does not take).
  Status put_file(const Account& account, std::string_view case_id, std::string_view name, BytesView content);

  using Files = std::map<std::string, Bytes>;  // by name
  // Verifies the evidence: the files that were put before and those that come along, which are kept with the case's new
  // state or not at all. Refused evidence leaves the case open for another try and comes back with its findings.
  // Errors: case_not_found, case_wrong_state (also: a file that was put already comes along, or one was put meanwhile),
  // case_expired, request_malformed (a file this method does not take), photo_malformed.
  Result<Verdict> submit(const Account& account, std::string_view case_id, BytesView active_authentication_signature,
                         Files files);

  Result<CaseView> view(const Account& account, std::string_view case_id);

  // The photos that a reviewer asked for; the chip's files stay, and approvals given before count no more.
  // Errors: case_not_found, case_wrong_state (nothing is asked for), request_malformed (not what was asked for),
  // photo_malformed.
  Status resubmit_photos(const Account& account, std::string_view case_id, const Files& photos);
  // Once, against a rejection: others look at the case again.
  // Errors: case_not_found, appeal_used, case_wrong_state, case_expired (kAppealPeriod is over), request_malformed.
  Status appeal(const Account& account, std::string_view case_id, std::string_view text);

  // A fresh offer for an approved case: the first one ran out, was locked, or its copies are used up.
  // `before_decision`: also for a case under review, so that a wallet can prove its keys now; the cards come when the
  // case is approved. Errors: case_not_found, case_wrong_state.
  Status renew_offer(const Account& account, std::string_view case_id, bool before_decision);

  // Staff. `reviewer_id` and `reviewer_name` come from the staff register.
  Result<std::vector<CaseView>> cases_in_review();  // metadata only: no claims
  // A look at a person's data is written into their history first.
  struct StaffView {
    CaseView view;
    Bytes portrait_file;  // EF.DG2 as uploaded
    Files photos;
    std::string appeal_text;
  };
  Result<StaffView> view_as_staff(std::string_view case_id, std::string_view reviewer_id,
                                  std::string_view reviewer_name);
  struct Decision {
    std::string state;  // in_review after the first approval, then approved; rejected and more_needed at once
    std::int64_t approvals = 0;
  };
  // `reason_code`: one that is_reason_for the decision. Errors: case_not_found, case_wrong_state (also: asked again too
  // often), case_same_reviewer (who decided in this round, or rejected what is now appealed).
  Result<Decision> decide(std::string_view case_id, std::string_view reviewer_id, ReviewDecision decision,
                          std::string_view reason_code);

  // Photos of cases that nobody will look at any more, and the evidence of those that were never handed in. Other
  // evidence goes with the account.
  Status purge_expired();
  // Files without rows, and rows' files that were still to be removed, after a crash. Before the first request.
  Status recover() { return care_.start(); }
  // Every copy of every file against its digest.
  Result<blobs::ScrubReport> scrub_files() { return care_.scrub(); }

  Result<CaseOutcome> outcome(const keyd::PersonId& person, const std::string& case_id) override;
  Result<std::string> newest_case(const keyd::PersonId& person) override;
  Result<Bytes> approved_portrait(const keyd::PersonId& person, const std::string& case_id) override;
  Result<Approved> approved_claims(const keyd::PersonId& person, const std::string& case_id) override;

  Result<std::map<std::string, json::Value>> held_facts(const keyd::PersonId& person) override;

  std::string_view record_class() const override { return "proofing"; }
  Status erase(database::Transaction& transaction, const keyd::PersonId& person) override;
  Status erased() override { return care_.remove(); }

 private:
  using PutFiles = std::map<std::string, blobs::PutFile>;

  const EvidenceVerifier* verifier_for(std::string_view method) const;
  // Durable, each under a key of its own; without rows yet.
  Result<PutFiles> put_files(const Account& account, std::string_view case_id, const Files& files);
  // The content of a row. Errors: case_wrong_state (it was removed meanwhile), blob_integrity_error, keyd_*.
  Result<Bytes> open_file(const keyd::PersonId& person, std::string_view case_id, const std::string& name,
                          const proofing_store::FileRow& row);
  // After a transaction that may have taken rows of files away.
  void remove_files();
  Status finish(database::Transaction& transaction, const proofing_store::CaseRow& row, const Decision& decision,
                std::string_view reason_code);
  Status ask_again(database::Transaction& transaction, const proofing_store::CaseRow& row,
                   std::string_view reason_code);
  Result<json::Value> open_json(const keyd::PersonId& person, records::ClassId record_class, std::string_view case_id,
                                BytesView sealed);
  database::Database& database_;
  keyd::KeyHolder& keys_;
  blobs::PersonFiles files_;
  FileCare care_;
  HistoryRecorder& history_;
  OfferMaker& offers_;
  std::vector<std::unique_ptr<EvidenceVerifier>> verifiers_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server
