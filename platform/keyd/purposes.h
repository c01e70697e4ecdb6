#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "platform/records/class_id.h"

namespace mibun::keyd {

// What a record is opened for, and what a signing key signs. The numbers stand on the wire (docs/formats/keyd.md).
enum class Purpose : std::uint8_t {
  unlisted = 0,  // records of classes that no purpose has for itself
  show_history = 1,
  prove_identity = 2,
  issue_card = 3,
  send_notice = 4,
  read_report = 5,
  answer_inquiry = 6,
  move_wallet = 7,
  // Of signing keys (signing_names.h); no record opens for them.
  sign_card = 32,
  sign_mdoc = 33,
  sign_registration = 34,
  sign_receipt = 35,
  sign_attestation = 36,
  sign_push = 37,
  certify = 38,
};

// The one table: each record class belongs to the purpose that opens it, and nothing else does. A class that is not
// here opens as `unlisted`.
struct PurposeRow {
  Purpose purpose;
  records::ClassId record_class;
};
std::span<const PurposeRow> purpose_table();

bool may_open(Purpose purpose, records::ClassId record_class);

std::string_view to_string(Purpose purpose);
std::optional<Purpose> purpose_of(std::uint8_t number);
std::optional<Purpose> purpose_of(std::string_view name);
std::span<const Purpose> all_purposes();

}  // namespace mibun::keyd
