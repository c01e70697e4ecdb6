#include "platform/keyd/purposes.h"

#include <algorithm>
#include <array>

namespace mibun::keyd {
namespace {

constexpr std::array kTable{
    PurposeRow{Purpose::show_history, "history"},     PurposeRow{Purpose::prove_identity, "evidence"},
    PurposeRow{Purpose::prove_identity, "claims"},    PurposeRow{Purpose::prove_identity, "findings"},
    PurposeRow{Purpose::prove_identity, "appeal"},    PurposeRow{Purpose::prove_identity, "photo"},
    PurposeRow{Purpose::issue_card, "offer"},         PurposeRow{Purpose::issue_card, "deferred card"},
    PurposeRow{Purpose::send_notice, "notice"},       PurposeRow{Purpose::send_notice, "push_subscription"},
    PurposeRow{Purpose::send_notice, "push_message"}, PurposeRow{Purpose::read_report, "reports"},
    PurposeRow{Purpose::answer_inquiry, "inquiries"}, PurposeRow{Purpose::answer_inquiry, "inquiry answers"},
    PurposeRow{Purpose::move_wallet, "move unit"},    PurposeRow{Purpose::move_wallet, "move luggage"},
};

constexpr std::array kAll{Purpose::unlisted,         Purpose::show_history,      Purpose::prove_identity,
                          Purpose::issue_card,       Purpose::send_notice,       Purpose::read_report,
                          Purpose::answer_inquiry,   Purpose::move_wallet,       Purpose::sign_card,
                          Purpose::sign_mdoc,        Purpose::sign_registration, Purpose::sign_receipt,
                          Purpose::sign_attestation, Purpose::sign_push,         Purpose::certify};

}  // namespace

std::span<const PurposeRow> purpose_table() {
  return kTable;
}

bool may_open(Purpose purpose, records::ClassId record_class) {
  const auto row = std::ranges::find(kTable, record_class, &PurposeRow::record_class);
  return (row == kTable.end() ? Purpose::unlisted : row->purpose) == purpose;
}

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::unlisted:
      return "unlisted";
    case Purpose::show_history:
      return "show_history";
    case Purpose::prove_identity:
      return "prove_identity";
    case Purpose::issue_card:
      return "issue_card";
    case Purpose::send_notice:
      return "send_notice";
    case Purpose::read_report:
      return "read_report";
    case Purpose::answer_inquiry:
      return "answer_inquiry";
    case Purpose::move_wallet:
      return "move_wallet";
    case Purpose::sign_card:
      return "sign_card";
    case Purpose::sign_mdoc:
      return "sign_mdoc";
    case Purpose::sign_registration:
      return "sign_registration";
    case Purpose::sign_receipt:
      return "sign_receipt";
    case Purpose::sign_attestation:
      return "sign_attestation";
    case Purpose::sign_push:
      return "sign_push";
    case Purpose::certify:
      return "certify";
  }
  return "";
}

std::optional<Purpose> purpose_of(std::uint8_t number) {
  const auto found = std::ranges::find(kAll, static_cast<Purpose>(number));
  return found == kAll.end() ? std::nullopt : std::optional(*found);
}

std::optional<Purpose> purpose_of(std::string_view name) {
  const auto found = std::ranges::find(kAll, name, [](Purpose purpose) { return to_string(purpose); });
  return found == kAll.end() ? std::nullopt : std::optional(*found);
}

std::span<const Purpose> all_purposes() {
  return kAll;
}

}  // namespace mibun::keyd
