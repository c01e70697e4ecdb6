#include "server/transparency/operation_names.h"

#include <algorithm>
#include <array>

namespace mibun::server {
namespace {

constexpr std::string_view kChallenge =
    "hands out a challenge and does nothing: what is signed over it is the operation";
constexpr std::string_view kReads = "reads: the body has the secret that opens it";
constexpr std::string_view kNoPerson = "shows nothing of a person";

constexpr RouteInLog operation(std::string_view method, std::string_view pattern, std::string_view name) {
  return {method, pattern, name, {}};
}
constexpr RouteInLog none(std::string_view method, std::string_view pattern, std::string_view reason) {
  return {method, pattern, {}, reason};
}

constexpr auto kRoutes = std::to_array<RouteInLog>({
    // A person and their account.
    operation("POST", "/api/v1/registrations", "account.begin"),
    operation("POST", "/api/v1/registrations/{id}", "account.register"),
    none("POST", "/api/v1/assertions", kChallenge),
    operation("POST", "/api/v1/account/keys", "account.second_key"),
    operation("POST", "/api/v1/account/terms", "account.accept_terms"),
    operation("POST", "/api/v1/revocations", "account.revoke"),
    operation("DELETE", "/api/v1/account", "account.erase"),
    operation("POST", "/api/v1/history", "history.keep"),
    operation("POST", "/api/v1/notices/{id}/read", "notice.read"),
    operation("PUT", "/api/v1/push-subscription", "push.subscribe"),
    operation("DELETE", "/api/v1/push-subscription", "push.unsubscribe"),
    operation("POST", "/api/v1/moves", "move.begin"),
    none("POST", "/api/v1/moves/lookup", kReads),
    operation("POST", "/api/v1/moves/{id}/unit", "move.join"),
    none("POST", "/api/v1/moves/{id}/state", kReads),
    operation("POST", "/api/v1/moves/{id}/opening", "move.open"),
    operation("POST", "/api/v1/moves/{id}/cancellation", "move.cancel"),
    operation("POST", "/api/v1/moves/{id}/confirmation", "move.confirm"),
    operation("POST", "/api/v1/moves/{id}/completion", "move.complete"),
    operation("POST", "/api/v1/inquiries", "inquiry.ask"),
    operation("POST", "/api/v1/reports", "report.send"),
    operation("POST", "/api/v1/deletion-requests", "deletion.ask"),

    // Proving who one is.
    operation("POST", "/api/v1/proofing/cases", "case.open"),
    operation("PUT", "/api/v1/proofing/cases/{id}/files/{name}", "case.put_file"),
    operation("POST", "/api/v1/proofing/cases/{id}/submission", "case.submit"),
    operation("POST", "/api/v1/proofing/cases/{id}/appeal", "case.appeal"),
    operation("POST", "/api/v1/proofing/cases/{id}/offer", "card.offer"),

    // Cards.
    none("POST", "/oauth/challenge", kChallenge),
    operation("POST", "/api/v1/wallet/attestations", "wallet.attest"),
    operation("POST", "/api/v1/wallet/key-attestations", "wallet.attest_keys"),
    operation("POST", "/oauth/par", "authorization.push"),
    operation("GET", "/oauth/authorize", "authorization.open"),  // a handle opens once: this GET uses it up
    operation("POST", "/api/v1/authorizations/{id}/approval", "authorization.approve"),
    operation("POST", "/api/v1/authorizations/{id}/refusal", "authorization.refuse"),
    operation("POST", "/oauth/token", "token.issue"),
    none("POST", "/oid4vci/nonce", kChallenge),
    operation("POST", "/oid4vci/credential", "card.issue"),
    operation("POST", "/oid4vci/deferred_credential", "card.issue_later"),
    operation("POST", "/oid4vci/notification", "card.notify"),

    // Partners and what they ask.
    operation("POST", "/api/v1/partner/requests", "presentation.ask"),
    operation("POST", "/api/v1/partner/requests/{id}/answer", "presentation.answer_by_page"),
    operation("POST", "/api/v1/partner/requests/{id}/result", "presentation.hand_over"),
    none("POST", "/oid4vp/requests/{id}", "a wallet reads a request, which says only what the wallet is"),
    operation("POST", "/oid4vp/responses/{id}", "presentation.answer"),
    operation("POST", "/oid4vp/partners/{id}/responses", "presentation.answer"),
    operation("POST", "/api/v1/partner/deletion-requests/{id}", "deletion.answer"),
    operation("POST", "/api/v1/partner/readers", "reader.certify"),

    // Staff. What they read about a person is an operation like any other.
    operation("GET", "/api/v1/staff/cases", "staff.list_cases"),
    operation("GET", "/api/v1/staff/cases/{id}", "staff.read_case"),
    operation("POST", "/api/v1/staff/cases/{id}/decisions", "case.decide"),
    operation("GET", "/api/v1/staff/reports", "staff.list_reports"),
    operation("GET", "/api/v1/staff/reports/{id}", "staff.read_report"),
    operation("GET", "/api/v1/staff/inquiries", "staff.list_inquiries"),
    operation("GET", "/api/v1/staff/inquiries/{id}", "staff.read_inquiry"),
    operation("POST", "/api/v1/staff/inquiries/{id}/answer", "inquiry.answer"),
    operation("GET", "/api/v1/staff/legal-holds", "staff.list_holds"),
    operation("POST", "/api/v1/staff/legal-holds/{id}/openings", "hold.ask"),
    operation("GET", "/api/v1/staff/legal-hold-openings", "staff.list_openings"),
    operation("GET", "/api/v1/staff/legal-hold-openings/{id}", "staff.read_opening"),
    operation("POST", "/api/v1/staff/legal-hold-openings/{id}/approval", "hold.approve"),
    operation("GET", "/api/v1/staff/legal-hold-openings/{id}/envelopes", "hold.take_envelopes"),
    operation("POST", "/api/v1/staff/legal-hold-openings/{id}/halves", "hold.hand_over"),
    operation("POST", "/api/v1/staff/legal-hold-openings/{id}/reading", "hold.read"),
    none("GET", "/api/v1/staff/partners", kNoPerson),
    operation("POST", "/api/v1/staff/partners", "partner.register"),
    none("GET", "/api/v1/staff/readers", kNoPerson),
    operation("POST", "/api/v1/staff/readers/{id}/revocation", "reader.revoke"),
    none("GET", "/api/v1/staff/public-notices", kNoPerson),
    operation("POST", "/api/v1/staff/public-notices", "public_notice.publish"),
    operation("POST", "/api/v1/staff/public-notices/{id}/withdrawal", "public_notice.withdraw"),

    // The demonstration's own listeners, which do the same deeds by other doors.
    operation("POST", "/api/office/session", "staff.session_begin"),
    operation("POST", "/api/office/session/end", "staff.session_end"),
    operation("POST", "/demo/verifier/requests", "presentation.ask"),
    operation("POST", "/demo/verifier/answer", "presentation.answer_by_page"),
    operation("POST", "/demo/verifier/result", "presentation.hand_over"),
    operation("POST", "/demo/verifier/deletions", "deletion.answer"),
    none("POST", "/demo/passport", "the simulated chip of an invented person answers"),
});

constexpr auto kTimed = std::to_array<TimedName>({
    {"keys.rotate", "the surviving data keys are wrapped anew, and the old epoch key is destroyed"},
    {"idempotency.expire", "what repeated requests would be answered with goes"},
    {"registration.expire", "registrations that were begun and not ended, and sign-ins that ran out, go"},
    {"token.expire", "access tokens and what may be used once go when they ran out"},
    {"authorization.expire", "authorizations that nobody finished go"},
    {"card.expire_offers", "nonces and issuances that nobody collected go"},
    {"wallet.expire", "attestations of wallets go when they ran out"},
    {"case.expire", "photos and evidence go when their case ended, or the time for an appeal"},
    {"deletion.expire", "requests to partners to delete go a while after they were done"},
    {"inquiry.expire", "answered inquiries go"},
    {"move.expire", "moves that nobody finished go"},
    {"hold.expire", "what a law kept goes when its time is over"},
    {"presentation.expire", "requests of partners go a while after they ran out"},
});

}  // namespace

std::span<const TimedName> timed_operations() {
  return kTimed;
}

std::span<const RouteInLog> routes_in_log() {
  return kRoutes;
}

std::string_view operation_of(std::string_view method, std::string_view pattern) {
  const auto row = std::ranges::find_if(
      kRoutes, [&](const RouteInLog& one) { return one.method == method && one.pattern == pattern; });
  if (row != kRoutes.end()) return row->operation;
  const bool reads = method == "GET" || method == "HEAD" || method == "OPTIONS";
  return reads ? std::string_view() : kUnlistedOperation;
}

}  // namespace mibun::server
