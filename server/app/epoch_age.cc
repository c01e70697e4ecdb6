#include "server/app/epoch_age.h"

#include "platform/log/log.h"

namespace mibun::server {

EpochAge::EpochAge(const std::string& data_directory, Instant now) : memory_(data_directory, "epoch.began") {
  const auto kept = memory_.read();
  if (kept && *kept) {
    began_ = **kept;
  } else if (kept) {
    begin(now);
  }
}

void EpochAge::begin(Instant now) {
  began_ = now;
  if (const Status done = memory_.write(now); !done) log::error("epoch_not_remembered");
}

}  // namespace mibun::server
