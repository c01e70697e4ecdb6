#include "tests/faults/disk/content.h"

#include <algorithm>
#include <array>

#include "tests/faults/disk/raw.h"

namespace mibun::faults {

void Content::before_write(long offset, long size) {
  Change change;
  change.offset = offset;
  change.old_size = raw::size(fd_);
  change.old_bytes = raw::read(fd_, offset, std::min(size, std::max(0L, change.old_size - offset)));
  changes_.push_back(std::move(change));
}

void Content::after_write(const void* data, long written) {
  Change& change = changes_.back();
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  change.new_bytes.assign(bytes, bytes + written);
}

void Content::before_truncate(long size) {
  Change change;
  change.truncates = true;
  change.offset = size;
  change.old_size = raw::size(fd_);
  if (size < change.old_size) change.old_bytes = raw::read(fd_, size, change.old_size - size);
  changes_.push_back(std::move(change));
}

void Content::synced() {
  bool doomed = false;
  for (Change& change : changes_) {
    if (change.state == State::pending) change.state = State::durable;
    doomed = doomed || change.state == State::doomed;
  }
  if (!doomed) changes_.clear();
}

void Content::sync_failed() {
  for (Change& change : changes_) {
    if (change.state == State::pending) change.state = State::doomed;
  }
}

void Content::lose(std::mt19937& random) {
  if (changes_.empty()) return;
  for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) take_back(*change);
  constexpr std::array kKept = {0.0, 0.5, 0.9, 1.0};
  const double kept = kKept[random() % kKept.size()];
  const long sector = random() % 2 == 0 ? 512 : 4096;
  for (const Change& change : changes_) {
    if (change.state == State::durable) {
      apply(change);
    } else {
      apply_some(change, random, kept, sector);
    }
  }
  changes_.clear();
}

void Content::take_back(const Change& change) const {
  if (!change.old_bytes.empty()) {
    raw::pwrite(fd_, change.old_bytes.data(), change.old_bytes.size(), change.offset);
  }
  raw::truncate(fd_, change.old_size);
}

void Content::apply(const Change& change) const {
  if (change.truncates) {
    raw::truncate(fd_, change.offset);
  } else {
    raw::pwrite(fd_, change.new_bytes.data(), change.new_bytes.size(), change.offset);
  }
}

void Content::apply_some(const Change& change, std::mt19937& random, double kept, long sector) const {
  const auto spared = [&] { return std::uniform_real_distribution<>(0, 1)(random) < kept; };
  if (change.truncates) {
    if (spared()) apply(change);
    return;
  }
  const long size = static_cast<long>(change.new_bytes.size());
  for (long at = 0; at < size;) {
    const long next = std::min(size, (change.offset + at) / sector * sector + sector - change.offset);
    if (spared()) {
      raw::pwrite(fd_, change.new_bytes.data() + at, static_cast<std::size_t>(next - at), change.offset + at);
    }
    at = next;
  }
}

}  // namespace mibun::faults
