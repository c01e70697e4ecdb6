#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wallet/presentation.h"

namespace mibun::wallet {

// What a person picks at a request, by the names that the question shows; begins with what is proposed. Only what was
// offered can be named; whether the whole may be shared says Presentation::answer.
class Choosing {
 public:
  explicit Choosing(const ConsentQuestion& question);

  // The option of a set that is not required with this credential: it is shown, too. Errors: dcql_bad_selection.
  Status also(std::string_view credential_id);
  // The option of a required set with it, in place of the one that is chosen. Errors: dcql_bad_selection.
  Status instead(std::string_view credential_id);
  // Of a credential that is chosen or may be. Errors: dcql_bad_selection.
  Status use_card(std::string_view credential_id, std::string_view card_id);
  // After use_card(): another card has ways of its own. Errors: dcql_bad_selection.
  Status use_way(std::string_view credential_id, std::size_t way);

  std::vector<PickedCard> choice() const;
  // What that shows.
  std::vector<const oid4vp::AskedCard*> shown() const;
  // Is it in the chosen option of a required set?
  bool is_required(std::string_view credential_id) const;

 private:
  struct Row {
    const oid4vp::AskedCredential* credential;
    std::size_t card = 0, way = 0;  // places in its offers
    const oid4vp::AskedCard& shown() const { return credential->cards[card].ways[way]; }
  };
  Status take(std::string_view credential_id, bool required);
  Row* find(std::string_view credential_id);
  bool is_chosen(std::string_view credential_id, bool required) const;

  const ConsentQuestion& question_;
  std::vector<std::optional<std::size_t>> options_;  // of each of choices.sets
  std::vector<Row> rows_;                            // one for each of choices.credentials
};

}  // namespace mibun::wallet
