#pragma once

#include <memory>
#include <string>
#include <vector>

namespace mibun::server {

// How a try ends.
enum class Way {
  whole,      // not before its time
  killed,     // kill -9 before a call that writes
  powerless,  // the power goes before that call; what was not synced is lost, torn or out of order
};

// One try of an operation, in a folder of its own.
struct Try {
  std::string folder;  // a copy of Operation::before()
  Way way = Way::whole;
  long call = 0;                        // before which it is cut; counted from 1
  std::string report, trace, counting;  // files outside of `folder`: see tests/faults/disk/plan.h

  std::string data() const { return folder + "/data"; }
  // The environment of the process that is cut: calls on files below `root` count, from its start on.
  std::vector<std::string> disk(const std::string& root) const;
  // The same while there is a Counting.
  std::vector<std::string> disk_while_counting(const std::string& root) const;
};

class Counting {
 public:
  explicit Counting(const Try& one);
  ~Counting();
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

 private:
  const std::string file_;
};

// Something that a program of ours does in many calls that write, and that may be cut off before any of them.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual std::string name() const = 0;
  // Fewer calls than that mean that the test has come to see less than it did.
  virtual long calls_min() const = 0;
  // Steps that have to be among them, as they are printed: "pwrite data/mibun.db-wal".
  virtual std::vector<std::string> steps_wanted() const = 0;
  // How many calls ./test takes of it.
  virtual std::size_t calls_of_short_run() const { return 2; }
  // Where it works on what is thrown away as a whole when it does not come to its end: there one call of each kind in
  // each folder is enough.
  virtual std::vector<std::string> scratch() const { return {}; }

  // The folder that each try begins with a copy of; made by the first call.
  virtual std::string before() = 0;
  // Does it, and says whether it was acknowledged. Throws when it is refused.
  virtual bool perform(const Try& one) = 0;
  // Starts what comes next, looks whether everything is there and nothing half done, takes the operation up again where
  // nobody was told that it is done, and looks again. Empty: so it is. May throw.
  virtual std::string judge(const Try& one, bool acknowledged) = 0;
};

std::vector<std::unique_ptr<Operation>> operations();

std::unique_ptr<Operation> issuance();
std::unique_ptr<Operation> card_deletion();
std::unique_ptr<Operation> account_deletion();
std::unique_ptr<Operation> key_rotation();
std::unique_ptr<Operation> key_certification();
std::unique_ptr<Operation> epoch_in_server();
std::unique_ptr<Operation> epoch_in_key_service();
std::unique_ptr<Operation> epoch_through_key_service();
std::unique_ptr<Operation> backup_by_command();
std::unique_ptr<Operation> backup_by_server();
std::unique_ptr<Operation> backup_in_repository();
std::unique_ptr<Operation> restoring();
std::unique_ptr<Operation> upgrade();

}  // namespace mibun::server
