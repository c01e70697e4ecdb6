#include "server/notices/noticing_history.h"

#include <optional>

namespace mibun::server {
namespace {

// Of what somebody else did. What the person did at this moment they know.
std::optional<NoticeKind> notice_of(HistoryKind kind) {
  switch (kind) {
    case HistoryKind::proofing_approved:
      return NoticeKind::case_approved;
    case HistoryKind::proofing_rejected:
      return NoticeKind::case_rejected;
    case HistoryKind::proofing_asked_again:
      return NoticeKind::case_more_needed;
    case HistoryKind::card_revoked:
      return NoticeKind::card_revoked;
    case HistoryKind::inquiry_answered:
      return NoticeKind::inquiry_answered;
    case HistoryKind::file_lost:
      return NoticeKind::file_lost;
    default:
      return std::nullopt;
  }
}

}  // namespace

Status NoticingHistory::record(database::Transaction& transaction, const keyd::PersonId& person, HistoryKind kind,
                               const json::Object& details) {
  MIBUN_CHECK(history_.record(transaction, person, kind, details));
  const auto notice = notice_of(kind);
  return notice ? notices_.notify(transaction, person, *notice) : Status{};
}

}  // namespace mibun::server
