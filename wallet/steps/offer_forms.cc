#include "wallet/steps/offer_forms.h"

#include "wallet/issuer_standing.h"
#include "wallet/new_card.h"
#include "wallet/offered_card.h"
#include "wallet/steps/forms.h"

namespace mibun::wallet::forms {
namespace {

json::Object offered(const OfferedCard& card, IssuerStanding standing) {
  json::Array contents;
  for (const Label& label : card.contents) contents.push_back(text(label));
  return {{"id", card.configuration_id},
          {"name", text(card.name)},
          {"contents", std::move(contents)},
          {"held", card.held},
          {"trust", to_string(standing)}};
}

json::Value tx_code(const std::optional<oid4vci::TxCode>& wanted) {
  if (!wanted) return nullptr;
  json::Object code{{"length", nullptr},
                    {"numeric", wanted->input_mode == oid4vci::TxCode::InputMode::numeric},
                    {"description", wanted->description.value_or("")}};
  if (wanted->length) code["length"] = *wanted->length;
  return code;
}

}  // namespace

Result<json::Object> offer_question(const Host& host, const std::string& own_server,
                                    const oid4vci::AskHolder& question) {
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  MIBUN_TRY(const auto held, CardStore(host.store, host.keys).list());
  const CardNames names = names_of(question.configuration, question.issuer_display, question.credential_issuer);
  json::Array cards;
  for (const OfferedCard& card : offered_cards(question, held, host.clock.now())) {
    const auto& configuration = question.offered[cards.size()];
    cards.push_back(offered(card, issuer_standing(trust, own_server, question.credential_issuer, configuration)));
  }
  return json::Object{
      {"step", "question"},
      {"issuer", json::Object{{"name", text(names.issuer_name_ja, names.issuer_name_en)},
                              {"address", question.credential_issuer}}},
      {"card", question.configuration.id},
      {"cards", std::move(cards)},
      {"copies", question.copies},
      {"tx_code", tx_code(question.tx_code)},
      {"wrong", question.tx_code_was_wrong},
      {"signs_in", question.signs_in},
  };
}

}  // namespace mibun::wallet::forms
