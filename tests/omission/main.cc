// omission FILE [ARTEFACT...]: every mutant of every artefact against the written list of optional places.
// omission --bites: leaves one check out at a time and wants to see a mutant get through each time.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <thread>

#include "tests/omission/bites.h"
#include "tests/omission/places.h"
#include "tests/omission/trial.h"

namespace mibun::omission {
namespace {

constexpr std::size_t kMutantsMin = 20'000;
constexpr std::size_t kShownMax = 20;  // unlisted acceptances of one artefact

Artefacts all_artefacts() {
  Artefacts artefacts;
  add_certificates(artefacts);
  add_jose(artefacts);
  add_sd_jwt(artefacts);
  add_status_lists(artefacts);
  add_dcql(artefacts);
  add_oid4vci(artefacts);
  add_issuing(artefacts);
  add_issuance_flow(artefacts);
  add_attestations(artefacts);
  add_oid4vp(artefacts);
  add_oid4vp_kinds(artefacts);
  add_receipts(artefacts);
  add_cose(artefacts);
  add_mdoc(artefacts);
  add_proximity(artefacts);
  return artefacts;
}

// A thrown exception is a refusal of the artefact as a whole.
void run(const Artefact& artefact, Trial& trial) {
  try {
    artefact.run(trial);
  } catch (const std::exception& error) {
    trial.honest(fail(ErrorCode::internal_error, error.what()));
  }
}

// The artefacts share nothing, so two threads take them in turn.
std::vector<Trial> run_all(const Artefacts& artefacts) {
  std::vector<Trial> trials;
  for (const Artefact& artefact : artefacts) trials.emplace_back(artefact.name);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < artefacts.size(); i = next++) run(artefacts[i], trials[i]);
  };
  std::thread other(work);
  work();
  other.join();
  return trials;
}

// Acceptances that the list does not allow; the first ones are printed.
std::size_t judge(const Trial& trial, OptionalPlaces& places) {
  std::size_t unlisted = 0;
  for (const Mutant& mutant : trial.accepted()) {
    if (places.allow(trial.artefact(), mutant)) continue;
    if (++unlisted <= kShownMax) {
      std::printf("  ACCEPTED %s | %s | %s\n", trial.artefact().c_str(), mutant.place.c_str(), mutant.mutation.c_str());
    }
  }
  return unlisted;
}

int check(const char* list, const std::vector<std::string>& only) {
  std::ifstream file(list);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto places = OptionalPlaces::parse(text);
  if (!places) {
    std::printf("%s: %s: %s\n", list, places.error().where.c_str(), places.error().detail.c_str());
    return 1;
  }
  Artefacts artefacts = all_artefacts();
  if (!only.empty()) {
    std::erase_if(artefacts, [&](const Artefact& a) { return std::ranges::find(only, a.name) == only.end(); });
  }
  std::size_t mutants = 0, outside = 0, broken = 0;
  for (const Trial& trial : run_all(artefacts)) {
    const std::size_t unlisted = judge(trial, *places);
    std::printf("%-32s %6zu mutants, %4zu accepted, %zu of them outside the list\n", trial.artefact().c_str(),
                trial.mutants(), trial.accepted().size(), unlisted);
    mutants += trial.mutants();
    outside += unlisted;
    if (!trial.broken().empty()) {
      ++broken;
      std::printf("  BROKEN %s\n", trial.broken().c_str());
    }
  }
  std::size_t unused = 0;
  if (only.empty()) {
    for (const OptionalPlace& place : places->entries()) {
      if (place.used != 0) continue;
      ++unused;
      std::printf("  UNUSED %s | %s | %s\n", place.artefact.c_str(), place.place.c_str(), place.mutations.c_str());
    }
  }
  std::printf("%zu mutants, %zu accepted outside the list of %zu optional places\n", mutants, outside,
              places->entries().size());
  const bool enough = mutants >= kMutantsMin || !only.empty();
  if (!enough) std::printf("fewer than %zu mutants\n", kMutantsMin);
  return outside == 0 && broken == 0 && unused == 0 && enough ? 0 : 1;
}

// Each row of bites(): the weakened verifier must let the mutant named through, the whole one must not.
int check_bites() {
  const Artefacts artefacts = all_artefacts();
  std::size_t missed = 0;
  for (const Bite& bite : bites()) {
    const auto artefact = std::ranges::find(artefacts, bite.artefact, &Artefact::name);
    if (artefact == artefacts.end()) {
      std::printf("  no artefact %s\n", bite.artefact.c_str());
      ++missed;
      continue;
    }
    const auto lets_through = [&](const std::string& weakness) {
      Trial trial(bite.artefact, weakness);
      run(*artefact, trial);
      return std::ranges::any_of(trial.accepted(), [&](const Mutant& mutant) {
        return mutant.place.starts_with(bite.place) && mutant.mutation == bite.mutation;
      });
    };
    const bool bit = lets_through(bite.weakness) && !lets_through({});
    missed += !bit;
    std::printf("%-8s %s without its check of %s: %s, %s\n", bit ? "noticed" : "MISSED", bite.artefact.c_str(),
                bite.weakness.c_str(), bite.place.c_str(), bite.mutation.c_str());
  }
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mibun::omission

int main(int argc, char** argv) {
  using namespace mibun::omission;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return 2;
  if (arguments[0] == "--bites") return check_bites();
  return check(argv[1], {arguments.begin() + 1, arguments.end()});
}
