#include "server/proofing/reasons.h"

#include <algorithm>
#include <array>

#include "server/proofing/photos.h"

namespace mibun::server {
namespace {

struct Reason {
  ReviewDecision decision;
  std::string_view code;
  bool document = false, selfie = false;  // what to photograph again
};

constexpr auto kReasons = std::to_array<Reason>({
    {ReviewDecision::approve, "all_checks_passed"},
    {ReviewDecision::reject, "portrait_mismatch"},
    {ReviewDecision::reject, "document_damaged"},
    {ReviewDecision::reject, "document_expired"},
    {ReviewDecision::reject, "suspected_fraud"},
    {ReviewDecision::reject, "applicant_withdrew"},
    {ReviewDecision::ask_again, "photo_missing", true, true},
    {ReviewDecision::ask_again, "photo_unreadable", true, true},
    {ReviewDecision::ask_again, "document_not_readable", true, false},
    {ReviewDecision::ask_again, "document_not_whole", true, false},
    {ReviewDecision::ask_again, "face_not_visible", false, true},
    {ReviewDecision::ask_again, "face_blurred", false, true},
});

}  // namespace

std::string_view to_string(ReviewDecision decision) {
  switch (decision) {
    case ReviewDecision::approve:
      return "approve";
    case ReviewDecision::reject:
      return "reject";
    case ReviewDecision::ask_again:
      return "ask_again";
  }
  return "unknown";
}

bool is_reason_for(ReviewDecision decision, std::string_view reason_code) {
  return std::ranges::any_of(
      kReasons, [&](const Reason& reason) { return reason.decision == decision && reason.code == reason_code; });
}

std::vector<std::string> photos_needed(std::string_view reason_code) {
  std::vector<std::string> names;
  const auto reason = std::ranges::find(kReasons, reason_code, &Reason::code);
  if (reason == kReasons.end()) return names;
  if (reason->document) names.emplace_back(kDocumentPhoto);
  if (reason->selfie) names.emplace_back(kSelfiePhoto);
  return names;
}

}  // namespace mibun::server
