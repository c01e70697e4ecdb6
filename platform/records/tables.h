#pragma once

#include "platform/records/record_class.h"

// Which tables of the server's database hold which classes, and which of their columns can be read by whoever has the
// file and yet say something about a person. A table of the schema that is not here turns a test red
// (tests/server/app/records_test.cc).
namespace mibun::records {

// A table has a row for each class that it holds.
struct TableOf {
  std::string_view table;
  ClassId record_class;
};

// clang-format off
inline constexpr auto kTables = std::to_array<TableOf>({
  {"accounts", "account"}, {"planned_accounts", "account"}, {"moved_units", "account"},
  {"registrations", "sign-in"},
  {"single_use", "single use"}, {"c_nonces", "c_nonce"},
  {"access_tokens", "access token"},
  {"authorizations", "authorization"}, {"refresh_tokens", "authorization"},
  {"attested_keys", "attested key"},
  {"history_events", "history"},
  {"notices", "notice"},
  {"push_subscriptions", "push_subscription"}, {"push_outbox", "push_message"},
  {"cases", "case"}, {"cases", "claims"}, {"cases", "findings"}, {"cases", "appeal"}, {"reviews", "case"},
  {"evidence_files", "evidence"}, {"evidence_files", "photo"}, {"removed_files", "removed file"}, {"lost_files", "evidence"},
  {"offers", "offer"},
  {"card_issuances", "card"}, {"status_entries", "card"}, {"status_lists", "card"},
  {"deferred_issuances", "deferred card"},
  {"partners", "partner"}, {"readers", "partner"}, {"former_client_ids", "partner"},
  {"presentation_requests", "presentation"}, {"consent_receipts", "presentation"},
  {"deletion_requests", "deletion request"},
  {"reports", "reports"},
  {"moves", "move"}, {"moves", "move unit"}, {"moves", "move luggage"},
  {"inquiries", "inquiries"}, {"inquiries", "inquiry answers"}, {"inquirers", "inquirer"},
  {"public_notices", "public notice"},
  {"erasures", "erasure"},
  {"idempotency_keys", "repeated_answer"},
  {"legal_holds", "legal hold"}, {"legal_hold_fields", "legal hold"}, {"legal_hold_openings", "legal hold opening"},
  {"journal_state", "restore"}, {"journal_applied", "restore"}, {"journal_outbox", "restore"},
  {"restores", "restore"}, {"challenge_secret", "restore"},
  {"schema_migrations", "schema"},
});

// Columns in the clear that are about a person.
struct ClearColumn {
  std::string_view table, column;
  std::string_view why;
};
inline constexpr auto kClearColumns = std::to_array<ClearColumn>({
  {"accounts", "public_key", "signatures are checked with it before any key of the person's is used"},
  {"accounts", "aaguid", "the authenticator's model, one of thousands of people's (decision 0042)"},
  {"accounts", "transports", "how it is reached, one of five words"},
  {"accounts", "last_used_day", "the day alone; written at each request, without the person's key"},
  {"accounts", "created_at", "when, not who"},
  {"moved_units", "public_key", "the device that was before is told that its wallet has moved"},
  {"moved_units", "aaguid", "as in accounts"},
  {"moved_units", "transports", "as in accounts"},
  {"moved_units", "last_used_day", "as in accounts"},
  {"moves", "public_key", "of the new device, until the move is over"},
  {"cases", "method", "the kind of evidence: one word of the operator's"},
  {"cases", "state", "found by the reviewers' queue"},
  {"cases", "reason_code", "one code of a short list"},
  {"reviews", "reviewer_id", "of the operator's staff: who decided has to be told apart (four eyes)"},
  {"public_notices", "published_by", "of the operator's staff"},
  {"public_notices", "withdrawn_by", "of the operator's staff"},
  {"presentation_requests", "dcql_query", "what the partner asks for: names of claims, no values"},
  {"presentation_requests", "transaction_data", "what the partner has approved, in the partner's words, for a day"},
  {"consent_receipts", "receipt", "the signed consent: which claims to whom, no values and no account"},
  {"authorizations", "state", "the wallet's own value, handed back to it"},
  {"readers", "name", "what a partner calls its own device"},
});
// clang-format on

// docs/records.md: both tables, for people.
std::string to_markdown();

}  // namespace mibun::records
