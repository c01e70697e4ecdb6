#include "tests/server/steps/operation.h"

#include <filesystem>
#include <fstream>

namespace mibun::server {

std::vector<std::string> Try::disk(const std::string& root) const {
  std::vector<std::string> plan{"LD_PRELOAD=" MIBUN_FAULTY_DISK, "MIBUN_DISK_ROOT=" + root,
                                "MIBUN_DISK_REPORT=" + report, "MIBUN_DISK_TRACE=" + trace, "MIBUN_DISK_ONLY_WRITES=1"};
  if (way == Way::killed) plan.push_back("MIBUN_DISK_KILL_AT=" + std::to_string(call));
  if (way == Way::powerless) {
    plan.push_back("MIBUN_DISK_OFF_AT=" + std::to_string(call));
    plan.push_back("MIBUN_DISK_SEED=" + std::to_string(call));
  }
  return plan;
}

std::vector<std::string> Try::disk_while_counting(const std::string& root) const {
  std::vector<std::string> plan = disk(root);
  plan.push_back("MIBUN_DISK_COUNTED_WHILE=" + counting);
  return plan;
}

Counting::Counting(const Try& one) : file_(one.counting) {
  std::ofstream(file_) << "x";
}
Counting::~Counting() {
  std::filesystem::remove(file_);
}

std::vector<std::unique_ptr<Operation>> operations() {
  std::vector<std::unique_ptr<Operation>> all;
  for (const auto make : {issuance, card_deletion, account_deletion, key_rotation, key_certification, epoch_in_server,
                          epoch_in_key_service, epoch_through_key_service, backup_by_command, backup_in_repository,
                          backup_by_server, restoring, upgrade}) {
    all.push_back(make());
  }
  return all;
}

}  // namespace mibun::server
