#include "server/transparency/routes.h"

#include <charconv>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/codecs/url.h"
#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

// What a name stands for never changes.
constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";

ServerResponse file_answer(std::string content_type, std::string body, std::string_view cache) {
  ServerResponse response;
  response.content_type = std::move(content_type);
  response.headers.push_back({"Cache-Control", std::string(cache)});
  response.body = std::move(body);
  return response;
}

std::unexpected<Error> no_such_file() {
  return fail(ErrorCode::route_not_found, "log", "not a file of this log");
}

Answer show_checkpoint(OperationLog& log) {
  return file_answer("text/plain; charset=utf-8", log.checkpoint(), "no-cache");
}

Answer show_cosigned(const CosignedCheckpoint& cosigned) {
  const auto note = cosigned.note();
  if (!note) return fail(ErrorCode::route_not_found, "log", "no witness has signed yet");
  return file_answer("text/plain; charset=utf-8", *note, "no-cache");
}

Answer show_tile(OperationLog& log, const PathParameters& parameters) {
  const auto id = tlog::TileId::parse("tile/" + parameters.find("+tile")->second);
  if (!id) return no_such_file();
  const auto bytes = log.reader().file(*id, log.published().size);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return no_such_file();
  if (!bytes) return fail(ErrorCode::internal_error, "log", "no place has this file whole");
  return file_answer("application/octet-stream", std::string(as_text(*bytes)), kImmutable);
}

struct Numbers {
  std::uint64_t first = 0, second = 0;
};

// Two numbers of the query, nothing else in it, each in the one form that a number has.
Result<Numbers> read_query(const ServerRequest& request, std::string_view first, std::string_view second) {
  const auto fields = form::Fields::parse(request.query, 2);
  const auto number = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto text = fields ? fields->find(name) : std::nullopt;
    std::uint64_t value = 0;
    if (!text || text->empty() || (text->size() > 1 && text->front() == '0')) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return value;
  };
  const auto one = number(first), two = number(second);
  if (!one || !two) return malformed("query", "two numbers: " + std::string(first) + " and " + std::string(second));
  return Numbers{*one, *two};
}

Answer proof_answer(json::Object body, const Result<tlog::Proof>& proof) {
  if (!proof && proof.error().code == ErrorCode::invalid_argument) return no_such_file();
  if (!proof) return fail(ErrorCode::internal_error, "log", "no place has the tiles that prove it");
  json::Array hashes;
  for (const tlog::Hash& hash : *proof) hashes.emplace_back(base64::encode(hash));
  body["proof"] = std::move(hashes);
  return file_answer("application/json", json::serialize(body), kImmutable);
}

// A tree that was seen before needs no newer one.
tlog::TreeHead head_for(OperationLog& log, std::uint64_t size) {
  const tlog::TreeHead last = log.published();
  return size <= last.size ? last : log.head();
}

Answer prove_inclusion(OperationLog& log, const ServerRequest& request) {
  MIBUN_TRY(const Numbers asked, read_query(request, "index", "size"));
  return proof_answer({{"index", asked.first}, {"size", asked.second}},
                      log.reader().inclusion(asked.first, asked.second, head_for(log, asked.second)));
}

Answer prove_consistency(OperationLog& log, const ServerRequest& request) {
  MIBUN_TRY(const Numbers asked, read_query(request, "from", "to"));
  return proof_answer({{"from", asked.first}, {"to", asked.second}},
                      log.reader().consistency(asked.first, asked.second, head_for(log, asked.second)));
}

}  // namespace

void add_log_routes(http::Router& router, OperationLog& log, const CosignedCheckpoint& cosigned) {
  const auto get = [&](std::string_view path, ApiHandler handler) {
    router.add({.method = "GET",
                .pattern = std::string(kLogPath) + std::string(path),
                .handler = answer_or_refuse(std::move(handler)),
                .cors = true});
  };
  get("/checkpoint", [&](const ServerRequest&, const PathParameters&) { return show_checkpoint(log); });
  get("/cosigned-checkpoint", [&](const ServerRequest&, const PathParameters&) { return show_cosigned(cosigned); });
  get("/tile/{+tile}", [&](const ServerRequest&, const PathParameters& p) { return show_tile(log, p); });
  get("/proof/inclusion", [&](const ServerRequest& r, const PathParameters&) { return prove_inclusion(log, r); });
  get("/proof/consistency", [&](const ServerRequest& r, const PathParameters&) { return prove_consistency(log, r); });
}

}  // namespace mibun::server
