#include "cli/serve/witness_caller.h"

#include "core/codecs/url.h"
#include "platform/log/log.h"

namespace mibun::cli {
namespace {

constexpr auto kPause = std::chrono::seconds(10);
constexpr auto kTimeout = std::chrono::seconds(5);
constexpr std::size_t kAnswerBytesMax = 64 * 1024;

}  // namespace

Result<std::unique_ptr<WitnessCaller>> WitnessCaller::start(server::App& app,
                                                            const std::vector<server::ChosenWitness>& witnesses) {
  std::vector<http::Client> clients;
  for (const server::ChosenWitness& witness : witnesses) {
    MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(witness.url));
    MIBUN_TRY(auto destinations, http::Destinations::only({url.origin()}));
    clients.emplace_back(http::ClientOptions{.destinations = std::move(destinations),
                                             .trust_pem = witness.ca_pem,
                                             .timeout = kTimeout,
                                             .response_bytes_max = kAnswerBytesMax});
  }
  return std::unique_ptr<WitnessCaller>(new WitnessCaller(app, std::move(clients)));
}

WitnessCaller::WitnessCaller(server::App& app, std::vector<http::Client> clients)
    : app_(app), clients_(std::move(clients)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void WitnessCaller::run(const std::stop_token& stop) {
  const auto send = [&](std::size_t witness, const HttpRequest& request) { return clients_[witness].send(request); };
  while (!stop.stop_requested()) {
    if (const Status asked = app_.ask_witnesses(send); !asked) {
      log::error("cosigned_checkpoint_failed", {{"code", to_string(asked.error().code)}});
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kPause, [] { return false; });
  }
}

}  // namespace mibun::cli
