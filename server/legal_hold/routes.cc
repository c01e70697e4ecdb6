#include "server/legal_hold/routes.h"

#include <algorithm>
#include <functional>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "server/api/body.h"
#include "server/api/free_text.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

using Hold = LegalHoldService::Hold;
using Opening = LegalHoldService::Opening;

constexpr std::size_t kTextCharactersMax = 200;
constexpr std::size_t kFieldsMax = 50;
constexpr std::size_t kHalvesBytesMax = 1024 * 1024;

json::Array to_array(const std::vector<std::string>& texts) {
  json::Array array;
  for (const std::string& text : texts) array.push_back(json::Value(text));
  return array;
}

json::Object to_json(const Hold& hold) {
  return {{"hold_id", hold.hold_id},
          {"duty_id", hold.duty_id},
          {"law", hold.law},
          {"article", hold.article},
          {"controller", hold.controller},
          {"account", base64url::encode(hold.account_lookup)},
          {"kept_at", to_jst_string(hold.kept_at)},
          {"until", hold.until},
          {"fields", to_array(hold.fields)}};
}

json::Object to_json(const Opening& opening) {
  json::Object object{{"opening_id", opening.opening_id},
                      {"hold_id", opening.hold_id},
                      {"duty_id", opening.duty_id},
                      {"case_number", opening.order.case_number},
                      {"authority", opening.order.authority},
                      {"article", opening.order.article},
                      {"fields", to_array(opening.order.fields)},
                      {"requested_by", opening.requested_by},
                      {"requested_at", to_jst_string(opening.requested_at)}};
  if (opening.approved_at) {
    object["approved_by"] = opening.approved_by;
    object["approved_at"] = to_jst_string(*opening.approved_at);
    object["first_person"] = opening.first_person;
    object["second_person"] = opening.second_person;
  }
  if (opening.handed_at) object["handed_at"] = to_jst_string(*opening.handed_at);
  if (opening.read_at) object["read_at"] = to_jst_string(*opening.read_at);
  return object;
}

ServerResponse answer(const Opening& opening, int status = 200) {
  return json_answer(json::serialize(to_json(opening)), status);
}

ServerResponse answer(const LegalHoldService::ByField& fields) {
  json::Object object;
  for (const auto& [field, text] : fields) object[field] = text;
  return json_answer(json::serialize(json::Object{{"fields", std::move(object)}}));
}

Result<std::string> read_line(json::ObjectReader& reader, std::string_view name) {
  const auto text = reader.string(name);
  const bool fits = text && !is_blank(*text) && is_plain_text(*text) && count_characters(*text) <= kTextCharactersMax;
  if (!fits) return malformed("body." + std::string(name), "a line of at most 200 characters");
  return std::string(*text);
}

Result<LegalHoldService::Order> read_order(const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  LegalHoldService::Order order;
  MIBUN_TRY(order.case_number, read_line(reader, "case_number"));
  MIBUN_TRY(order.authority, read_line(reader, "authority"));
  MIBUN_TRY(order.article, read_line(reader, "article"));
  const auto fields = reader.array("fields");
  if (!fields || !reader.finish()) return malformed("body", "case_number, authority, article and fields");
  auto names = json::string_array(**fields, "body.fields");
  if (!names || names->empty() || names->size() > kFieldsMax) return malformed("body.fields", "1 to 50 names");
  order.fields = std::move(*names);
  std::ranges::sort(order.fields);
  if (std::ranges::adjacent_find(order.fields) != order.fields.end()) return malformed("body.fields", "each once");
  return order;
}

Result<LegalHoldService::ByField> read_halves(const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = kHalvesBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto fields = reader.object("fields");
  if (!fields || !reader.finish()) return malformed("body", "the member is fields");
  LegalHoldService::ByField halves;
  for (const auto& member : **fields) {
    if (!member.value().is_string()) return malformed("body.fields", "texts by field");
    halves.emplace(std::string(member.key()), std::string(member.value().get_string()));
  }
  return halves;
}

Status read_nothing(const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  if (!body.empty()) return malformed("body", "an empty object");
  return {};
}

}  // namespace

void add_legal_hold_routes(http::Router& router, LegalHoldService& service, AccessTokens& tokens) {
  // What a member of the staff does with what the path names; `id` is empty where it names nothing.
  using Deed = std::function<Answer(const std::string& id, const std::string& staff, const ServerRequest& request)>;
  const auto add = [&](std::string method, std::string pattern, Deed deed) {
    http::Route route{.method = std::move(method), .pattern = std::move(pattern), .handler = {}};
    if (route.method == "POST") {
      route.body_type = "application/json";
      route.body_bytes_max = kHalvesBytesMax;
    }
    route.handler = answer_or_refuse(
        [&tokens, deed = std::move(deed)](const ServerRequest& request, const PathParameters& parameters) -> Answer {
          MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
          const auto id = parameters.find("id");
          return deed(id == parameters.end() ? std::string() : id->second, grant.subject, request);
        });
    router.add(std::move(route));
  };
  add("GET", "/api/v1/staff/legal-holds", [&](const std::string&, const std::string&, const ServerRequest&) -> Answer {
    MIBUN_TRY(const auto holds, service.list());
    json::Array rows;
    for (const Hold& hold : holds) rows.push_back(to_json(hold));
    return json_answer(json::serialize(json::Object{{"holds", std::move(rows)}}));
  });
  add("GET", "/api/v1/staff/legal-hold-openings",
      [&](const std::string&, const std::string&, const ServerRequest&) -> Answer {
        MIBUN_TRY(const auto openings, service.openings());
        json::Array rows;
        for (const Opening& opening : openings) rows.push_back(to_json(opening));
        return json_answer(json::serialize(json::Object{{"openings", std::move(rows)}}));
      });
  add("GET", "/api/v1/staff/legal-hold-openings/{id}",
      [&](const std::string& id, const std::string&, const ServerRequest&) -> Answer {
        MIBUN_TRY(const Opening opening, service.look(id));
        return answer(opening);
      });
  add("POST", "/api/v1/staff/legal-holds/{id}/openings",
      [&](const std::string& id, const std::string& staff, const ServerRequest& request) -> Answer {
        MIBUN_TRY(const auto order, read_order(request));
        MIBUN_TRY(const Opening opening, service.request(id, order, staff));
        return answer(opening, 201);
      });
  add("POST", "/api/v1/staff/legal-hold-openings/{id}/approval",
      [&](const std::string& id, const std::string& staff, const ServerRequest& request) -> Answer {
        MIBUN_CHECK(read_nothing(request));
        MIBUN_TRY(const Opening opening, service.approve(id, staff));
        return answer(opening);
      });
  add("GET", "/api/v1/staff/legal-hold-openings/{id}/envelopes",
      [&](const std::string& id, const std::string& staff, const ServerRequest&) -> Answer {
        MIBUN_TRY(const auto envelopes, service.envelopes(id, staff));
        return answer(envelopes);
      });
  add("POST", "/api/v1/staff/legal-hold-openings/{id}/halves",
      [&](const std::string& id, const std::string& staff, const ServerRequest& request) -> Answer {
        MIBUN_TRY(const auto halves, read_halves(request));
        MIBUN_TRY(const Opening opening, service.hand_over(id, staff, halves));
        return answer(opening);
      });
  add("POST", "/api/v1/staff/legal-hold-openings/{id}/reading",
      [&](const std::string& id, const std::string& staff, const ServerRequest& request) -> Answer {
        MIBUN_CHECK(read_nothing(request));
        MIBUN_TRY(const auto halves, service.take_halves(id, staff));
        return answer(halves);
      });
}

}  // namespace mibun::server
