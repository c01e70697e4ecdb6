#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "platform/records/class_id.h"
#include "platform/records/region.h"

// Every kind of record that mibun keeps, with what holds for it: where it may lie, who answers for it, why it may be
// kept, how long, and how it goes. The one table of it: decision 0049, docs/records.md is made from it.
//
// A record is sealed and opened under the name of its class, and that name is a ClassId, which only class_id.h makes,
// row for row with this table: a record of a class that has no row here does not compile.
namespace mibun::records {

// What the record says to whoever can read it.
enum class Classification {
  identity,      // who somebody is: names, birth date, portrait, document
  personal,      // about a person, not who it is
  pseudonymous,  // opaque ids, keyed hashes, public keys: nothing to whoever has only this
  organisation,  // about a partner or the operator's own staff
  open,          // published
};

// Who decides what it is for, in the words of the Act on the Protection of Personal Information (APPI): the business
// operator handling it.
enum class Controller { operator_of_this_server, partner };

// Why it may be kept. What the operator's lawyer has to say about it is not in here (docs/records.md).
enum class LegalBasis {
  stated_purpose,      // APPI Art. 17, 18, 21: within the purpose that the person was told
  consent_to_country,  // APPI Art. 28: agreed to after being told the country
  proof_of_deletion,   // APPI Art. 22: that what was no longer needed was erased
  duty_of_law,         // another act says what to keep and how long: the row of the vault names it
  not_personal,
};

// How it ends.
enum class EraseMethod {
  data_key,   // sealed: the row goes, and with the account the person's data key
  file_key,   // a file of its own key: the row with the key goes, then the file
  vault,      // sealed to two people outside of this server: the rows go on their day, the account's end or not
  row,        // the row goes; nothing in it was readable or said who it is
  link_cut,   // the row stays without the account
  tombstone,  // a keyed hash stays, so that it never comes back
  stays,
};

// When it goes by itself. Whatever stands here, it goes with the account at the latest, unless the method says that
// something stays or lies in the vault.
struct Retention {
  std::chrono::seconds limit{0};  // after `from`; 0 with an empty `from`: as long as the account
  std::string_view from;          // "its end", "the partner's done"; empty: no limit of its own
  std::string_view room;          // who erases it: the room whose purge_expired() does
};

struct RecordClass {
  std::string_view name;
  std::string_view what;  // one line for docs/records.md
  Classification classification;
  LegalBasis legal_basis;
  EraseMethod erase_method;
  Retention retention{};
  Region region = Region::japan;
  Controller controller = Controller::operator_of_this_server;
};

namespace detail {
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Classification;
using enum LegalBasis;
using enum EraseMethod;

// clang-format off
inline constexpr auto kClasses = std::to_array<RecordClass>({
  {"account", "that an account is there, its public key and device", personal, stated_purpose, tombstone},
  {"sign-in", "challenges that were handed out", pseudonymous, stated_purpose, row, {minutes(10), "its end", "registration"}},
  {"single use", "hashes of what must not be used twice", pseudonymous, stated_purpose, row, {seconds(0), "its end", "access"}},
  {"c_nonce", "hashes of nonces of issuing", pseudonymous, stated_purpose, row, {seconds(0), "its end", "issuance"}},
  {"access token", "hashes of tokens and what they allow", pseudonymous, stated_purpose, row, {seconds(0), "its end", "access"}},
  {"authorization", "a wallet's way to cards by signing in", pseudonymous, stated_purpose, row, {seconds(0), "its end", "authorization"}},
  {"attested key", "hashes of keys that the wallet provider vouched for", pseudonymous, stated_purpose, row, {seconds(0), "its end", "wallet_provider"}},
  {"history", "what happened, for the person to read", personal, stated_purpose, data_key},
  {"notice", "what a person was told", personal, stated_purpose, data_key},
  {"push_subscription", "where a person's browser is told that there is a notice", personal, stated_purpose, data_key},
  {"push_message", "what is still to be sent there", personal, stated_purpose, data_key},
  {"case", "that somebody proves who they are: state, times, decisions", pseudonymous, stated_purpose, row},
  {"claims", "who somebody is, as proven", identity, stated_purpose, data_key},
  {"findings", "what the checks of the evidence said", personal, stated_purpose, data_key},
  {"appeal", "what somebody wrote against a rejection", personal, stated_purpose, data_key},
  {"evidence", "the files of a passport's chip", identity, stated_purpose, file_key, {seconds(0), "the case's end, when it was never handed in", "proofing"}},
  {"photo", "photos of the passport's page and of oneself", identity, stated_purpose, file_key, {days(30), "a rejection, or asking for better ones; at once with the final decision", "proofing"}},
  {"removed file", "names of files that are still to be removed", pseudonymous, stated_purpose, row, {seconds(0), "their removal from every directory", "proofing"}},
  {"offer", "the codes of a card offer", personal, stated_purpose, data_key},
  {"card", "which copies of cards were issued, and that they are valid", pseudonymous, stated_purpose, link_cut},
  {"deferred card", "keys that wait for a case's end", personal, stated_purpose, data_key, {seconds(0), "its end", "issuance"}},
  {"partner", "organisations that may ask, and their readers", organisation, not_personal, stays},
  {"presentation", "a partner's request, and the answer sealed for that partner alone", identity, stated_purpose, row, {hours(24), "its end", "presentation"}, Region::japan, Controller::partner},
  {"deletion request", "that a partner was asked to delete", pseudonymous, stated_purpose, row, {days(365), "the partner's done", "deletion_requests"}},
  {"reports", "what somebody reports about a partner", personal, stated_purpose, data_key},
  {"move", "that a wallet moves to another device", pseudonymous, stated_purpose, row, {seconds(0), "its end, unless it was confirmed: that one waits for its new device", "moving"}},
  {"move unit", "what the new device calls itself", personal, stated_purpose, data_key, {seconds(0), "the move's end, unless it was confirmed", "moving"}},
  {"move luggage", "what one wallet hands to the other, sealed between them", personal, stated_purpose, data_key, {seconds(0), "the move's end", "moving"}},
  {"inquiries", "what somebody asks the operator", personal, consent_to_country, data_key, {days(365), "the answer", "inquiries"}, Region::united_states},
  {"inquiry answers", "what the operator answers", personal, consent_to_country, data_key, {days(365), "the answer", "inquiries"}, Region::united_states},
  {"inquirer", "who stands behind the pseudonym of an inquiry", pseudonymous, stated_purpose, row},
  {"public notice", "what everybody is told, and who of the staff said so", open, not_personal, stays},
  {"erasure", "that an account was erased, and its receipt", pseudonymous, proof_of_deletion, tombstone},
  {"repeated_answer", "what a request that comes twice is answered with, under the client's own key and the person's", personal, stated_purpose, data_key, {seconds(0), "its end, a day at most", "idempotency"}},
  {"legal hold", "what a law keeps of an account that has ended", identity, duty_of_law, vault, {seconds(0), "the last day of the duty", "legal_hold"}},
  {"legal hold opening", "who of the staff had what of it opened, for which order", organisation, not_personal, stays},
  {"restore", "how far this database was told what must not come back, and what no challenge outlives a restore by", open, not_personal, stays},
  {"schema", "which migrations this database has", open, not_personal, stays},
});
// clang-format on

consteval bool is_sound() {
  if (kClasses.size() != kNames.size()) return false;
  for (std::size_t i = 0; i < kClasses.size(); ++i) {
    const RecordClass& row = kClasses[i];
    if (row.name != kNames[i] || row.what.empty() || find(row.name) != i) return false;
    const bool of_inquiries = row.name == "inquiries" || row.name == "inquiry answers";
    if ((row.region != Region::japan) != of_inquiries) return false;
    if (row.retention.from.empty() != row.retention.room.empty()) return false;
    if (row.retention.limit.count() != 0 && row.retention.from.empty()) return false;
    // Who somebody is never lies in a row that anybody can read; what is a partner's is sealed for that partner.
    const bool sealed = row.erase_method == data_key || row.erase_method == file_key || row.erase_method == vault;
    if (row.classification == identity && !sealed && row.controller != Controller::partner) return false;
    if ((row.classification == organisation || row.classification == open) != (row.legal_basis == not_personal)) {
      return false;
    }
  }
  return true;
}
static_assert(is_sound(),
              "the names of class_id.h in their order, and inquiries alone outside of Japan (promise WP-02)");
}  // namespace detail

inline constexpr std::span<const RecordClass> kClasses{detail::kClasses};

// What holds for a class.
constexpr const RecordClass& row_of(ClassId record_class) {
  return detail::kClasses[record_class.row()];
}

// How long a class is kept, for the room that erases it: the table is the only place that says it.
consteval std::chrono::seconds limit_of(ClassId record_class) {
  return row_of(record_class).retention.limit;
}

}  // namespace mibun::records
