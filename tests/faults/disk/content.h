#pragma once

#include <cstdint>
#include <random>
#include <vector>

// What a file was told since its last fsync, and what of it a power loss leaves.
namespace mibun::faults {

class Content {
 public:
  // `fd`: a descriptor of its own, open for reading and writing.
  explicit Content(int fd) : fd_(fd) {}

  void before_write(long offset, long size);
  void after_write(const void* data, long written);
  void before_truncate(long size);
  void forget_last() { changes_.pop_back(); }

  void synced();
  // What was written since the last fsync may never reach the disk now, whatever a later fsync says: the kernel has
  // marked those pages clean.
  void sync_failed();

  // Makes the file what a power loss may leave: everything that was synced, and of the rest, sector by sector, what
  // `random` spares.
  void lose(std::mt19937& random);

 private:
  enum class State : std::uint8_t { pending, durable, doomed };
  struct Change {
    State state = State::pending;
    bool truncates = false;
    long offset = 0;  // of a truncation: the new size
    long old_size = 0;
    std::vector<std::uint8_t> old_bytes, new_bytes;
  };
  void take_back(const Change& change) const;
  void apply(const Change& change) const;
  void apply_some(const Change& change, std::mt19937& random, double kept, long sector) const;

  int fd_;
  std::vector<Change> changes_;
};

}  // namespace mibun::faults
