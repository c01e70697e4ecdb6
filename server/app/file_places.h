#pragma once

#include <memory>

#include "server/app/config.h"

// Where files may lie (promise WP-02). Configurations that put a class of records into another region than its own are
// refused at the start.
namespace mibun::server {

// The first place outside of the region of what would lie there; null when all are fine.
const blobs::Place* foreign_place(const blobs::StoreOptions& files);

// Errors: as blobs::Store::open; invalid_argument (a foreign place).
Result<std::unique_ptr<blobs::Store>> open_files(const Config& config, Rng& rng);

}  // namespace mibun::server
