#include "cli/witness/service.h"

#include <utility>

#include "core/tlog/add_checkpoint.h"

namespace mibun::cli {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

http::ServerResponse answer(int status, std::string_view type, std::string body) {
  http::ServerResponse response;
  response.status = status;
  response.content_type = type;
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  response.body = std::move(body);
  return response;
}

}  // namespace

http::ServerResponse refuse_log(int status, std::string_view reason) {
  return answer(status, kText, std::string(reason) + "\n");
}

http::ServerResponse answer_log(log_tree::Witness& witness, const http::ServerRequest& request, Instant now) {
  if (request.path != "/add-checkpoint" || !request.query.empty()) return refuse_log(404, "nothing is here");
  if (request.method != "POST") {
    http::ServerResponse response = refuse_log(405, "POST only");
    response.headers.push_back({"Allow", "POST"});
    return response;
  }
  log_tree::WitnessAnswer said = witness.add_checkpoint(request.body, now);
  if (said.status == 200) return answer(200, kText, std::move(said.body));
  if (said.status == 409) return answer(409, tlog::kSizeMediaType, std::move(said.body));
  return refuse_log(said.status, said.reason);
}

http::ServerOptions witness_server_options(std::string address, std::uint16_t port) {
  http::ServerOptions options;
  options.address = std::move(address);
  options.port = port;
  options.threads = 1;
  options.body_bytes_max = tlog::kAddCheckpointBytesMax;
  options.connections_max = 1000;
  options.refusal = refuse_log;
  return options;
}

}  // namespace mibun::cli
