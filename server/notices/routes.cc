#include "server/notices/routes.h"

#include "core/codecs/jst_time.h"
#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

ServerResponse done() {
  ServerResponse response;
  response.status = 204;
  return response;
}

json::Object public_form(const PublicNotice& notice) {
  json::Object form{{"id", notice.id},
                    {"kind", notice.kind},
                    {"text", json::Object{{"ja", notice.text_ja}, {"en", notice.text_en}}},
                    {"published_at", to_jst_string(notice.published_at)},
                    {"until", nullptr}};
  if (notice.until) form["until"] = to_jst_string(*notice.until);
  return form;
}

json::Object staff_form(const PublicNotice& notice) {
  json::Object form = public_form(notice);
  form["published_by"] = notice.published_by;
  if (notice.withdrawn_at) {
    form["withdrawn_at"] = to_jst_string(*notice.withdrawn_at);
    form["withdrawn_by"] = notice.withdrawn_by;
  }
  return form;
}

Answer list_own(NoticeService& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  json::Object body;
  MIBUN_TRY(body["notices"], service.list(account.id));
  return json_answer(json::serialize(body));
}

Answer mark_read(NoticeService& service, AssertionGate& gate, const ServerRequest& request,
                 const PathParameters& parameters) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_CHECK(service.mark_read(account.id, parameters.find("id")->second));
  return done();
}

// The same for everybody, so that anything on the way may keep it for a minute.
Answer list_public(PublicNotices& notices) {
  MIBUN_TRY(const auto current, notices.current());
  json::Array rows;
  for (const PublicNotice& notice : current) rows.push_back(public_form(notice));
  ServerResponse response;
  response.content_type = "application/json";
  response.headers.push_back({"Cache-Control", "public, max-age=60"});
  response.body = json::serialize(json::Object{{"notices", std::move(rows)}});
  return response;
}

Answer list_for_staff(PublicNotices& notices, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto all, notices.all());
  json::Array rows;
  for (const PublicNotice& notice : all) rows.push_back(staff_form(notice));
  return json_answer(json::serialize(json::Object{{"notices", std::move(rows)}}));
}

Result<PublicNotices::Draft> read_draft(const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto kind = reader.string("kind"), ja = reader.string("ja"), en = reader.string("en");
  const auto until_text = reader.optional_string("until");
  if (!kind || !ja || !en || !until_text || !reader.finish()) {
    return malformed("body", "the members are kind, ja, en and perhaps until");
  }
  PublicNotices::Draft draft{std::string(*kind), std::string(*ja), std::string(*en), {}};
  if (*until_text) {
    const auto until = parse_jst(**until_text);
    if (!until) return malformed("body.until", "a time like 2026-11-23T12:00:00+09:00");
    draft.until = *until;
  }
  return draft;
}

Answer publish(PublicNotices& notices, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
  MIBUN_TRY(auto draft, read_draft(request));
  MIBUN_TRY(const PublicNotice notice, notices.publish(std::move(draft), grant.subject));
  return json_answer(json::serialize(staff_form(notice)), 201);
}

Answer withdraw(PublicNotices& notices, AccessTokens& tokens, const ServerRequest& request,
                const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
  const std::string& id = parameters.find("id")->second;
  MIBUN_TRY(const Instant at, notices.withdraw(id, grant.subject));
  return json_answer(json::serialize(json::Object{{"id", id}, {"withdrawn_at", to_jst_string(at)}}));
}

Answer subscribe(PushOutbox& outbox, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  MIBUN_CHECK(outbox.subscribe(account, body));
  return done();
}

Answer unsubscribe(PushOutbox& outbox, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_CHECK(outbox.unsubscribe(account.id));
  return done();
}

}  // namespace

void add_notice_routes(http::Router& router, NoticeService& service, AssertionGate& gate) {
  router.add({.method = "GET",
              .pattern = "/api/v1/notices",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list_own(service, gate, r); }),
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/api/v1/notices/{id}/read",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return mark_read(service, gate, r, p); }),
              .cors = true});
}

void add_public_notice_routes(http::Router& router, PublicNotices& notices, AccessTokens& tokens) {
  router.add({.method = "GET",
              .pattern = "/api/v1/public-notices",
              .handler = answer_or_refuse([&](const ServerRequest&) { return list_public(notices); }),
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/public-notices",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list_for_staff(notices, tokens, r); })});
  router.add({.method = "POST",
              .pattern = "/api/v1/staff/public-notices",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return publish(notices, tokens, r); }),
              .body_type = "application/json"});
  router.add({.method = "POST",
              .pattern = "/api/v1/staff/public-notices/{id}/withdrawal",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return withdraw(notices, tokens, r, p); })});
}

void add_push_routes(http::Router& router, PushOutbox& outbox, AssertionGate& gate) {
  router.add({.method = "GET",
              .pattern = "/api/v1/push-key",
              .handler = answer_or_refuse([&](const ServerRequest&) -> Answer {
                return json_answer(json::serialize(json::Object{{"key", outbox.public_key()}}));
              }),
              .cors = true});
  router.add({.method = "PUT",
              .pattern = "/api/v1/push-subscription",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return subscribe(outbox, gate, r); }),
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "DELETE",
              .pattern = "/api/v1/push-subscription",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return unsubscribe(outbox, gate, r); }),
              .cors = true});
}

}  // namespace mibun::server
