#pragma once

#include "platform/keyd/key_directory.h"

namespace mibun::server {

using keyd::KeyDirectory;

}  // namespace mibun::server
