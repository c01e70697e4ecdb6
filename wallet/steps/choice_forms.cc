#include "wallet/steps/choice_forms.h"

#include "wallet/labels.h"
#include "wallet/steps/forms.h"

namespace mibun::wallet::forms {
namespace {

json::Array claims_of(const oid4vp::AskedCard& asked) {
  json::Array claims;
  for (const oid4vp::AskedClaim& one : asked.claims) claims.push_back(claim(one.path, one.value));
  return claims;
}

Result<json::Object> card_offer(const Host& host, const ConsentQuestion::Held& held, const oid4vp::CardOffer& offer) {
  json::Array ways;
  for (const oid4vp::AskedCard& way : offer.ways) {
    ways.push_back(json::Object{{"way", way.way}, {"claims", claims_of(way)}});
  }
  json::Object form{{"checked_on", nullptr}, {"ways", std::move(ways)}};
  if (held.checked_on) form["checked_on"] = text(date_label(*held.checked_on));
  MIBUN_TRY(form["card"], card(host, held.card));
  return form;
}

json::Object set_form(const oid4vp::AskedSet& set) {
  json::Array options;
  for (const auto& ids : set.options) options.push_back(json::Array(ids.begin(), ids.end()));
  json::Object form{{"required", set.required}, {"options", std::move(options)}, {"proposed", nullptr}};
  if (set.proposed) form["proposed"] = *set.proposed;
  return form;
}

Result<PickedCard> read_picked(const json::Value& value, const std::string& where) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return fail(ErrorCode::json_wrong_type, where);
  json::ObjectReader reader(*object, where);
  PickedCard picked;
  MIBUN_TRY(picked.credential_id, reader.string("credential"));
  MIBUN_TRY(picked.card_id, reader.string("card"));
  MIBUN_TRY(const std::int64_t way, reader.integer("way"));
  MIBUN_CHECK(reader.finish());
  if (way < 0) return fail(ErrorCode::json_bad_value, where + ".way");
  picked.way = static_cast<std::size_t>(way);
  return picked;
}

}  // namespace

Result<json::Array> proposed(const Host& host, const ConsentQuestion& question) {
  json::Array cards;
  for (const oid4vp::AskedCard& asked : question.ask.cards) {
    json::Object form{{"credential", asked.credential_id}, {"way", asked.way}, {"claims", claims_of(asked)}};
    MIBUN_TRY(form["card"], card(host, question.held[asked.card].card));
    cards.push_back(std::move(form));
  }
  return cards;
}

Result<json::Object> choices(const Host& host, const ConsentQuestion& question) {
  json::Array credentials, sets;
  for (const oid4vp::AskedCredential& credential : question.ask.choices.credentials) {
    json::Array cards;
    for (const oid4vp::CardOffer& offer : credential.cards) {
      MIBUN_TRY(json::Object form, card_offer(host, question.held[offer.card], offer));
      cards.push_back(std::move(form));
    }
    credentials.push_back(json::Object{{"credential", credential.credential_id}, {"cards", std::move(cards)}});
  }
  for (const oid4vp::AskedSet& set : question.ask.choices.sets) sets.push_back(set_form(set));
  return json::Object{{"credentials", std::move(credentials)}, {"sets", std::move(sets)}};
}

Result<std::vector<PickedCard>> read_choice(const json::Array& array, const std::string& where) {
  std::vector<PickedCard> choice;
  for (const json::Value& value : array) {
    MIBUN_TRY(PickedCard picked, read_picked(value, where + "[" + std::to_string(choice.size()) + "]"));
    choice.push_back(std::move(picked));
  }
  return choice;
}

}  // namespace mibun::wallet::forms
