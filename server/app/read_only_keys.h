#pragma once

#include <memory>

#include "platform/keyd/keyd.h"

namespace mibun::server {

// A key holder for whoever only tries something out, as a drill of a restore does: what is there can be used, nothing
// is made, destroyed or rotated. Destroying a key that is gone already succeeds: settling a restored database ends so.
// Errors of what is refused: keyd_purpose_not_allowed.
std::shared_ptr<keyd::KeyHolder> read_only_keys(std::shared_ptr<keyd::KeyHolder> keys);

}  // namespace mibun::server
