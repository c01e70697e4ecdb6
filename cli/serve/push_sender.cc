#include "cli/serve/push_sender.h"

#include "platform/http/client.h"
#include "platform/log/log.h"
#include "platform/memory/stack.h"

namespace mibun::cli {
namespace {

constexpr auto kPause = std::chrono::seconds(2);  // when nothing waits
constexpr auto kTimeout = std::chrono::seconds(5);

}  // namespace

PushSender::PushSender(server::App& app, http::Destinations push_services)
    : app_(app),
      push_services_(std::move(push_services)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PushSender::run(const std::stop_token& stop) {
  http::Client client(
      {.destinations = push_services_, .trust_pem = {}, .timeout = kTimeout, .response_bytes_max = 64 * 1024});
  const auto send = [&](const HttpRequest& request) { return client.send(request); };
  while (!stop.stop_requested()) {
    const auto sent = app_.send_next_push(send);
    memory::wipe_unused_stack();
    if (!sent) log::error("push_failed", {{"code", to_string(sent.error().code)}});
    if (sent && *sent) continue;
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kPause, [] { return false; });
  }
}

}  // namespace mibun::cli
