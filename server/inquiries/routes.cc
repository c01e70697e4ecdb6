#include "server/inquiries/routes.h"

#include <algorithm>

#include "server/api/body.h"
#include "server/api/free_text.h"
#include "server/api/problem.h"
#include "server/inquiries/terms.h"

namespace mibun::server {
namespace {

using http::PathParameters;
using http::ServerRequest;
using Answer = Result<http::ServerResponse>;
using Service = InquiryService;

constexpr std::size_t kIdBytesMin = 16, kIdBytesMax = 64;

bool is_id(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return text.size() >= kIdBytesMin && text.size() <= kIdBytesMax && std::ranges::all_of(text, allowed);
}

bool is_text(std::string_view text, std::size_t characters_max) {
  return is_plain_text(text) && !is_blank(text) && count_characters(text) <= characters_max;
}

std::unexpected<Error> wrong_at(std::string where) {
  return malformed(std::move(where), "the members are id, kind, text and country_agreed");
}

struct Sent {
  std::string id;
  Service::Question question;
};

Result<Sent> read(const json::Object& body) {
  json::ObjectReader reader(body, "body");
  const auto id = reader.string("id"), kind = reader.string("kind"), text = reader.string("text");
  const auto country = reader.optional_string("country_agreed");
  if (!id || !kind || !text || !country || !reader.finish()) return wrong_at("body");
  if (!is_id(*id)) return wrong_at("body.id");
  if (!is_inquiry_kind(*kind)) return wrong_at("body.kind");
  if (!is_text(*text, kInquiryCharactersMax)) return wrong_at("body.text");
  return Sent{std::string(*id), {std::string(*kind), std::string(*text), std::string(country->value_or(""))}};
}

json::Object to_json(const Service::Kept& kept) {
  json::Object object{{"inquiry_id", kept.inquiry_id},
                      {"state", kept.answered_at ? "answered" : "open"},
                      {"asked_at", to_jst_string(kept.asked_at)}};
  if (kept.answered_at) object["answered_at"] = to_jst_string(*kept.answered_at);
  return object;
}

json::Object to_json(const Service::Opened& opened) {
  json::Object object = to_json(opened.kept);
  object["kind"] = opened.kind;
  object["text"] = opened.text;
  if (opened.kept.answered_at) object["answer"] = opened.answer;
  return object;
}

Answer ask(Service& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  MIBUN_TRY(const Sent sent, read(body));
  MIBUN_TRY(const auto kept, service.ask(account.id, sent.id, sent.question));
  return json_answer(json::serialize(to_json(kept)), 201);
}

Answer list_own(Service& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const auto own, service.list_of(account.id));
  json::Array rows;
  for (const auto& inquiry : own.inquiries) rows.push_back(to_json(inquiry));
  return json_answer(json::serialize(json::Object{{"inquiries", std::move(rows)}, {"can_ask", own.can_ask}}));
}

Answer list_all(Service& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto inquiries, service.list());
  json::Array rows;
  for (const auto& inquiry : inquiries) rows.push_back(to_json(inquiry));
  return json_answer(json::serialize(json::Object{{"inquiries", std::move(rows)}}));
}

Answer open(Service& service, AccessTokens& tokens, const StaffRegister& staff, const ServerRequest& request,
            const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto opened, service.open(parameters.find("id")->second, staff.name_of(grant.subject)));
  return json_answer(json::serialize(to_json(opened)));
}

Answer answer(Service& service, AccessTokens& tokens, const StaffRegister& staff, const ServerRequest& request,
              const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto text = reader.string("text");
  if (!text || !reader.finish() || !is_text(*text, kInquiryAnswerCharactersMax)) {
    return fail(ErrorCode::request_malformed, "body.text", "the answer, 1 to 4,000 characters");
  }
  const std::string name = staff.name_of(grant.subject);
  MIBUN_TRY(const auto kept, service.answer(parameters.find("id")->second, *text, {grant.subject, name}));
  return json_answer(json::serialize(to_json(kept)));
}

}  // namespace

void add_inquiry_routes(http::Router& router, InquiryService& service, AssertionGate& gate) {
  router.add({.method = "GET",
              .pattern = "/api/v1/inquiries/terms",
              .handler = answer_or_refuse(
                  [](const ServerRequest&) -> Answer { return json_answer(json::serialize(inquiry_terms())); }),
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/api/v1/inquiries",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return ask(service, gate, r); }),
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/api/v1/inquiries",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list_own(service, gate, r); }),
              .cors = true});
}

void add_inquiry_staff_routes(http::Router& router, InquiryService& service, AccessTokens& tokens,
                              const StaffRegister& staff) {
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/inquiries",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list_all(service, tokens, r); })});
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/inquiries/{id}",
              .handler = answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
                return open(service, tokens, staff, r, p);
              })});
  router.add({.method = "POST",
              .pattern = "/api/v1/staff/inquiries/{id}/answer",
              .handler = answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
                return answer(service, tokens, staff, r, p);
              }),
              .body_type = "application/json"});
}

}  // namespace mibun::server
