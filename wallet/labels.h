#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/dcql/query.h"
#include "core/oid4vp/request.h"
#include "core/receipt/receipt.h"

// The words that people read, in both languages; never one language alone, never a word of the specifications.
namespace mibun::wallet {

struct Label {
  std::string ja, en;
  friend bool operator==(const Label&, const Label&) = default;
};

// 姓 / Family name. A claim nobody described is shown by its own name.
Label claim_label(const dcql::ClaimPath& path);
// The same from a path's JSON text, as the history keeps it.
Label claim_label(std::string_view path_text);
// true -> はい / Yes; "F" of sex -> 女 / Female; a date in the reader's own order; anything else as it is.
Label claim_value(const dcql::ClaimPath& path, const json::Value& value);

// 2026年11月23日 / 23 Nov 2026
Label date_label(const CalendarDate& date);
// Where an issuer says that a claim comes from ("emrtd:DG1"); one that nobody described, by its own name.
Label source_label(std::string_view source);
// Names before dates before numbers: for sorting, the lower is read first. Claims nobody described come last.
std::size_t claim_rank(const dcql::ClaimPath& path);
// The parts of an account in a receipt of erasure.
Label data_class_label(std::string_view data_class);

// Kinds of history events and states of cases.
Label kind_label(std::string_view kind);
Label state_label(std::string_view state);
// Why more is needed, or why a case was rejected ("face_not_visible").
Label case_reason_label(std::string_view reason);
// How far a partner is with deleting what was shared.
Label deletion_label(std::string_view state);
// What an inquiry is about ("card"), and whether it was answered ("open").
Label inquiry_kind_label(std::string_view kind);
Label inquiry_state_label(std::string_view state);
// Checks of the evidence ("passive_authentication") and how they ended ("passed").
Label check_label(std::string_view check);
Label outcome_label(std::string_view outcome);
// What the server adds to an event ("reviewer"); nullopt for what only machines care for.
std::optional<Label> detail_label(std::string_view name);
// How a presentation reached the partner.
Label channel_label(receipt::PresentationChannel channel);
// How sure it is who asks; the last of them is a warning.
Label identified_label(oid4vp::Identified identified);
// Who else could read an answer that travels so; nothing where nobody could.
std::optional<Label> readable_label(oid4vp::ResponseMode mode);

enum class Word {
  share,
  stop,
  requested,
  required,
  optional,
  purpose,
  kept_for,
  cautions,
  activity,
  card,
  add,
  organisation,
  verified,
  not_verified,
  expired,
  revoked,
  suspended,
  request_deletion,
  report,
  revocation_code,
  move_to_new_phone,
  first_time,
  last_shared,
  copies_left,
  contact,
  simulated_chip,
};
Label word(Word word);

// 2026年11月23日 12:03 (JST) / 23 Nov 2026 12:03 (JST)
Label time_label(Instant instant);

}  // namespace mibun::wallet
