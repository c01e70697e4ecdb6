#include "server/transparency/logged_routes.h"

#include "core/codecs/json.h"
#include "platform/log/log.h"
#include "server/api/problem.h"
#include "server/transparency/operation_names.h"
#include "server/transparency/running_operation.h"

namespace mibun::server {
namespace {

constexpr std::string_view kSubjectDomain = "log subject";

std::string text_of(const json::Object& body, std::string_view name) {
  const json::Value* value = body.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

// A record without a subject is better than none: whoever looks for a person's records misses one.
SecretBytes subject_key_of(keyd::KeyHolder& keys, const RunningOperation& running) {
  if (!running.person()) return {};
  auto key = log_subject_key(keys, *running.person());
  if (key) return std::move(*key);
  log::error("log_subject_missing", {{"code", to_string(key.error().code)}});
  return {};
}

http::ServerResponse run_operation(OperationLog& log, keyd::KeyHolder& keys, std::string_view operation,
                                   const http::ServerRequest& request,
                                   const std::function<http::ServerResponse()>& run) {
  const auto intent = log.announce(operation);
  if (!intent) return refuse(intent.error(), request);
  const RunningOperation running;
  // A handler that throws has no outcome; the exception goes on to the server.
  OperationLog::Ended ended{*intent, std::string(operation), std::string(OperationLog::kUnknown), {}};
  try {
    http::ServerResponse response = run();
    ended.outcome = outcome_of(response);
    ended.subject_key = subject_key_of(keys, running);
    log.conclude(std::move(ended));
    return response;
  } catch (...) {
    log.conclude(std::move(ended));
    throw;
  }
}

}  // namespace

std::string outcome_of(const http::ServerResponse& response) {
  if (response.status < 400) return std::string(OperationLog::kOk);
  if (const auto body = json::parse_object(response.body)) {
    for (const char* member : {"code", "error"}) {
      if (std::string code = text_of(*body, member); !code.empty()) return code;
    }
  }
  return "http_" + std::to_string(response.status);
}

Result<SecretBytes> log_subject_key(keyd::KeyHolder& keys, const keyd::PersonId& person) {
  auto key = keys.person_hash(person, kSubjectDomain, {});
  if (key) return SecretBytes::take(std::move(*key));
  if (key.error().code == ErrorCode::keyd_person_key_missing) return SecretBytes();
  return std::unexpected(key.error());
}

Status run_in_log(OperationLog& log, std::string_view operation, const std::function<Status()>& deed) {
  MIBUN_TRY(const std::uint64_t intent, log.announce(operation));
  Status done = deed();
  const std::string_view outcome = done ? OperationLog::kOk : to_string(done.error().code);
  log.conclude({intent, std::string(operation), std::string(outcome), {}});
  return done;
}

http::Router::Around through_the_log(OperationLog& log, keyd::KeyHolder& keys) {
  return [&log, &keys](const http::Route& route, const http::ServerRequest& request,
                       const std::function<http::ServerResponse()>& run) {
    // By the route's method: what a HEAD is answered from was read, too.
    const std::string_view operation = operation_of(route.method, route.pattern);
    return operation.empty() ? run() : run_operation(log, keys, operation, request, run);
  };
}

}  // namespace mibun::server
