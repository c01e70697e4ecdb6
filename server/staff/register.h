#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/access/access.h"
#include "server/app/config.h"

namespace mibun::server {

// Who may act as staff: named people with a key each, from the configuration. There is no administrator (promise
// WP-06).
class StaffRegister final : public ClientDirectory {
 public:
  explicit StaffRegister(std::vector<StaffMember> members) : members_(std::move(members)) {}

  Result<std::optional<Client>> find_client(std::string_view client_id) override {
    const StaffMember* member = find(client_id);
    if (member == nullptr) return std::optional<Client>();
    return std::optional(Client{member->client_id, ClientKind::staff, member->key});
  }
  const std::vector<StaffMember>& members() const { return members_; }
  // The name for the case file; empty when unknown.
  std::string name_of(std::string_view client_id) const {
    const StaffMember* member = find(client_id);
    return member == nullptr ? std::string() : member->name;
  }

 private:
  const StaffMember* find(std::string_view client_id) const {
    for (const StaffMember& member : members_) {
      if (member.client_id == client_id) return &member;
    }
    return nullptr;
  }
  std::vector<StaffMember> members_;
};

}  // namespace mibun::server
